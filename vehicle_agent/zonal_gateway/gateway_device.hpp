// The gateway behind its own UDS server: the package store as programming memory, jobs and reports
// as routines.
//
//   31 01 FF00              empties the package store (0x22 while a job runs)
//   31 01 FF01 sha256[32]   verifies the package: zone, signatures, digests
//   31 01 F010, F011, F012  starts to install, activate, roll back
//   31 03 of any of them    tells how far the newest job is
//   31 01 F001, F003        collects inventory, readiness
//   31 01 F002, F004        gives what was collected (0x24: nothing yet)
#pragma once
#include "vehicle_agent/uds/ports.hpp"
#include "vehicle_agent/zonal_gateway/package_store.hpp"
#include "vehicle_agent/zone_link/zone_protocol.hpp"

namespace motorcade::in_vehicle {

/// What the gateway does when a routine asks for it.
class GatewayActions {
 public:
  virtual ~GatewayActions() = default;
  /// False: another job runs, or there is no package to install.
  [[nodiscard]] virtual bool start_job(Job job) = 0;
  [[nodiscard]] virtual const ZoneReport& newest_job() const = 0;
  virtual void collect(doip::PayloadType report) = 0;
  /// Nothing: not collected yet.
  [[nodiscard]] virtual std::optional<doip::Bytes> collected(doip::PayloadType report) const = 0;
};

struct GatewayIdentity {
  std::string zone_id;
  std::string vin;
  std::string version = "1.0.0";
  std::string hardware_id = "TC397";
};

class GatewayDevice final : public uds::DataIdentifiers,
                            public uds::Memory,
                            public uds::Routines,
                            public uds::Security,
                            public uds::TroubleCodes {
 public:
  GatewayDevice(GatewayIdentity identity, std::string secret, PackageStore& store,
                GatewayActions& actions);
  [[nodiscard]] uds::Ports ports() { return {*this, *this, *this, *this, *this}; }

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
  std::vector<uds::Dtc> list_dtcs() override { return {}; }
  bool clear_dtcs(std::uint32_t group) override { return group == 0xFFFFFF; }

 private:
  [[nodiscard]] bool working() const { return actions_.newest_job().state == JobState::running; }
  uds::Outcome start(std::uint16_t id, uds::ByteView option);
  uds::Outcome check(uds::ByteView option);

  GatewayIdentity identity_;
  std::string secret_;
  PackageStore& store_;
  GatewayActions& actions_;
};

}  // namespace motorcade::in_vehicle
