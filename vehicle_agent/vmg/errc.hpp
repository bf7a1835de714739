// What can go wrong in the VMG's shell. One category for this room.
#pragma once
#include <system_error>

#include "events/result.hpp"

namespace motorcade::vmg {

enum class Errc {
  kJournalDamaged = 1,  ///< bytes that were synced are not what was written
  kStorage,             ///< a file cannot be read or written
  kTls,                 ///< a certificate, key, group or algorithm cannot be used
  kPinMismatch,         ///< the server's public key is not the pinned one
  kLink,                ///< the connection failed or was lost: try again
  kRefused,             ///< the server says that this cannot be had
  kLinkExpired,         ///< the server does not accept the offer's token (any more)
  kDamaged,             ///< what was downloaded is not what was offered
  kPackage,             ///< the bundle is not signed, not whole, or not for this vehicle
  kInVehicle,           ///< a zonal gateway or an ECU does not do what it should
  kBroker,              ///< the MQTT client cannot be used
};
[[nodiscard]] const std::error_category& category();
[[nodiscard]] inline std::error_code make_error_code(Errc code) {
  return {static_cast<int>(code), category()};
}
[[nodiscard]] inline tl::unexpected<Error> failure(Errc code, std::string context) {
  return motorcade::failure(make_error_code(code), std::move(context));
}

}  // namespace motorcade::vmg

template <>
struct std::is_error_code_enum<motorcade::vmg::Errc> : std::true_type {};
