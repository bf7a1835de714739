#include "adapters/files/error.hpp"

#include <cerrno>

namespace motorcade::files {
namespace {

class FileCategory final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "files"; }
  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<FileErrc>(code)) {
      case FileErrc::kDamaged:
        return "the file is damaged; restore it from a backup";
      case FileErrc::kOtherDigest:
        return "the bytes have another SHA-256 than announced; send them again";
      case FileErrc::kNotFound:
        return "nothing is stored under this name";
      case FileErrc::kInUse:
        return "another process uses this directory; end that process first";
      case FileErrc::kAltered:
        return "the sealed bytes were altered, or sealed for another purpose or vehicle";
      case FileErrc::kReadOnly:
        return "opened for reading only";
      case FileErrc::kCrypto:
        return "the cryptographic library failed";
    }
    return "unknown error of a file";
  }
};

}  // namespace

const std::error_category& file_category() {
  static const FileCategory category;
  return category;
}

tl::unexpected<Error> system_failure(std::string context) {
  return failure(std::error_code(errno, std::generic_category()), std::move(context));
}

}  // namespace motorcade::files
