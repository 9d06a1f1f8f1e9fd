#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>

#include "support/process.hpp"

namespace support {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  const auto part = path.string() + ".part";
  {
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    std::filesystem::permissions(part, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    out << text;
    if (!out.flush()) {
      throw Failure("cannot write " + part);
    }
  }
  std::filesystem::rename(part, path);
}

TemporaryFolder::TemporaryFolder(Keep keep) : keep_(keep), exceptions_(std::uncaught_exceptions()) {
  auto name = (std::filesystem::temp_directory_path() / "harbor-pull-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw Failure("cannot make a folder like " + name);
  }
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  const bool asked = std::getenv("HARBOR_PULL_TEST_KEEP") != nullptr || std::uncaught_exceptions() > exceptions_;
  if (keep_ == Keep::kWhenAsked && asked) {
    std::cerr << "kept for you to look at: " << path_.string() << '\n';
    return;
  }
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace support
