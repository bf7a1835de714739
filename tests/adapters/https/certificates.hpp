// A certificate authority for one test: P-256 keys, made when they are needed.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

namespace motorcade::https::testing_support {

struct Identity {
  std::filesystem::path certificate, key;
};

class Authority {
 public:
  explicit Authority(std::filesystem::path directory);
  ~Authority();
  [[nodiscard]] Identity issue(const std::string& common_name);
  [[nodiscard]] std::filesystem::path certificate() const { return directory_ / "ca.pem"; }

 private:
  struct Keys;
  std::filesystem::path directory_;
  std::unique_ptr<Keys> keys_;
};

}  // namespace motorcade::https::testing_support
