// Certificates made in memory, with whatever is wrong about them that a test needs.
#pragma once

#include <string>
#include <vector>

namespace support {

/// PEM texts.
struct Identity {
  std::string certificate;
  std::string key;
};

struct Wish {
  std::string subject = "server";
  std::vector<std::string> names = {"DNS:good.test",
                                    "IP:127.0.0.1"};  ///< OpenSSL's subjectAltName syntax; may be empty
  long begins = -3600;                                ///< seconds from now
  long ends = 3600;
};

class Authority {
 public:
  explicit Authority(const std::string& subject);
  [[nodiscard]] const std::string& pem() const { return self_.certificate; }
  [[nodiscard]] Identity issue(const Wish& wish = {}) const;

 private:
  Identity self_;
};

}  // namespace support
