#include "adapters/mqtt/errc.hpp"

namespace motorcade::mqtt_edge {
namespace {
class Category : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "mqtt"; }
  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<Errc>(code)) {
      case Errc::kNotConnected:
        return "not connected to the broker";
      case Errc::kRefused:
        return "refused by the broker";
      case Errc::kTls:
        return "the TLS policy cannot be used";
    }
    return "unknown";
  }
  /// For who sends: a message that is refused again and again is left, one without a broker waits.
  [[nodiscard]] std::error_condition default_error_condition(int code) const noexcept override {
    if (static_cast<Errc>(code) == Errc::kRefused) return std::errc::operation_not_permitted;
    return {code, *this};
  }
};
}  // namespace

const std::error_category& category() noexcept {
  static const Category instance;
  return instance;
}

}  // namespace motorcade::mqtt_edge
