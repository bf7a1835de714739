#include "events/wire/errc.hpp"

namespace motorcade::wire {
namespace {

class Category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "wire"; }
  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<Errc>(code)) {
      case Errc::kTruncated:
        return "truncated";
      case Errc::kMalformed:
        return "malformed";
      case Errc::kTooLarge:
        return "too large";
      case Errc::kUnknownType:
        return "unknown type";
      case Errc::kNewerSchema:
        return "newer schema";
      case Errc::kInvalid:
        return "invalid value";
    }
    return "unknown error";
  }
};

}  // namespace

const std::error_category& category() {
  static const Category instance;
  return instance;
}

}  // namespace motorcade::wire
