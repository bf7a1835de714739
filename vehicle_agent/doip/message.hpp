// The messages of ISO 13400-2 that the vehicle speaks, as values. Addresses in this vehicle: VMG
// 0x0200, zonal gateway n 0x0100 + n, ECU n 0x1000 + n, external tester 0x0E80.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace motorcade::doip {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

/// A logical address (ISO 13400-2:2019 §7.8).
enum class Address : std::uint16_t {};
inline constexpr Address vmg_address{0x0200};
inline constexpr Address tester_address{0x0E80};
[[nodiscard]] constexpr Address gateway_address(std::uint16_t n) {
  return Address(static_cast<std::uint16_t>(0x0100 + n));
}
[[nodiscard]] constexpr Address ecu_address(std::uint16_t n) {
  return Address(static_cast<std::uint16_t>(0x1000 + n));
}
[[nodiscard]] std::string to_string(Address address);  ///< "0x0101"

enum class PayloadType : std::uint16_t {
  generic_nack = 0x0000,
  identification_request = 0x0001,
  identification_request_eid = 0x0002,
  identification_request_vin = 0x0003,
  announcement = 0x0004,
  activation_request = 0x0005,
  activation_response = 0x0006,
  alive_check_request = 0x0007,
  alive_check_response = 0x0008,
  entity_status_request = 0x4001,
  entity_status_response = 0x4002,
  power_mode_request = 0x4003,
  power_mode_response = 0x4004,
  diagnostic = 0x8001,
  diagnostic_ack = 0x8002,
  diagnostic_nack = 0x8003,
  vci_report = 0x9000,        ///< ours: a zone's inventory, asked for and reported
  readiness_report = 0x9001,  ///< ours: a zone's readiness, asked for and reported
};

/// ISO 13400-2:2019 table 19.
enum class GenericNackCode : std::uint8_t {
  incorrect_pattern = 0x00,
  unknown_payload_type = 0x01,
  message_too_large = 0x02,
  out_of_memory = 0x03,
  invalid_payload_length = 0x04,
};
/// ISO 13400-2:2019 table 49.
enum class ActivationCode : std::uint8_t {
  unknown_source = 0x00,
  all_sockets_active = 0x01,
  source_differs = 0x02,
  source_active_elsewhere = 0x03,
  missing_authentication = 0x04,
  rejected_confirmation = 0x05,
  unsupported_type = 0x06,
  needs_tls = 0x07,
  success = 0x10,
  needs_confirmation = 0x11,
};
/// ISO 13400-2:2019 table 26.
enum class DiagnosticNackCode : std::uint8_t {
  invalid_source = 0x02,
  unknown_target = 0x03,
  message_too_large = 0x04,
  out_of_memory = 0x05,
  target_unreachable = 0x06,
  unknown_network = 0x07,
  transport_error = 0x08,
};

using EntityId = std::array<std::uint8_t, 6>;

struct GenericNack {
  GenericNackCode code;
  bool operator==(const GenericNack&) const = default;
};
struct IdentificationRequest {
  bool operator==(const IdentificationRequest&) const = default;
};
struct IdentificationRequestEid {
  EntityId eid;
  bool operator==(const IdentificationRequestEid&) const = default;
};
struct IdentificationRequestVin {
  std::string vin;  ///< 17 bytes
  bool operator==(const IdentificationRequestVin&) const = default;
};
struct Announcement {
  std::string vin;  ///< 17 bytes
  Address address;
  EntityId eid;
  EntityId gid;
  std::uint8_t further_action = 0;
  std::optional<std::uint8_t> sync_status;
  bool operator==(const Announcement&) const = default;
};
struct ActivationRequest {
  Address source;
  std::uint8_t type = 0;  ///< 0x00 default, 0x01 WWH-OBD
  std::optional<std::uint32_t> vendor;
  bool operator==(const ActivationRequest&) const = default;
};
struct ActivationResponse {
  Address tester;
  Address entity;
  ActivationCode code;
  std::optional<std::uint32_t> vendor;
  bool operator==(const ActivationResponse&) const = default;
};
struct AliveCheckRequest {
  bool operator==(const AliveCheckRequest&) const = default;
};
struct AliveCheckResponse {
  Address source;
  bool operator==(const AliveCheckResponse&) const = default;
};
struct EntityStatusRequest {
  bool operator==(const EntityStatusRequest&) const = default;
};
struct EntityStatusResponse {
  std::uint8_t node_type = 0;  ///< 0 gateway, 1 node
  std::uint8_t max_sockets = 0;
  std::uint8_t open_sockets = 0;
  std::optional<std::uint32_t> max_data_bytes;
  bool operator==(const EntityStatusResponse&) const = default;
};
struct PowerModeRequest {
  bool operator==(const PowerModeRequest&) const = default;
};
struct PowerModeResponse {
  std::uint8_t mode = 1;  ///< 0 not ready, 1 ready, 2 not supported
  bool operator==(const PowerModeResponse&) const = default;
};
struct Diagnostic {
  Address source;
  Address target;
  Bytes data;  ///< one UDS message, at least one byte
  bool operator==(const Diagnostic&) const = default;
};
struct DiagnosticAck {
  Address source;
  Address target;
  bool operator==(const DiagnosticAck&) const = default;
};
struct DiagnosticNack {
  Address source;
  Address target;
  DiagnosticNackCode code;
  bool operator==(const DiagnosticNack&) const = default;
};
/// Payloads 0x9000 and 0x9001; the body's grammar is vehicle_agent/zone_link's.
struct VendorReport {
  PayloadType type;
  Bytes body;
  bool operator==(const VendorReport&) const = default;
};

using Message =
    std::variant<GenericNack, IdentificationRequest, IdentificationRequestEid,
                 IdentificationRequestVin, Announcement, ActivationRequest, ActivationResponse,
                 AliveCheckRequest, AliveCheckResponse, EntityStatusRequest, EntityStatusResponse,
                 PowerModeRequest, PowerModeResponse, Diagnostic, DiagnosticAck, DiagnosticNack,
                 VendorReport>;

}  // namespace motorcade::doip
