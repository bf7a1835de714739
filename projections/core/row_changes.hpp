// What folds say of the read models: typed changes of rows, no SQL.
//
// Every row belongs to one event partition (rows that several shards make are equal, and the first
// stays), so the order between partitions never matters. Changes of one row are applied in the
// order in which they come.
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "events/campaign.hpp"
#include "events/catalog.hpp"
#include "events/envelope.hpp"
#include "events/vehicle.hpp"

namespace motorcade::projections {

// --- vehicles ---
struct AddVehicle {
  VehicleId vehicle;
  std::string model;
  std::uint32_t year{};
  std::string vmg_id;
  std::string sealed_vin;          ///< opened by the runner …
  std::optional<std::string> vin;  ///< … into this; none: erased
  Time at;
};
struct AddConfiguration {
  Digest digest;
  Configuration configuration;
};
struct SetConfiguration {
  VehicleId vehicle;
  Digest configuration;
  std::uint64_t boot_count{};
  Time at;
};
struct SetReadiness {
  VehicleId vehicle;
  Readiness readiness;
  Time at;
};
struct SeeVehicle {  ///< it reported something
  VehicleId vehicle;
  Time at;
};
struct BeginVehicleUpdate {
  VehicleId vehicle;
  std::string update;
  Time at;
};
struct EndVehicleUpdate {  ///< nothing, unless this update is the vehicle's current one
  VehicleId vehicle;
  std::string update;
  bool failed{};
  Time at;
};

// --- catalog ---
struct AddRelease {
  catalog::ReleaseUploaded release;
  Time at;
};
struct DeprecateRelease {
  catalog::ReleaseDeprecated deprecation;
  Time at;
};
struct SetTarget {
  catalog::TargetApproved target;
  Time at;
};
struct RequestPackage {
  PackageKey key;
  PackageContent content;
  std::uint32_t attempt{};
  Time at;
};
struct EndPackage {  ///< no artifact: the build failed
  PackageKey key;
  std::optional<Artifact> artifact;
  std::string reason;
  Time at;
};

// --- campaigns ---
struct AddCampaign {
  campaign::CampaignCreated created;
  std::string position;
  Time at;
};
enum class CampaignStatus : std::uint8_t {
  kProposed,
  kApproved,
  kSurveying,
  kRunning,
  kHeld,
  kPaused,
  kCompleted,
  kAborted,
  kCancelled
};
struct MoveCampaign {
  CampaignId campaign;
  CampaignStatus to{};
  std::optional<std::string> approver;
  std::string reason;
  Generation generation;  ///< the highest stays
  std::string position;
  Time at;
};
struct RaiseAlarm {
  CampaignId campaign;
  std::uint64_t contradicted{};
  Time at;
};
struct AddWave {
  CampaignId campaign;
  WaveNumber wave;
  campaign::PlannedWave plan;
};
enum class WaveState : std::uint8_t { kPending, kOpen, kSoaking, kPassed, kHeld, kSkipped };
struct MoveWave {
  CampaignId campaign;
  WaveNumber wave;
  WaveState to{};
  std::optional<std::uint32_t> attempt;
  std::optional<Time> soaking_until;
  std::string reason;
  std::optional<campaign::GateEvidence> evidence;
  Time at;
};
struct SetTally {  ///< the highest sequence of a shard wins
  Tally tally;
};

// --- updates of vehicles ---
enum class UpdateStatus : std::uint8_t {
  kOffered,
  kAccepted,
  kDownloading,
  kDownloaded,
  kPackageVerified,
  kInstalling,
  kActivating,
  kInstalled,
  kVerified,
  kFailed,
  kRolledBack,
  kDeclined,
  kTimedOut,
  kSuperseded,
  kCancelled
};
/// Grows along an update's way; 100: ended, nothing moves it any more.
[[nodiscard]] int rank_of(UpdateStatus status);
/// Of the whole way: 5 % accepted, 60 % downloaded, 70 % installing, 95 % installed, 100 %
/// verified.
[[nodiscard]] int progress_percent(UpdateStatus status, std::uint64_t bytes_done = 0,
                                   std::uint64_t bytes_total = 0);
/// Hex of the offer's command id; without an offer, of the campaign's and the vehicle's.
[[nodiscard]] std::string update_id(const CommandId& command, const CampaignId& campaign,
                                    const VehicleId& vehicle);

struct AddUpdate {
  vehicle::Offered offered;
  Time at;
};
struct StepUpdate {  ///< a step that would go back changes the times and results only
  VehicleId vehicle;
  std::string update;
  std::string step;                    ///< as reported: key of the update's times
  std::optional<UpdateStatus> status;  ///< none: pausing, resuming
  std::optional<bool> paused;
  std::string reason;
  std::uint64_t bytes_done{}, bytes_total{};
  std::vector<vehicle::EcuResult> ecus;
  Time at;
};
struct EndUpdate {  ///< makes the row if the member was never offered
  VehicleId vehicle;
  CampaignId campaign;
  std::string update;
  std::optional<WaveNumber> wave;
  std::uint32_t attempt{};
  UpdateStatus status{};
  std::string reason;
  Time at;
};
struct ContradictUpdate {  ///< the verified updates of this vehicle in this campaign
  VehicleId vehicle;
  CampaignId campaign;
  Time at;
};

// --- commands ---
enum class CommandOutcome : std::uint8_t { kAccepted, kRefused, kAlreadySatisfied };
struct AddCommand {  ///< the first outcome of a request stays: a repeat changes nothing
  MessageId id;
  CommandOutcome outcome{};
  std::string reason, detail;
  Actor actor;
  std::string aggregate;
  std::string position;
  Time at;
};

using RowChange = std::variant<AddVehicle, AddConfiguration, SetConfiguration, SetReadiness,
                               SeeVehicle, BeginVehicleUpdate, EndVehicleUpdate, AddRelease,
                               DeprecateRelease, SetTarget, RequestPackage, EndPackage, AddCampaign,
                               MoveCampaign, RaiseAlarm, AddWave, MoveWave, SetTally, AddUpdate,
                               StepUpdate, EndUpdate, ContradictUpdate, AddCommand>;
using RowChanges = std::vector<RowChange>;

/// Changes with equal keys must be applied in their order; others may be applied together.
[[nodiscard]] std::string row_key(const RowChange& change);

}  // namespace motorcade::projections
