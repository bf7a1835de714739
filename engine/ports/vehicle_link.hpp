// How effects reach vehicles: MQTT here.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>

#include "events/ids.hpp"
#include "events/result.hpp"

namespace motorcade::ports {

enum class Channel { kControl, kDiagnostics, kAck, kBroadcastRelease, kAliasIssueDetails };

/// One notice. `body` is JSON.
struct Notice {
  Channel channel{};
  std::string address;  ///< the VIN; for kBroadcastRelease the ECU type
  std::string body;
  std::uint32_t expiry_seconds{};  ///< MQTT 5 message expiry; 0: none
};

class VehicleLink {
 public:
  virtual ~VehicleLink() = default;
  /// Completes when the broker has taken it (QoS 1). kAck and kBroadcastRelease are retained.
  /// std::errc::operation_not_permitted: the broker refused this one; others may pass.
  virtual boost::asio::awaitable<Result<void>> publish(Notice notice) = 0;
};

}  // namespace motorcade::ports
