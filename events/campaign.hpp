// The campaign stream: definition, approval, survey, waves, gates, tallies, outcome.
#pragma once
#include <variant>

#include "events/envelope.hpp"
#include "events/vehicle.hpp"
#include "events/vocabulary.hpp"

namespace motorcade::campaign {

/// Thresholds in basis points (10,000 = all), of *executed* vehicles.
struct Gate {
  std::uint32_t success_basis_points = 9000;  ///< of executed, when all are executed
  std::uint32_t failure_basis_points = 2000;  ///< of executed, as soon as minimum_executed are
  std::uint32_t minimum_executed = 5;
  Duration soak{};  ///< between the last execution and the gate
  friend bool operator==(const Gate&, const Gate&) = default;
};
/// Cumulative share of the fleet after this wave, in basis points; the last is 10,000. Rounded half
/// up.
struct WavePlan {
  std::uint32_t cumulative_basis_points{};
  friend bool operator==(const WavePlan&, const WavePlan&) = default;
};
/// What is approved: bound by the SHA-256 of its canonical bytes
/// (engine/core/campaign/content_hash).
struct Definition {
  std::string name;
  std::uint64_t seed{};
  std::vector<ReleaseId> releases;
  Filter filter;
  std::vector<WavePlan> waves;
  Gate gate;
  Policy policy;
  friend bool operator==(const Definition&, const Definition&) = default;
};

// --- commands ---
struct Create {
  CampaignId campaign;
  std::string by;  ///< principal
  Definition definition;
  friend bool operator==(const Create&, const Create&) = default;
};
struct Propose {
  CampaignId campaign;
  std::string by;
  friend bool operator==(const Propose&, const Propose&) = default;
};
struct Approve {
  CampaignId campaign;
  std::string by;
  Digest content_hash;  ///< of what the approver saw; zero: of what stands now
  friend bool operator==(const Approve&, const Approve&) = default;
};
struct Start {
  CampaignId campaign;
  std::string by;
  friend bool operator==(const Start&, const Start&) = default;
};
struct Pause {
  CampaignId campaign;
  std::string by, reason;
  friend bool operator==(const Pause&, const Pause&) = default;
};
/// After a hold, which of the three is meant must be said; after a pause, kContinue.
enum class Resumption : std::uint8_t { kContinue = 1, kRetry = 2, kSkip = 3 };
struct Resume {
  CampaignId campaign;
  std::string by;
  Resumption how{};
  friend bool operator==(const Resume&, const Resume&) = default;
};
struct Abort {  ///< running, paused or held: aborted; before the start: cancelled
  CampaignId campaign;
  std::string by, reason;
  friend bool operator==(const Abort&, const Abort&) = default;
};
struct TakeSurvey {
  SurveyChunk chunk;
  friend bool operator==(const TakeSurvey&, const TakeSurvey&) = default;
};
struct TakeTally {
  Tally tally;
  friend bool operator==(const TakeTally&, const TakeTally&) = default;
};
struct NoteRelease {
  ReleaseTarget release;
  std::uint64_t revision{};
  bool deprecated{};
  friend bool operator==(const NoteRelease&, const NoteRelease&) = default;
};
struct Undecodable {
  std::string reason;
  friend bool operator==(const Undecodable&, const Undecodable&) = default;
};
struct AdvanceTime {
  friend bool operator==(const AdvanceTime&, const AdvanceTime&) = default;
};
using Command = std::variant<Create, Propose, Approve, Start, Pause, Resume, Abort, TakeSurvey,
                             TakeTally, NoteRelease, Undecodable, AdvanceTime>;

// --- facts ---
struct CampaignCreated {
  CampaignId campaign;
  std::string by;
  Definition definition;
  std::vector<ReleaseTarget> content;  ///< the releases as they stood
  Digest content_hash;
  friend bool operator==(const CampaignCreated&, const CampaignCreated&) = default;
};
struct CampaignProposed {
  CampaignId campaign;
  std::string by;
  friend bool operator==(const CampaignProposed&, const CampaignProposed&) = default;
};
struct CampaignApproved {
  CampaignId campaign;
  std::string by;
  Digest content_hash;
  friend bool operator==(const CampaignApproved&, const CampaignApproved&) = default;
};
struct CampaignStarted {  ///< the survey begins
  CampaignId campaign;
  std::string by;
  Generation generation;
  Time deadline;  ///< of the survey
  friend bool operator==(const CampaignStarted&, const CampaignStarted&) = default;
};
struct SurveyTaken {
  SurveyChunk chunk;
  friend bool operator==(const SurveyTaken&, const SurveyTaken&) = default;
};
struct PlannedWave {
  std::uint64_t size{};
  Ranked last;
  friend bool operator==(const PlannedWave&, const PlannedWave&) = default;
};
struct WavesPlanned {
  CampaignId campaign;
  std::vector<PlannedWave> waves;
  friend bool operator==(const WavesPlanned&, const WavesPlanned&) = default;
};
struct WaveOpened {
  CampaignId campaign;
  WaveNumber wave;
  std::uint32_t attempt{};
  Generation generation;
  friend bool operator==(const WaveOpened&, const WaveOpened&) = default;
};
struct TallyTaken {
  Tally tally;
  friend bool operator==(const TallyTaken&, const TallyTaken&) = default;
};
/// What a gate's decision rests on; enough to make it again by hand.
struct GateEvidence {
  std::uint32_t rule_version = 1;
  std::uint64_t size{};
  WaveCounts counts;
  Gate thresholds;
  std::vector<Position> read;  ///< per shard, the tally that was counted
  friend bool operator==(const GateEvidence&, const GateEvidence&) = default;
};
struct WaveSoaking {
  CampaignId campaign;
  WaveNumber wave;
  Time until;
  friend bool operator==(const WaveSoaking&, const WaveSoaking&) = default;
};
struct WavePassed {
  CampaignId campaign;
  WaveNumber wave;
  GateEvidence evidence;
  friend bool operator==(const WavePassed&, const WavePassed&) = default;
};
enum class HoldReason : std::uint8_t {
  kFailureGate = 1,
  kSuccessGate,
  kContradicted,
  kSurveyTimedOut,
  kReleaseDeprecated,
  kNothingMatched,
};
struct WaveHeld {  ///< the campaign is held; wave 0: not by a gate
  CampaignId campaign;
  WaveNumber wave;
  HoldReason reason{};
  GateEvidence evidence;
  Generation generation;  ///< of the order that pauses the shards
  friend bool operator==(const WaveHeld&, const WaveHeld&) = default;
};
struct WaveSkipped {
  CampaignId campaign;
  WaveNumber wave;
  std::string by;
  friend bool operator==(const WaveSkipped&, const WaveSkipped&) = default;
};
struct CampaignPaused {
  CampaignId campaign;
  std::string by, reason;
  Generation generation;
  friend bool operator==(const CampaignPaused&, const CampaignPaused&) = default;
};
struct CampaignResumed {
  CampaignId campaign;
  std::string by;
  Resumption how{};
  Generation generation;
  friend bool operator==(const CampaignResumed&, const CampaignResumed&) = default;
};
struct CampaignAborted {
  CampaignId campaign;
  std::string by, reason;
  Generation generation;
  friend bool operator==(const CampaignAborted&, const CampaignAborted&) = default;
};
struct CampaignCancelled {
  CampaignId campaign;
  std::string by, reason;
  friend bool operator==(const CampaignCancelled&, const CampaignCancelled&) = default;
};
struct CampaignCompleted {
  CampaignId campaign;
  Generation generation;
  friend bool operator==(const CampaignCompleted&, const CampaignCompleted&) = default;
};
struct AlarmRaised {  ///< a verified vehicle contradicted after completion
  CampaignId campaign;
  std::uint64_t contradicted{};
  friend bool operator==(const AlarmRaised&, const AlarmRaised&) = default;
};
struct ReleaseNoted {
  ReleaseTarget release;
  std::uint64_t revision{};
  bool deprecated{};
  friend bool operator==(const ReleaseNoted&, const ReleaseNoted&) = default;
};

enum class Rejection : std::uint8_t {
  kUndecodable = 1,
  kNoSuchCampaign,
  kIdInUse,  ///< the same idempotency key with another body
  kUnknownRelease,
  kDeprecatedRelease,
  kInvalidWaves,  ///< shares must rise strictly to 10,000; at most kMaxWaves
  kInvalid,
  kWrongState,      ///< not in a state that allows it; the detail says which
  kOwnProposal,     ///< the author approves their own
  kContentChanged,  ///< the approver's hash is another
  kNotApproved,
  kSayRetryOrSkip,  ///< a held campaign is resumed by retry or skip
  kPredecessorMissing,
  kOtherIncarnation,
};
inline constexpr std::size_t kMaxWaves = 100;
struct Refused {
  CampaignId campaign;
  Rejection reason{};
  std::string detail;
  friend bool operator==(const Refused&, const Refused&) = default;
};
struct AlreadySatisfied {
  friend bool operator==(const AlreadySatisfied&, const AlreadySatisfied&) = default;
};
using Event =
    std::variant<CampaignCreated, CampaignProposed, CampaignApproved, CampaignStarted, SurveyTaken,
                 WavesPlanned, WaveOpened, TallyTaken, WaveSoaking, WavePassed, WaveHeld,
                 WaveSkipped, CampaignPaused, CampaignResumed, CampaignAborted, CampaignCancelled,
                 CampaignCompleted, AlarmRaised, ReleaseNoted, Refused, AlreadySatisfied>;

}  // namespace motorcade::campaign
