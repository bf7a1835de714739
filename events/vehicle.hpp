// The vehicle stream: what a shard (all vehicles of a partition and the orders they work on) is
// asked, and what became fact.
#pragma once
#include <variant>

#include "events/envelope.hpp"
#include "events/vocabulary.hpp"

namespace motorcade::vehicle {

// --- commands: reports of vehicles, requests of operators, messages of other machines ---

struct Register {  ///< by an operator, or by the vehicle itself
  VehicleId vehicle;
  std::string model;
  std::uint32_t year{};
  std::string vmg_id;
  std::string sealed_vin;
  friend bool operator==(const Register&, const Register&) = default;
};
struct ReportVci {
  VehicleId vehicle;
  std::string model;  ///< with year and VMG id: registers a vehicle that nobody registered before
  std::uint32_t year{};
  std::string vmg_id;
  std::string sealed_vin;
  std::uint64_t
      boot_count{};  ///< of the VMG; grows with each activation: tells a VCI taken after the reboot
  Configuration configuration;
  friend bool operator==(const ReportVci&, const ReportVci&) = default;
};

/// A step of an assignment as the vehicle reports it, in the order in which they come.
enum class ReportedStep : std::uint8_t {
  kAccepted = 1,
  kDeclined,
  kPostponed,
  kDownloading,
  kDownloaded,
  kPackageVerified,
  kInstalling,
  kActivating,
  kInstalled,
  kFailed,
  kRolledBack,
  kPaused,  ///< the vehicle obeyed a pause command
  kResumed,
  kCancelled,  ///< the vehicle obeyed a cancel command
};
enum class EcuOutcome : std::uint8_t {
  kProgrammed = 1,
  kFailed = 2,
  kRolledBack = 3,
  kSkipped = 4
};
struct EcuResult {
  std::string gateway, ecu;
  EcuOutcome outcome{};
  std::uint32_t nrc{};  ///< UDS negative response code (ISO 14229-1 annex A); 0: none
  friend bool operator==(const EcuResult&, const EcuResult&) = default;
};
struct ReportStatus {
  VehicleId vehicle;
  CommandId command;  ///< the offer's
  ReportedStep step{};
  std::string reason;                         ///< kDeclined, kPostponed, kFailed, kRolledBack
  std::uint64_t bytes_done{}, bytes_total{};  ///< kDownloading
  std::uint64_t boot_count{};   ///< kInstalling, kInstalled, kRolledBack: when it was reported
  std::vector<EcuResult> ecus;  ///< kInstalling (as they come), kInstalled, kFailed, kRolledBack
  friend bool operator==(const ReportStatus&, const ReportStatus&) = default;
};
struct ReportReadiness {
  VehicleId vehicle;
  Readiness readiness;
  friend bool operator==(const ReportReadiness&, const ReportReadiness&) = default;
};
/// What the owner's shell makes of a body that it cannot decode, or of an identity that does not
/// fit: a refusal, on record.
struct Undecodable {
  VehicleId vehicle;  ///< zero: none
  std::string reason;
  friend bool operator==(const Undecodable&, const Undecodable&) = default;
};
struct TakeOrder {
  Order order;
  friend bool operator==(const TakeOrder&, const TakeOrder&) = default;
};
struct NotePackage {  ///< catalog -> the shards that wait for it
  PackageKey key;
  std::optional<Artifact> artifact;  ///< none: the build failed
  std::string reason;
  friend bool operator==(const NotePackage&, const NotePackage&) = default;
};
struct NoteRelease {  ///< catalog -> every shard and campaign partition; the highest revision wins
  ReleaseTarget release;
  std::uint64_t revision{};
  bool deprecated{};
  friend bool operator==(const NoteRelease&, const NoteRelease&) = default;
};
struct AdvanceTime {
  friend bool operator==(const AdvanceTime&, const AdvanceTime&) = default;
};
using Command = std::variant<Register, ReportVci, ReportStatus, ReportReadiness, Undecodable,
                             TakeOrder, NotePackage, NoteRelease, AdvanceTime>;

// --- facts ---

struct VehicleRegistered {
  VehicleId vehicle;
  std::string model;
  std::uint32_t year{};
  std::string vmg_id;
  std::string sealed_vin;
  friend bool operator==(const VehicleRegistered&, const VehicleRegistered&) = default;
};
/// A configuration that this shard had not seen; later facts name it by its digest.
struct ConfigurationInterned {
  Digest digest;
  Configuration configuration;
  friend bool operator==(const ConfigurationInterned&, const ConfigurationInterned&) = default;
};
struct VciRecorded {
  VehicleId vehicle;
  Digest configuration;
  std::uint64_t boot_count{};
  friend bool operator==(const VciRecorded&, const VciRecorded&) = default;
};
struct ReadinessRecorded {
  VehicleId vehicle;
  Readiness readiness;
  friend bool operator==(const ReadinessRecorded&, const ReadinessRecorded&) = default;
};
struct OrderTaken {
  Order order;
  friend bool operator==(const OrderTaken&, const OrderTaken&) = default;
};
struct VehiclesMatched {
  CampaignId campaign;
  std::uint32_t chunk{};
  bool last{};
  std::vector<Ranked> vehicles;
  friend bool operator==(const VehiclesMatched&, const VehiclesMatched&) = default;
};
/// What vehicles of this configuration need in this campaign. No content: nothing to do, they are
/// up to date.
struct PackagePlanned {
  CampaignId campaign;
  Digest configuration;
  PackageKey key;
  PackageContent content;
  Time deadline;  ///< the build's
  friend bool operator==(const PackagePlanned&, const PackagePlanned&) = default;
};
struct PackageNoted {
  PackageKey key;
  std::optional<Artifact> artifact;
  std::string reason;
  friend bool operator==(const PackageNoted&, const PackageNoted&) = default;
};
/// Members [from, to) of a campaign were looked at: offered, found busy, or waiting for a package.
struct MembersScanned {
  CampaignId campaign;
  std::uint64_t from{}, to{};
  Time wait_until;  ///< for members whose vehicles are busy; zero: for nobody
  friend bool operator==(const MembersScanned&, const MembersScanned&) = default;
};
struct Offered {
  VehicleId vehicle;
  CampaignId campaign;
  WaveNumber wave;
  std::uint32_t attempt{};
  CommandId command;
  PackageKey package;
  Artifact artifact;
  Time expires_at;
  friend bool operator==(const Offered&, const Offered&) = default;
};
/// A report that moved (or repeated, or came too late to move) an assignment.
struct StepReported {
  VehicleId vehicle;
  CommandId command;
  ReportedStep step{};
  std::string reason;
  std::uint64_t bytes_done{}, bytes_total{};
  std::uint64_t boot_count{};
  std::vector<EcuResult> ecus;
  Time deadline;  ///< of the step that follows; zero: none
  friend bool operator==(const StepReported&, const StepReported&) = default;
};
struct Verified {  ///< a VCI taken after the reboot shows the target versions; zero command: it
                   ///< showed them before any offer
  VehicleId vehicle;
  CampaignId campaign;
  CommandId command;
  friend bool operator==(const Verified&, const Verified&) = default;
};
enum class EndReason : std::uint8_t {
  kNotVerified = 1,  ///< the VCI after the reboot shows other versions
  kBuildFailed,
  kTimedOut,
  kSuperseded,
  kCancelled,
};
struct AssignmentEnded {  ///< ended by the engine, not by the vehicle
  VehicleId vehicle;
  CampaignId campaign;
  WaveNumber wave;  ///< with attempt: for a member that was never offered
  std::uint32_t attempt{};
  CommandId command;
  EndReason reason{};
  std::string detail;
  friend bool operator==(const AssignmentEnded&, const AssignmentEnded&) = default;
};
enum class CommandKind : std::uint8_t { kPause = 1, kResume = 2, kCancel = 3 };
struct CommandIssued {
  VehicleId vehicle;
  CommandId command;  ///< its own
  CommandId offer;    ///< the offer that it speaks of
  CommandKind kind{};
  Time expires_at;
  Time deadline;  ///< kResume: the assignment's step has until then
  friend bool operator==(const CommandIssued&, const CommandIssued&) = default;
};
struct VciContradicted {  ///< a verified vehicle reports other versions later
  VehicleId vehicle;
  CampaignId campaign;
  friend bool operator==(const VciContradicted&, const VciContradicted&) = default;
};
struct ReleaseNoted {
  ReleaseTarget release;
  std::uint64_t revision{};
  bool deprecated{};
  friend bool operator==(const ReleaseNoted&, const ReleaseNoted&) = default;
};

enum class Rejection : std::uint8_t {
  kUndecodable = 1,
  kUnknownVehicle,
  kUnknownCommand,      ///< a status report for an offer that this vehicle does not have
  kAssignmentEnded,     ///< a step reported after the assignment's end
  kLowerEpoch,          ///< the outbox epoch is below the current one
  kForeignOutbox,       ///< the current epoch, another outbox id
  kBeyondWindow,        ///< the sequence is beyond the acknowledgement window
  kPredecessorMissing,  ///< a message whose predecessor was not taken
  kOtherIncarnation,    ///< a message of another log
  kInvalid,             ///< the values do not make sense
};
struct Refused {
  VehicleId vehicle;  ///< zero: none
  Rejection reason{};
  std::string detail;
  friend bool operator==(const Refused&, const Refused&) = default;
};
struct AlreadySatisfied {
  friend bool operator==(const AlreadySatisfied&, const AlreadySatisfied&) = default;
};

using Event = std::variant<VehicleRegistered, ConfigurationInterned, VciRecorded, ReadinessRecorded,
                           OrderTaken, VehiclesMatched, PackagePlanned, PackageNoted,
                           MembersScanned, Offered, StepReported, Verified, AssignmentEnded,
                           CommandIssued, VciContradicted, ReleaseNoted, Refused, AlreadySatisfied>;

}  // namespace motorcade::vehicle
