// Words that more than one stream uses: configurations, releases, orders, packages, tallies.
#pragma once
#include <string>
#include <vector>

#include "events/ids.hpp"
#include "events/version.hpp"

namespace motorcade {

/// One ECU as a VCI report names it. Ids are unique within a vehicle, not in the world.
struct Ecu {
  std::string id, type, hardware;
  SemanticVersion version;
  friend bool operator==(const Ecu&, const Ecu&) = default;
};
struct Zone {
  std::string gateway;  ///< ZG_POWERTRAIN …
  std::string model;    ///< hardware model of the zonal gateway
  std::vector<Ecu> ecus;
  friend bool operator==(const Zone&, const Zone&) = default;
};
/// Zones and their ECUs ordered by id, without serial numbers: equal vehicles share one (interned
/// by its digest).
struct Configuration {
  std::vector<Zone> zones;
  friend bool operator==(const Configuration&, const Configuration&) = default;
};

/// Before an install: parked, ignition off, battery >= 50 %, storage, temperature <= 85 °C,
/// network, no critical DTC.
struct Readiness {
  bool parked{}, ignition_off{}, storage_ok{}, network_ok{}, no_critical_dtc{};
  std::uint32_t battery_percent{};
  std::int32_t temperature_celsius{};
  friend bool operator==(const Readiness&, const Readiness&) = default;
};

/// A firmware release as orders and packages name it.
struct ReleaseTarget {
  ReleaseId release;
  std::string ecu_type, hardware;  ///< hardware: empty fits every ECU of the type
  SemanticVersion version;
  Digest image;
  std::uint64_t image_size_bytes{};
  friend bool operator==(const ReleaseTarget&, const ReleaseTarget&) = default;
};

/// Which vehicles a campaign is for; frozen before the start. Empty fields match all. Only vehicles
/// whose VCI shows an ECU that a release of the content fits, at a lower version, match.
struct Filter {
  std::string model;
  std::uint32_t year_from{}, year_to{};
  std::vector<VehicleId> vehicles;
  friend bool operator==(const Filter&, const Filter&) = default;
};

/// How long each step of an assignment may take, and what else shards must know.
struct Policy {
  Duration offer_timeout{}, download_timeout{}, install_timeout{}, verify_timeout{},
      build_timeout{};
  std::uint32_t priority{};  ///< the higher supersedes, never once installing has begun
  friend bool operator==(const Policy&, const Policy&) = default;
};

/// A vehicle's place in a campaign: rank = hash(seed, vehicle id); ties by vehicle id.
struct Ranked {
  std::uint64_t rank{};
  VehicleId vehicle;
  friend auto operator<=>(const Ranked&, const Ranked&) = default;
};

/// A wave's members are those after the previous wave's last and up to its own. `attempt` grows
/// with each retry; 0: the wave was skipped, and nobody new is offered.
struct WaveOrder {
  Ranked last;
  std::uint32_t attempt = 1;
  friend bool operator==(const WaveOrder&, const WaveOrder&) = default;
};

enum class OrderPhase : std::uint8_t {
  kSurvey = 1,
  kRun = 2,
  kPaused = 3,
  kAborted = 4,
  kClosed = 5
};

/// Campaign -> every shard: all that a shard's decide needs. The highest generation wins.
struct Order {
  CampaignId campaign;
  Generation generation;
  OrderPhase phase{};
  Filter filter;
  std::vector<ReleaseTarget> content;
  Policy policy;
  std::uint64_t seed{};
  std::vector<WaveOrder> waves;  ///< opened so far
  std::uint64_t allowance{};     ///< cumulative offers that each shard may make
  friend bool operator==(const Order&, const Order&) = default;
};

/// Counts of one wave in one shard (or of all): a member is in at most one of them. Unreached:
/// another campaign kept the vehicle busy for too long; it is outside *executed*.
struct WaveCounts {
  std::uint64_t in_progress{}, verified{}, failed{}, rolled_back{}, declined{}, timed_out{},
      cancelled{}, unreached{};
  [[nodiscard]] std::uint64_t executed() const {
    return verified + failed + rolled_back + declined + timed_out + cancelled;
  }
  [[nodiscard]] std::uint64_t unsuccessful() const { return executed() - verified; }
  WaveCounts& operator+=(const WaveCounts& o) {
    in_progress += o.in_progress, verified += o.verified, failed += o.failed;
    rolled_back += o.rolled_back, declined += o.declined, timed_out += o.timed_out;
    cancelled += o.cancelled, unreached += o.unreached;
    return *this;
  }
  friend bool operator==(const WaveCounts&, const WaveCounts&) = default;
};

/// Shard -> campaign: how far all waves are there. The highest source sequence wins.
struct Tally {
  CampaignId campaign;
  Partition shard;
  Sequence sequence;      ///< of the shard's envelope that it describes
  Generation generation;  ///< of the order that the counts obey
  std::uint64_t offered{};
  std::uint64_t contradicted{};  ///< verified vehicles whose later VCI says otherwise
  std::vector<WaveCounts> waves;
  friend bool operator==(const Tally&, const Tally&) = default;
};

/// Shard -> campaign: who matched, ordered by rank, in chunks.
struct SurveyChunk {
  CampaignId campaign;
  Partition shard;
  std::uint32_t chunk{};
  bool last{};
  std::vector<Ranked> vehicles;
  friend bool operator==(const SurveyChunk&, const SurveyChunk&) = default;
};
/// Vehicles in one chunk, so that it is at most 512 KiB: one takes up to 32 bytes on the wire.
inline constexpr std::size_t kMaxSurveyChunk = 512 * 1024 / 32;

/// One ECU's step in a package.
struct EcuUpdate {
  std::string ecu, hardware;
  SemanticVersion from, to;
  Digest image;
  std::uint64_t image_size_bytes{};
  friend bool operator==(const EcuUpdate&, const EcuUpdate&) = default;
};
struct ZonePackage {
  std::string gateway, model;
  std::vector<EcuUpdate> ecus;
  friend bool operator==(const ZonePackage&, const ZonePackage&) = default;
};
/// What a vehicle bundle holds; its key is the hash of this content, so equal vehicles share one
/// build and one download.
struct PackageContent {
  std::vector<ZonePackage> zones;
  friend bool operator==(const PackageContent&, const PackageContent&) = default;
};

/// A built vehicle bundle in the artifact store.
struct Artifact {
  Digest digest;
  std::uint64_t size_bytes{};
  friend bool operator==(const Artifact&, const Artifact&) = default;
};

}  // namespace motorcade
