// The vehicle asks for its offer again: the link of the one that it has is not accepted any more.
#pragma once
#include <boost/asio/awaitable.hpp>

#include "vehicle_agent/core/inputs.hpp"
#include "vehicle_agent/vmg/https_settings.hpp"

namespace motorcade::vmg {

/// POST /api/v1/ota/check at the server of `package_url`, as this vehicle. Nothing: the engine
/// offers it nothing. Errors: kLink, kTls, kPinMismatch, kRefused.
[[nodiscard]] boost::asio::awaitable<Result<std::optional<agent::Offer>>> check_for_offer(
    std::string package_url, std::string vin, std::shared_ptr<const HttpsSettings> how);

}  // namespace motorcade::vmg
