// Facts and envelopes to fold, with ids made of a number.
#pragma once
#include "projections/core/fold.hpp"

namespace motorcade::samples {

template <class IdType>
IdType id(std::uint8_t n) {
  IdType made;
  made.bytes.fill(n);
  return made;
}

inline Time at(int second) {
  return Time(std::chrono::seconds(1'700'000'000 + second));
}

inline Envelope envelope(Partition partition, std::uint64_t sequence, int second = 0) {
  Envelope made;
  made.partition = partition;
  made.sequence = {sequence};
  made.occurred_at = made.recorded_at = made.committed_at = at(second);
  made.actor = "operator:alice";
  return made;
}

inline constexpr Partition kVehicles{Stream::kVehicle, 0};
inline constexpr Partition kCampaigns{Stream::kCampaign, 0};
inline constexpr Partition kCatalog{Stream::kCatalog, 0};

inline vehicle::Offered offer(std::uint8_t vehicle, std::uint8_t command, std::uint32_t wave = 1) {
  return {.vehicle = id<VehicleId>(vehicle),
          .campaign = id<CampaignId>(200),
          .wave = {wave},
          .attempt = 1,
          .command = id<CommandId>(command),
          .package = id<PackageKey>(90),
          .artifact = {id<Digest>(91), 1000},
          .expires_at = at(3600)};
}

inline vehicle::StepReported step(std::uint8_t vehicle, std::uint8_t command,
                                  vehicle::ReportedStep reported, std::uint64_t bytes_done = 0,
                                  std::uint64_t bytes_total = 0) {
  vehicle::StepReported made;
  made.vehicle = id<VehicleId>(vehicle);
  made.command = id<CommandId>(command);
  made.step = reported;
  made.bytes_done = bytes_done;
  made.bytes_total = bytes_total;
  return made;
}

inline Configuration configuration(SemanticVersion version) {
  return {{{"ZG_BODY",
            "ZG-1",
            {{"ECU_011", "BCM", "TC375", version}, {"ECU_012", "DCM", "TC375", {1, 0, 0}}}}}};
}

inline campaign::Definition definition() {
  campaign::Definition made;
  made.name = "winter";
  made.seed = 7;
  made.releases = {id<ReleaseId>(50)};
  made.waves = {{1000}, {10000}};
  return made;
}

inline catalog::ReleaseUploaded release(std::uint8_t n, SemanticVersion version) {
  return {.release = {id<ReleaseId>(n), "BCM", "TC375", version, id<Digest>(n), 4096},
          .file_name = "bcm.bin",
          .notes = "",
          .by = "alice",
          .revision = 1};
}

}  // namespace motorcade::samples
