// A directory of the test's own, gone with it.
#pragma once
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace motorcade::testing_support {

class TemporaryDirectory {
 public:
  /// Where syncing costs nothing, if the machine has such a place and `fast`.
  explicit TemporaryDirectory(bool fast = false) {
    const std::filesystem::path memory = "/dev/shm";
    const bool in_memory = fast && ::access(memory.c_str(), W_OK) == 0;
    auto name = ((in_memory ? memory : std::filesystem::temp_directory_path()) / "motorcade-XXXXXX")
                    .string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace motorcade::testing_support
