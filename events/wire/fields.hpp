// The fields of every struct that is stored, by name (see mapping.hpp).
#pragma once
#include "events/campaign.hpp"
#include "events/catalog.hpp"
#include "events/vehicle.hpp"
#include "events/wire/mapping.hpp"

namespace motorcade::wire {

template <>
inline constexpr int kLastOf<Stream> = static_cast<int>(Stream::kCatalog);
template <>
inline constexpr int kLastOf<OrderPhase> = static_cast<int>(OrderPhase::kClosed);
template <>
inline constexpr int kLastOf<vehicle::ReportedStep> =
    static_cast<int>(vehicle::ReportedStep::kCancelled);
template <>
inline constexpr int kLastOf<vehicle::EcuOutcome> = static_cast<int>(vehicle::EcuOutcome::kSkipped);
template <>
inline constexpr int kLastOf<vehicle::EndReason> = static_cast<int>(vehicle::EndReason::kCancelled);
template <>
inline constexpr int kLastOf<vehicle::CommandKind> =
    static_cast<int>(vehicle::CommandKind::kCancel);
template <>
inline constexpr int kLastOf<vehicle::Rejection> = static_cast<int>(vehicle::Rejection::kInvalid);
template <>
inline constexpr int kLastOf<campaign::Resumption> = static_cast<int>(campaign::Resumption::kSkip);
template <>
inline constexpr int kLastOf<campaign::HoldReason> =
    static_cast<int>(campaign::HoldReason::kNothingMatched);
template <>
inline constexpr int kLastOf<campaign::Rejection> =
    static_cast<int>(campaign::Rejection::kOtherIncarnation);
template <>
inline constexpr int kLastOf<catalog::Rejection> =
    static_cast<int>(catalog::Rejection::kOtherIncarnation);

// --- vocabulary ---
MOTORCADE_FIELDS(Partition, stream, number)
MOTORCADE_FIELDS(Position, partition, sequence)
MOTORCADE_FIELDS(SemanticVersion, major, minor, patch)
MOTORCADE_FIELDS(Ecu, id, type, hardware, version)
MOTORCADE_FIELDS(Zone, gateway, model, ecus)
MOTORCADE_FIELDS(Configuration, zones)
MOTORCADE_FIELDS(Readiness, parked, ignition_off, storage_ok, network_ok, no_critical_dtc,
                 battery_percent, temperature_celsius)
MOTORCADE_FIELDS(ReleaseTarget, release, ecu_type, hardware, version, image, image_size_bytes)
MOTORCADE_FIELDS(Filter, model, year_from, year_to, vehicles)
MOTORCADE_FIELDS(Policy, offer_timeout, download_timeout, install_timeout, verify_timeout,
                 build_timeout, priority)
MOTORCADE_FIELDS(Ranked, rank, vehicle)
MOTORCADE_FIELDS(WaveOrder, last, attempt)
MOTORCADE_FIELDS(Order, campaign, generation, phase, filter, content, policy, seed, waves,
                 allowance)
MOTORCADE_FIELDS(WaveCounts, in_progress, verified, failed, rolled_back, declined, timed_out,
                 cancelled, unreached)
MOTORCADE_FIELDS(Tally, campaign, shard, sequence, generation, offered, contradicted, waves)
MOTORCADE_FIELDS(SurveyChunk, campaign, shard, chunk, last, vehicles)
MOTORCADE_FIELDS(EcuUpdate, ecu, hardware, from, to, image, image_size_bytes)
MOTORCADE_FIELDS(ZonePackage, gateway, model, ecus)
MOTORCADE_FIELDS(PackageContent, zones)
MOTORCADE_FIELDS(Artifact, digest, size_bytes)

// --- vehicle ---
MOTORCADE_FIELDS(vehicle::VehicleRegistered, vehicle, model, year, vmg_id, sealed_vin)
MOTORCADE_FIELDS(vehicle::ConfigurationInterned, digest, configuration)
MOTORCADE_FIELDS(vehicle::VciRecorded, vehicle, configuration, boot_count)
MOTORCADE_FIELDS(vehicle::ReadinessRecorded, vehicle, readiness)
MOTORCADE_FIELDS(vehicle::OrderTaken, order)
MOTORCADE_FIELDS(vehicle::VehiclesMatched, campaign, chunk, last, vehicles)
MOTORCADE_FIELDS(vehicle::PackagePlanned, campaign, configuration, key, content, deadline)
MOTORCADE_FIELDS(vehicle::PackageNoted, key, artifact, reason)
MOTORCADE_FIELDS(vehicle::MembersScanned, campaign, from, to, wait_until)
MOTORCADE_FIELDS(vehicle::Offered, vehicle, campaign, wave, attempt, command, package, artifact,
                 expires_at)
MOTORCADE_FIELDS(vehicle::EcuResult, gateway, ecu, outcome, nrc)
MOTORCADE_FIELDS(vehicle::StepReported, vehicle, command, step, reason, bytes_done, bytes_total,
                 boot_count, ecus, deadline)
MOTORCADE_FIELDS(vehicle::Verified, vehicle, campaign, command)
MOTORCADE_FIELDS(vehicle::AssignmentEnded, vehicle, campaign, wave, attempt, command, reason,
                 detail)
MOTORCADE_FIELDS(vehicle::CommandIssued, vehicle, command, offer, kind, expires_at, deadline)
MOTORCADE_FIELDS(vehicle::VciContradicted, vehicle, campaign)
MOTORCADE_FIELDS(vehicle::ReleaseNoted, release, revision, deprecated)
MOTORCADE_FIELDS(vehicle::Refused, vehicle, reason, detail)
MOTORCADE_NO_FIELDS(vehicle::AlreadySatisfied)
MOTORCADE_FIELDS(vehicle::TakeOrder, order)
MOTORCADE_FIELDS(vehicle::NotePackage, key, artifact, reason)
MOTORCADE_FIELDS(vehicle::NoteRelease, release, revision, deprecated)

// --- campaign ---
MOTORCADE_FIELDS(campaign::Gate, success_basis_points, failure_basis_points, minimum_executed, soak)
MOTORCADE_FIELDS(campaign::WavePlan, cumulative_basis_points)
MOTORCADE_FIELDS(campaign::Definition, name, seed, releases, filter, waves, gate, policy)
MOTORCADE_FIELDS(campaign::CampaignCreated, campaign, by, definition, content, content_hash)
MOTORCADE_FIELDS(campaign::CampaignProposed, campaign, by)
MOTORCADE_FIELDS(campaign::CampaignApproved, campaign, by, content_hash)
MOTORCADE_FIELDS(campaign::CampaignStarted, campaign, by, generation, deadline)
MOTORCADE_FIELDS(campaign::SurveyTaken, chunk)
MOTORCADE_FIELDS(campaign::PlannedWave, size, last)
MOTORCADE_FIELDS(campaign::WavesPlanned, campaign, waves)
MOTORCADE_FIELDS(campaign::WaveOpened, campaign, wave, attempt, generation)
MOTORCADE_FIELDS(campaign::TallyTaken, tally)
MOTORCADE_FIELDS(campaign::GateEvidence, rule_version, size, counts, thresholds, read)
MOTORCADE_FIELDS(campaign::WaveSoaking, campaign, wave, until)
MOTORCADE_FIELDS(campaign::WavePassed, campaign, wave, evidence)
MOTORCADE_FIELDS(campaign::WaveHeld, campaign, wave, reason, evidence, generation)
MOTORCADE_FIELDS(campaign::WaveSkipped, campaign, wave, by)
MOTORCADE_FIELDS(campaign::CampaignPaused, campaign, by, reason, generation)
MOTORCADE_FIELDS(campaign::CampaignResumed, campaign, by, how, generation)
MOTORCADE_FIELDS(campaign::CampaignAborted, campaign, by, reason, generation)
MOTORCADE_FIELDS(campaign::CampaignCancelled, campaign, by, reason)
MOTORCADE_FIELDS(campaign::CampaignCompleted, campaign, generation)
MOTORCADE_FIELDS(campaign::AlarmRaised, campaign, contradicted)
MOTORCADE_FIELDS(campaign::ReleaseNoted, release, revision, deprecated)
MOTORCADE_FIELDS(campaign::Refused, campaign, reason, detail)
MOTORCADE_NO_FIELDS(campaign::AlreadySatisfied)
MOTORCADE_FIELDS(campaign::Create, campaign, by, definition)
MOTORCADE_FIELDS(campaign::Propose, campaign, by)
MOTORCADE_FIELDS(campaign::Approve, campaign, by, content_hash)
MOTORCADE_FIELDS(campaign::Start, campaign, by)
MOTORCADE_FIELDS(campaign::Pause, campaign, by, reason)
MOTORCADE_FIELDS(campaign::Resume, campaign, by, how)
MOTORCADE_FIELDS(campaign::Abort, campaign, by, reason)
MOTORCADE_FIELDS(campaign::TakeSurvey, chunk)
MOTORCADE_FIELDS(campaign::TakeTally, tally)
MOTORCADE_FIELDS(campaign::NoteRelease, release, revision, deprecated)

// --- catalog ---
MOTORCADE_FIELDS(catalog::ReleaseUploaded, release, file_name, notes, by, revision)
MOTORCADE_FIELDS(catalog::ReleaseDeprecated, release, by, reason, revision)
MOTORCADE_FIELDS(catalog::TargetApproved, ecu, ecu_type, version, by)
MOTORCADE_FIELDS(catalog::PackageRequested, key, content, attempt, waiter)
MOTORCADE_FIELDS(catalog::WaiterAdded, key, waiter)
MOTORCADE_FIELDS(catalog::PackageBuilt, key, artifact)
MOTORCADE_FIELDS(catalog::PackageFailed, key, reason)
MOTORCADE_FIELDS(catalog::Refused, reason, detail)
MOTORCADE_NO_FIELDS(catalog::AlreadySatisfied)
MOTORCADE_FIELDS(catalog::UploadRelease, release, file_name, notes, by)
MOTORCADE_FIELDS(catalog::DeprecateRelease, release, by, reason)
MOTORCADE_FIELDS(catalog::ApproveTarget, ecu, ecu_type, version, by)
MOTORCADE_FIELDS(catalog::RequestPackage, key, content, waiter)
MOTORCADE_FIELDS(catalog::ReportBuilt, key, artifact, reason)

}  // namespace motorcade::wire
