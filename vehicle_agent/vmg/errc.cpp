#include "vehicle_agent/vmg/errc.hpp"

namespace motorcade::vmg {

namespace {
class Category final : public std::error_category {
  const char* name() const noexcept override { return "vmg"; }
  std::string message(int code) const override {
    switch (static_cast<Errc>(code)) {
      case Errc::kJournalDamaged:
        return "the journal is damaged";
      case Errc::kStorage:
        return "storage failed";
      case Errc::kTls:
        return "TLS cannot be set up";
      case Errc::kPinMismatch:
        return "the server has another public key than the pinned one";
      case Errc::kLink:
        return "the link was lost";
      case Errc::kRefused:
        return "the server refuses";
      case Errc::kLinkExpired:
        return "the server does not accept the link";
      case Errc::kDamaged:
        return "the download is damaged";
      case Errc::kPackage:
        return "the package is not acceptable";
      case Errc::kInVehicle:
        return "the in-vehicle network failed";
      case Errc::kBroker:
        return "the MQTT client failed";
    }
    return "unknown";
  }
};
}  // namespace

const std::error_category& category() {
  static const Category instance;
  return instance;
}

}  // namespace motorcade::vmg
