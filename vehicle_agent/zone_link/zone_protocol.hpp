// What VMG and zonal gateway say to each other above DoIP and UDS. Pure. Integers big-endian, text
// = u32 length + bytes.
//
//   0x9000: request 0x01, report 0x02, u8 format = 1, inventory
//   0x9001: request 0x01, report 0x02, u8 format = 1, readiness
//   31 03 of F010, F011, F012: u8 format = 1, job
//
//   inventory = text zone id, u16 count, count * ecu
//   ecu       = text id, text type, text hardware id, text version, text staged version,
//               u16 address, u8 active bank, u32 boot count, sha256[32], u8 reachable
//   readiness = text zone id, u8 busy, u64 free storage bytes, i16 temperature (as u16),
//               u16 critical DTCs, u16 ECUs that answered, u16 ECUs
//   job       = u8 job, u8 state, u8 percent, text error, u16 count, count * result
//   result    = text ECU id, u8 outcome, u8 flash step, u8 NRC, text version, text detail
//
// A package goes to the gateway's own address by 34 / 36 / 37 (address 0 is the package store) and
// is verified by 31 01 FF01 sha256[32]; then 31 01 F010 installs, F011 activates, F012 rolls back,
// and 31 03 tells how far it is.
#pragma once
#include <string>
#include <vector>

#include "digest/digest.hpp"
#include "vehicle_agent/doip/error.hpp"
#include "vehicle_agent/doip/message.hpp"
#include "vehicle_agent/uds/flash_sequence.hpp"

namespace motorcade::in_vehicle {

using doip::Errc;
using doip::Error;
using doip::failure;
using doip::Result;

struct EcuRecord {
  std::string ecu_id;
  std::string type;
  std::string hardware_id;
  std::string version;
  std::string staged_version;  ///< programmed, waits for activation; empty: none
  doip::Address address{};
  std::uint8_t active_bank = 0;  ///< 0 = A, 1 = B
  std::uint32_t boot_count = 0;
  digest::Sha256 sha256{};  ///< of the active image
  bool reachable = false;   ///< false: it did not answer, and only id and address are known
  bool operator==(const EcuRecord&) const = default;
};
struct ZoneInventory {
  std::string zone_id;
  std::vector<EcuRecord> ecus;
  bool operator==(const ZoneInventory&) const = default;
};

struct ZoneReadiness {
  std::string zone_id;
  bool busy = false;  ///< a job is running
  std::uint64_t free_storage_bytes = 0;
  std::int16_t temperature_celsius = 0;
  /// That fail now, over all ECUs, but for those that updates set.
  std::uint16_t critical_dtcs = 0;
  std::uint16_t ecus_reachable = 0;
  std::uint16_t ecus = 0;
  bool operator==(const ZoneReadiness&) const = default;
};

enum class Job : std::uint8_t { none = 0, install = 1, activate = 2, roll_back = 3 };
enum class JobState : std::uint8_t { idle = 0, running = 1, finished = 2, failed = 3 };
enum class EcuOutcome : std::uint8_t {
  waiting = 0,
  in_progress = 1,
  programmed = 2,   ///< the new version is checked and staged
  skipped = 3,      ///< runs the target already, or there was nothing to activate or to take back
  failed = 4,       ///< `step`, `nrc` and `detail` say where; it runs what it ran
  activated = 5,    ///< it booted the new version
  rolled_back = 6,  ///< the new version did not boot, or was taken back: it runs the version before
};
[[nodiscard]] std::string_view name(EcuOutcome outcome);

struct EcuResult {
  std::string ecu_id;
  EcuOutcome outcome = EcuOutcome::waiting;
  uds::FlashStep step = uds::FlashStep::none;
  uds::Nrc nrc = uds::Nrc::none;
  std::string version;  ///< that runs afterwards, where known
  std::string detail;
  bool operator==(const EcuResult&) const = default;
};
struct ZoneReport {
  Job job = Job::none;
  JobState state = JobState::idle;
  std::uint8_t percent = 0;
  std::string error;  ///< JobState::failed: why nothing was done
  std::vector<EcuResult> ecus;
  bool operator==(const ZoneReport&) const = default;
  /// True when the job ended and no ECU failed or rolled back against the wish.
  [[nodiscard]] bool succeeded() const;
};

[[nodiscard]] doip::Bytes report_request();
[[nodiscard]] bool is_report_request(doip::ByteView body);
[[nodiscard]] doip::Bytes encode(const ZoneInventory& inventory);
[[nodiscard]] doip::Bytes encode(const ZoneReadiness& readiness);
[[nodiscard]] doip::Bytes encode(const ZoneReport& report);
[[nodiscard]] Result<ZoneInventory> decode_inventory(doip::ByteView body);
[[nodiscard]] Result<ZoneReadiness> decode_readiness(doip::ByteView body);
[[nodiscard]] Result<ZoneReport> decode_report(doip::ByteView body);

}  // namespace motorcade::in_vehicle
