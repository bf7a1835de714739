// The words of ISO 14229-1 that this vehicle uses. Pure: bytes and time come in as arguments.
#pragma once
#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace motorcade::uds {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
using Duration = std::chrono::milliseconds;
/// Time since any fixed moment; only differences count.
using Time = std::chrono::milliseconds;

enum class Service : std::uint8_t {
  session_control = 0x10,
  ecu_reset = 0x11,
  clear_dtcs = 0x14,
  read_dtcs = 0x19,
  read_data = 0x22,
  security_access = 0x27,
  communication_control = 0x28,
  write_data = 0x2E,
  routine_control = 0x31,
  request_download = 0x34,
  request_upload = 0x35,
  transfer_data = 0x36,
  transfer_exit = 0x37,
  tester_present = 0x3E,
  control_dtc_setting = 0x85,
};

/// ISO 14229-1:2020 annex A.1. `none` is not on the wire: it stands for a positive response.
enum class Nrc : std::uint8_t {
  none = 0x00,
  general_reject = 0x10,
  service_not_supported = 0x11,
  subfunction_not_supported = 0x12,
  incorrect_length = 0x13,
  response_too_long = 0x14,
  busy_repeat_request = 0x21,
  conditions_not_correct = 0x22,
  request_sequence_error = 0x24,
  request_out_of_range = 0x31,
  security_access_denied = 0x33,
  invalid_key = 0x35,
  exceeded_attempts = 0x36,
  delay_not_expired = 0x37,
  download_not_accepted = 0x70,
  transfer_suspended = 0x71,
  programming_failure = 0x72,
  wrong_block_counter = 0x73,
  response_pending = 0x78,
  subfunction_not_in_session = 0x7E,
  service_not_in_session = 0x7F,
};
[[nodiscard]] std::string_view name(Nrc nrc);

enum class Session : std::uint8_t { standard = 0x01, programming = 0x02, extended = 0x03 };

/// Data identifiers (annex C.1); F1A0 and up are the vehicle's own.
namespace did {
inline constexpr std::uint16_t part_number = 0xF187;
inline constexpr std::uint16_t serial_number = 0xF18C;
inline constexpr std::uint16_t vin = 0xF190;
inline constexpr std::uint16_t hardware_number = 0xF191;
inline constexpr std::uint16_t supplier_software = 0xF194;
inline constexpr std::uint16_t software_version = 0xF195;
inline constexpr std::uint16_t ecu_type = 0xF197;
inline constexpr std::uint16_t active_bank = 0xF1A0;  ///< u8: 0 = A, 1 = B
inline constexpr std::uint16_t boot_count = 0xF1A1;   ///< u32: boots since the ECU was made
inline constexpr std::uint16_t staged_version =
    0xF1A2;  ///< text; empty: the next boot changes nothing
inline constexpr std::uint16_t software_sha256 = 0xF1A3;  ///< 32 bytes: the active image
inline constexpr std::uint16_t software_size = 0xF1A4;    ///< u64: the active image's length
}  // namespace did

/// Routine identifiers (annex F); F0xx are the vehicle's own.
namespace routine {
inline constexpr std::uint16_t collect_vci = 0xF001;
inline constexpr std::uint16_t report_vci = 0xF002;
inline constexpr std::uint16_t collect_readiness = 0xF003;
inline constexpr std::uint16_t report_readiness = 0xF004;
inline constexpr std::uint16_t install_package = 0xF010;  ///< zonal gateway: flash what was checked
inline constexpr std::uint16_t activate =
    0xF011;  ///< zonal gateway: reset its ECUs into the new bank
inline constexpr std::uint16_t roll_back =
    0xF012;  ///< ECU: other bank at the next boot; gateway: all its ECUs
inline constexpr std::uint16_t erase_memory = 0xFF00;
inline constexpr std::uint16_t check_programming = 0xFF01;
}  // namespace routine

enum class RoutineControl : std::uint8_t { start = 0x01, stop = 0x02, results = 0x03 };

/// First byte of the routine status record of 31 01 FF01.
enum class CheckResult : std::uint8_t {
  correct = 0x00,
  digest_differs = 0x01,
  size_differs = 0x02,
  rejected = 0x03,  ///< signature, format or dependency; the rest of the record is text
};

struct Timing {
  Duration p2{50};                ///< until the first answer
  Duration p2_star{5000};         ///< after each 0x78
  Duration s3{5000};              ///< a session ends after this silence
  Duration attempt_delay{10000};  ///< after too many wrong keys
};

}  // namespace motorcade::uds
