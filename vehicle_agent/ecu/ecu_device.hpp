// The ECU behind its UDS server: identifiers, the inactive bank as programming memory, routines,
// DTCs, security.
//
//   31 01 FF00                     erases the inactive bank
//   31 01 FF01 sha256[32] version  reads back what was written, compares its digest, and stages it;
//                                  the image is on disk before the bank is called valid
//   31 01 F012                     goes back to the version before, at the next reset
//   34                             address 0: the inactive bank
//   35                             address 0: the active bank, so that a gateway can rebuild a delta
#pragma once
#include <map>

#include "vehicle_agent/ecu/banks.hpp"
#include "vehicle_agent/ecu/storage.hpp"
#include "vehicle_agent/uds/ports.hpp"

namespace motorcade::in_vehicle {

/// What goes wrong on request.
struct EcuFaults {
  /// A byte is written wrong: the check fails, the old version keeps running.
  bool bad_flash = false;
  /// The new image does not come up: after three attempts the old bank boots.
  bool bad_boot = false;
  uds::Duration slow{0};  ///< added to each erase and each block
};

struct EcuIdentity {
  std::string id;            ///< "ECU_001"; unique in the vehicle
  std::uint16_t number = 1;  ///< its DoIP address is 0x1000 + number
  std::string type;          ///< "ECM"
  std::string hardware_id;   ///< "TC375"
  std::string serial;
  std::string part_number;
  std::string supplier_software = "motorcade";
  std::string vin;
};

struct EcuTiming {
  uds::Duration erase{0};
  uds::Duration block{0};
  uds::Duration boot{20};  ///< one boot attempt
};

/// DTCs that updates set. All other DTCs that fail now count as critical for readiness.
inline constexpr std::uint32_t dtc_check_failed = 0xF00046;
inline constexpr std::uint32_t dtc_boot_failed = 0xF00051;

class EcuDevice final : public uds::DataIdentifiers,
                        public uds::Memory,
                        public uds::Routines,
                        public uds::Security,
                        public uds::TroubleCodes {
 public:
  EcuDevice(EcuIdentity identity, EcuTiming timing, std::string secret, Banks banks,
            EcuStorage& storage);
  [[nodiscard]] uds::Ports ports() { return {*this, *this, *this, *this, *this}; }

  /// One boot attempt; persists what came of it.
  [[nodiscard]] Banks::BootResult boot(WallTime now, const BootPolicy& policy);
  void set_faults(EcuFaults faults) { faults_ = faults; }
  void set_dtc(std::uint32_t code, std::uint8_t status) { dtcs_[code] = status; }
  [[nodiscard]] const Banks& banks() const { return banks_; }
  [[nodiscard]] const EcuTiming& timing() const { return timing_; }

  std::optional<uds::Bytes> read_identifier(std::uint16_t id) override;
  uds::Nrc write_identifier(std::uint16_t id, uds::ByteView value) override;
  uds::Nrc begin_download(std::uint64_t address, std::uint64_t size_bytes) override;
  uds::Nrc begin_upload(std::uint64_t address, std::uint64_t size_bytes) override;
  uds::Outcome write_block(std::uint64_t offset, uds::ByteView block) override;
  tl::expected<uds::Bytes, uds::Nrc> read_block(std::uint64_t offset, std::size_t size) override;
  uds::Nrc end_download() override;
  Access routine_access(uds::RoutineControl control, std::uint16_t id) override;
  uds::Outcome run_routine(uds::RoutineControl control, std::uint16_t id,
                           uds::ByteView option) override;
  uds::Bytes make_seed() override;
  uds::Bytes key_for(uds::ByteView seed) override;
  std::vector<uds::Dtc> list_dtcs() override;
  bool clear_dtcs(std::uint32_t group) override;

 private:
  uds::Outcome erase();
  uds::Outcome check(uds::ByteView option);
  [[nodiscard]] bool save();

  EcuIdentity identity_;
  EcuTiming timing_;
  std::string secret_;
  Banks banks_;
  EcuStorage& storage_;
  EcuFaults faults_;
  std::map<std::uint32_t, std::uint8_t> dtcs_;
};

}  // namespace motorcade::in_vehicle
