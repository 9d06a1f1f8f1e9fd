// What a page of the documents shows in fences: commands that a test runs, objects that a test offers to an API server.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace node {

/// A fenced block of Markdown.
struct Block {
  int line = 0;               ///< of its fence, from 1
  std::string language = {};  ///< as the fence says
  std::string text = {};      ///< without the indentation of its fence
  /// What it has to fail with, where `<!-- refused: TEXT -->` stands before it.
  std::optional<std::string> refused = {};
  std::optional<std::string> not_run = {};  ///< the reason, where `<!-- not run: REASON -->` stands before it
};

/// Of one page, in its order.
[[nodiscard]] std::vector<Block> blocks(const std::string& markdown);

/// A whole object of Kubernetes in YAML.
struct Object {
  std::string api_version = {};
  std::string kind = {};
  std::string ns = {};  ///< empty: it says none
  std::string text = {};
};

/// Those in a block of YAML; what has no apiVersion or no kind is a fragment and left out.
[[nodiscard]] std::vector<Object> objects(const std::string& yaml);

struct Page {
  std::string name = {};  ///< from the root of the project
  std::vector<Block> blocks = {};

  /// Whether it tells how the operator is installed, and so begins on a cluster without it.
  [[nodiscard]] bool installs() const;
};

/// README.md and docs/*.md of this project, by name.
[[nodiscard]] std::vector<Page> pages(const std::filesystem::path& root);

}  // namespace node
