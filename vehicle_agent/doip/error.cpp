#include "vehicle_agent/doip/error.hpp"

namespace motorcade::doip {
namespace {

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "doip"; }
  std::string message(int code) const override {
    switch (static_cast<Errc>(code)) {
      case Errc::closed:
        return "connection closed";
      case Errc::timed_out:
        return "timed out";
      case Errc::activation_denied:
        return "routing activation denied";
      case Errc::nacked:
        return "diagnostic message not accepted";
      case Errc::malformed:
        return "malformed message";
      case Errc::refused:
        return "refused by the peer";
      case Errc::invalid_setting:
        return "invalid setting";
      case Errc::storage:
        return "storage failed";
    }
    return "unknown DoIP error " + std::to_string(code);
  }
};

}  // namespace

const std::error_category& category() {
  static const Category instance;
  return instance;
}

}  // namespace motorcade::doip
