// What a gateway reports about its zone (payloads 0x9000 and 0x9001), read from its ECUs by 22 and
// 19 at that moment.
#pragma once
#include "vehicle_agent/zonal_gateway/ecu_link.hpp"
#include "vehicle_agent/zone_link/zone_protocol.hpp"

namespace motorcade::in_vehicle {

/// Waits for the link's turn. An ECU that does not answer is listed as unreachable.
[[nodiscard]] asio::awaitable<EcuRecord> read_record(EcuLink& link);

struct DtcCount {
  bool reachable = false;
  std::uint16_t critical = 0;  ///< that fail now, but for those that updates set
};
[[nodiscard]] asio::awaitable<DtcCount> count_critical_dtcs(EcuLink& link);

}  // namespace motorcade::in_vehicle
