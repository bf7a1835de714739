// One example of everything that is stored or sent, with no field at its default, for the tests of
// encoding and whoever needs facts. A variant's alternative without an example does not compile.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "events/message.hpp"

namespace motorcade::examples {

/// Bytes that differ within an id and between ids.
template <class IdType>
[[nodiscard]] IdType id(std::uint8_t seed) {
  IdType made;
  for (std::size_t i = 0; i < made.bytes.size(); ++i)
    made.bytes[i] = static_cast<std::uint8_t>(seed + 17 * i);
  return made;
}
/// 2026-03-01T12:00:00.000001Z and so many seconds.
[[nodiscard]] inline Time time(std::int64_t seconds = 0) {
  return Time(Duration(1'772'366'400'000'001 + seconds * 1'000'000));
}

// --- vocabulary ---
inline const Configuration kConfiguration{
    {{"ZG_BODY",
      "ZG-B1",
      {{"ECU_011", "BCM", "TC375", {1, 0, 0}}, {"ECU_012", "DCM", "", {1, 9, 2}}}},
     {"ZG_CHASSIS", "ZG-C2", {{"ECU_006", "ESC", "TC375", {1, 10, 4'000'000'000}}}}}};
inline const ReleaseTarget kRelease{id<ReleaseId>(1), "BCM",         "TC375",
                                    {2, 1, 3},        id<Digest>(2), 0x1'0000'0001};
inline const Filter kFilter{"Model Ü", 2024, 2026, {id<VehicleId>(3), id<VehicleId>(4)}};
inline const Policy kPolicy{Duration(1), Duration(2), Duration(3), Duration(4), Duration(5), 6};
inline const Order kOrder{id<CampaignId>(5),
                          {7},
                          OrderPhase::kPaused,
                          kFilter,
                          {kRelease},
                          kPolicy,
                          0xfedcba9876543210,
                          {{{0xffffffffffffffff, id<VehicleId>(6)}, 2}, {{1, id<VehicleId>(7)}, 1}},
                          99};
inline const PackageContent kContent{
    {{"ZG_BODY", "ZG-B1", {{"ECU_011", "TC375", {1, 0, 0}, {2, 1, 3}, id<Digest>(8), 123'456}}}}};
inline const Artifact kArtifact{id<Digest>(9), 0x2'0000'0001};
inline const Partition kShard{Stream::kVehicle, 65535};
inline const WaveCounts kCounts{1, 2, 3, 4, 5, 6, 7, 8};
inline const Tally kTally{id<CampaignId>(10), kShard, {1'000'000}, {4}, 28, 2, {kCounts, {0, 9}}};
inline const SurveyChunk kChunk{
    id<CampaignId>(11), kShard, 3, true, {{5, id<VehicleId>(12)}, {6, id<VehicleId>(13)}}};
inline const Readiness kReadiness{true, true, true, true, true, 77, -12};
inline const std::vector<vehicle::EcuResult> kResults{
    {"ZG_BODY", "ECU_011", vehicle::EcuOutcome::kFailed, 0x31},
    {"ZG_BODY", "ECU_012", vehicle::EcuOutcome::kRolledBack, 0}};
inline const campaign::Gate kGate{9500, 1500, 7, Duration(60'000'000)};
inline const campaign::Definition kDefinition{
    "Spring update", 0x0123456789abcdef,         {id<ReleaseId>(1), id<ReleaseId>(14)},
    kFilter,         {{1000}, {5000}, {10'000}}, kGate,
    kPolicy};
inline const campaign::GateEvidence kEvidence{
    3, 30, kCounts, kGate, {{kShard, {17}}, {{Stream::kVehicle, 1}, {18}}}};

template <class T>
struct Of {};

// --- facts: vehicle ---
inline vehicle::VehicleRegistered example(Of<vehicle::VehicleRegistered>) {
  return {id<VehicleId>(20), "Model Ü", 2025, "VMG-7", std::string("\0\xff\x80sealed", 9)};
}
inline vehicle::ConfigurationInterned example(Of<vehicle::ConfigurationInterned>) {
  return {id<Digest>(21), kConfiguration};
}
inline vehicle::VciRecorded example(Of<vehicle::VciRecorded>) {
  return {id<VehicleId>(22), id<Digest>(23), 0xffffffffffffffff};
}
inline vehicle::ReadinessRecorded example(Of<vehicle::ReadinessRecorded>) {
  return {id<VehicleId>(24), kReadiness};
}
inline vehicle::OrderTaken example(Of<vehicle::OrderTaken>) {
  return {kOrder};
}
inline vehicle::VehiclesMatched example(Of<vehicle::VehiclesMatched>) {
  return {id<CampaignId>(25), 2, true, kChunk.vehicles};
}
inline vehicle::PackagePlanned example(Of<vehicle::PackagePlanned>) {
  return {id<CampaignId>(26), id<Digest>(27), id<PackageKey>(28), kContent, time(1)};
}
inline vehicle::PackageNoted example(Of<vehicle::PackageNoted>) {
  return {id<PackageKey>(29), kArtifact, "rebuilt"};
}
inline vehicle::MembersScanned example(Of<vehicle::MembersScanned>) {
  return {id<CampaignId>(30), 10, 20, time(3)};
}
inline vehicle::Offered example(Of<vehicle::Offered>) {
  return {id<VehicleId>(31), id<CampaignId>(32), {2},       3,
          id<CommandId>(33), id<PackageKey>(34), kArtifact, time(2)};
}
inline vehicle::StepReported example(Of<vehicle::StepReported>) {
  return {id<VehicleId>(35),
          id<CommandId>(36),
          vehicle::ReportedStep::kRolledBack,
          "flash failed",
          1,
          2,
          3,
          kResults,
          time(3)};
}
inline vehicle::Verified example(Of<vehicle::Verified>) {
  return {id<VehicleId>(37), id<CampaignId>(38), id<CommandId>(39)};
}
inline vehicle::AssignmentEnded example(Of<vehicle::AssignmentEnded>) {
  return {id<VehicleId>(40),
          id<CampaignId>(41),
          {3},
          2,
          id<CommandId>(42),
          vehicle::EndReason::kTimedOut,
          "download"};
}
inline vehicle::CommandIssued example(Of<vehicle::CommandIssued>) {
  return {id<VehicleId>(43), id<CommandId>(44),
          id<CommandId>(45), vehicle::CommandKind::kCancel,
          time(4),           time(5)};
}
inline vehicle::VciContradicted example(Of<vehicle::VciContradicted>) {
  return {id<VehicleId>(46), id<CampaignId>(47)};
}
inline vehicle::ReleaseNoted example(Of<vehicle::ReleaseNoted>) {
  return {kRelease, 5, true};
}
inline vehicle::Refused example(Of<vehicle::Refused>) {
  return {id<VehicleId>(48), vehicle::Rejection::kInvalid, "zones has two with the same gateway"};
}
inline vehicle::AlreadySatisfied example(Of<vehicle::AlreadySatisfied>) {
  return {};
}

// --- facts: campaign ---
inline campaign::CampaignCreated example(Of<campaign::CampaignCreated>) {
  return {id<CampaignId>(50), "operator:alice", kDefinition, {kRelease}, id<Digest>(51)};
}
inline campaign::CampaignProposed example(Of<campaign::CampaignProposed>) {
  return {id<CampaignId>(52), "operator:alice"};
}
inline campaign::CampaignApproved example(Of<campaign::CampaignApproved>) {
  return {id<CampaignId>(53), "operator:bob", id<Digest>(54)};
}
inline campaign::CampaignStarted example(Of<campaign::CampaignStarted>) {
  return {id<CampaignId>(55), "operator:alice", {1}, time(6)};
}
inline campaign::SurveyTaken example(Of<campaign::SurveyTaken>) {
  return {kChunk};
}
inline campaign::WavesPlanned example(Of<campaign::WavesPlanned>) {
  return {id<CampaignId>(56), {{3, {7, id<VehicleId>(57)}}, {27, {8, id<VehicleId>(58)}}}};
}
inline campaign::WaveOpened example(Of<campaign::WaveOpened>) {
  return {id<CampaignId>(59), {2}, 3, {4}};
}
inline campaign::TallyTaken example(Of<campaign::TallyTaken>) {
  return {kTally};
}
inline campaign::WaveSoaking example(Of<campaign::WaveSoaking>) {
  return {id<CampaignId>(60), {1}, time(7)};
}
inline campaign::WavePassed example(Of<campaign::WavePassed>) {
  return {id<CampaignId>(61), {1}, kEvidence};
}
inline campaign::WaveHeld example(Of<campaign::WaveHeld>) {
  return {id<CampaignId>(62), {2}, campaign::HoldReason::kNothingMatched, kEvidence, {9}};
}
inline campaign::WaveSkipped example(Of<campaign::WaveSkipped>) {
  return {id<CampaignId>(63), {2}, "operator:bob"};
}
inline campaign::CampaignPaused example(Of<campaign::CampaignPaused>) {
  return {id<CampaignId>(64), "operator:alice", "cold weather", {5}};
}
inline campaign::CampaignResumed example(Of<campaign::CampaignResumed>) {
  return {id<CampaignId>(65), "operator:alice", campaign::Resumption::kSkip, {6}};
}
inline campaign::CampaignAborted example(Of<campaign::CampaignAborted>) {
  return {id<CampaignId>(66), "operator:alice", "recall", {7}};
}
inline campaign::CampaignCancelled example(Of<campaign::CampaignCancelled>) {
  return {id<CampaignId>(67), "operator:alice", "wrong release"};
}
inline campaign::CampaignCompleted example(Of<campaign::CampaignCompleted>) {
  return {id<CampaignId>(68), {8}};
}
inline campaign::AlarmRaised example(Of<campaign::AlarmRaised>) {
  return {id<CampaignId>(69), 2};
}
inline campaign::ReleaseNoted example(Of<campaign::ReleaseNoted>) {
  return {kRelease, 6, true};
}
inline campaign::Refused example(Of<campaign::Refused>) {
  return {id<CampaignId>(70), campaign::Rejection::kOtherIncarnation, "another log"};
}
inline campaign::AlreadySatisfied example(Of<campaign::AlreadySatisfied>) {
  return {};
}

// --- facts: catalog ---
inline catalog::ReleaseUploaded example(Of<catalog::ReleaseUploaded>) {
  return {kRelease, "bcm-2.1.3.bin", "fixes a\nand b", "operator:alice", 1};
}
inline catalog::ReleaseDeprecated example(Of<catalog::ReleaseDeprecated>) {
  return {id<ReleaseId>(71), "operator:alice", "bricks", 2};
}
inline catalog::TargetApproved example(Of<catalog::TargetApproved>) {
  return {"ECU_011", "BCM", {2, 1, 3}, "operator:bob"};
}
inline catalog::PackageRequested example(Of<catalog::PackageRequested>) {
  return {id<PackageKey>(72), kContent, 2, kShard};
}
inline catalog::WaiterAdded example(Of<catalog::WaiterAdded>) {
  return {id<PackageKey>(73), kShard};
}
inline catalog::PackageBuilt example(Of<catalog::PackageBuilt>) {
  return {id<PackageKey>(74), kArtifact};
}
inline catalog::PackageFailed example(Of<catalog::PackageFailed>) {
  return {id<PackageKey>(75), "image is not in the store"};
}
inline catalog::Refused example(Of<catalog::Refused>) {
  return {catalog::Rejection::kOtherIncarnation, "another log"};
}
inline catalog::AlreadySatisfied example(Of<catalog::AlreadySatisfied>) {
  return {};
}

// --- commands and messages ---
inline vehicle::TakeOrder example(Of<vehicle::TakeOrder>) {
  return {kOrder};
}
inline vehicle::NotePackage example(Of<vehicle::NotePackage>) {
  return {id<PackageKey>(80), kArtifact, "rebuilt"};
}
inline vehicle::NoteRelease example(Of<vehicle::NoteRelease>) {
  return {kRelease, 7, true};
}
inline campaign::Create example(Of<campaign::Create>) {
  return {id<CampaignId>(81), "operator:alice", kDefinition};
}
inline campaign::Propose example(Of<campaign::Propose>) {
  return {id<CampaignId>(82), "operator:alice"};
}
inline campaign::Approve example(Of<campaign::Approve>) {
  return {id<CampaignId>(83), "operator:bob", id<Digest>(84)};
}
inline campaign::Start example(Of<campaign::Start>) {
  return {id<CampaignId>(85), "operator:alice"};
}
inline campaign::Pause example(Of<campaign::Pause>) {
  return {id<CampaignId>(86), "operator:alice", "cold weather"};
}
inline campaign::Resume example(Of<campaign::Resume>) {
  return {id<CampaignId>(87), "operator:alice", campaign::Resumption::kRetry};
}
inline campaign::Abort example(Of<campaign::Abort>) {
  return {id<CampaignId>(88), "operator:alice", "recall"};
}
inline campaign::TakeSurvey example(Of<campaign::TakeSurvey>) {
  return {kChunk};
}
inline campaign::TakeTally example(Of<campaign::TakeTally>) {
  return {kTally};
}
inline campaign::NoteRelease example(Of<campaign::NoteRelease>) {
  return {kRelease, 8, true};
}
inline catalog::UploadRelease example(Of<catalog::UploadRelease>) {
  return {kRelease, "bcm-2.1.3.bin", "fixes a\nand b", "operator:alice"};
}
inline catalog::DeprecateRelease example(Of<catalog::DeprecateRelease>) {
  return {id<ReleaseId>(89), "operator:alice", "bricks"};
}
inline catalog::ApproveTarget example(Of<catalog::ApproveTarget>) {
  return {"ECU_011", "BCM", {2, 1, 3}, "operator:bob"};
}
inline catalog::RequestPackage example(Of<catalog::RequestPackage>) {
  return {id<PackageKey>(90), kContent, kShard};
}
inline catalog::ReportBuilt example(Of<catalog::ReportBuilt>) {
  return {id<PackageKey>(91), kArtifact, "reused"};
}

template <class T>
concept HasExample = requires {
  example(Of<T>{});
};

template <class Variant>
struct AllOf;
template <class... Ts>
struct AllOf<std::variant<Ts...>> {
  static_assert((HasExample<Ts> && ...), "an alternative of this variant has no example");
  static std::vector<std::variant<Ts...>> make() { return {example(Of<Ts>{})...}; }
};
/// One of every alternative, in their order: all<vehicle::Event>().
template <class Variant>
[[nodiscard]] std::vector<Variant> all() {
  return AllOf<Variant>::make();
}

}  // namespace motorcade::examples
