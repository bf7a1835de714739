// A partition of campaigns: definitions, approvals, surveys, waves, gates, tallies, outcomes.
//
//   draft -> proposed -> approved -> surveying -> running <-> held | paused
//     |          |           |           |           +--> completed
//     +----------+-----------+--> cancelled   +------+--> aborted
//
//   wave: pending -> open -> soaking -> passed | held | skipped
//                     ^                           |
//                     +--------- retry -----------+--> skip: skipped; abort: the campaign ends
#pragma once
#include <limits>
#include <map>
#include <set>

#include "engine/core/known_releases.hpp"
#include "engine/core/machine.hpp"
#include "engine/core/wave/gate.hpp"

namespace motorcade::core::campaigns {

using campaign::Command;
using campaign::Event;
using campaign::Rejection;

enum class Phase : std::uint8_t {
  kDraft = 1,
  kProposed,
  kApproved,
  kSurveying,
  kRunning,
  kHeld,
  kPaused,
  kCompleted,
  kAborted,
  kCancelled,
};
[[nodiscard]] std::string_view to_string(Phase phase);

enum class WavePhase : std::uint8_t { kPending = 1, kOpen, kSoaking, kPassed, kHeld, kSkipped };

struct Wave {
  WavePhase phase = WavePhase::kPending;
  std::uint64_t size{};
  Ranked last;
  std::uint32_t attempt{};
  Generation opened_at;  ///< the order that opened it: tallies of older ones do not count
  Time soak_until;
};

struct Survey {
  std::map<Partition, std::uint32_t> chunks;  ///< taken, by shard
  std::set<Partition> done;
  std::vector<Ranked> matched;  ///< until the cuts are made
  Time deadline;
};

struct Campaign {
  StreamVersion version;
  campaign::Definition definition;
  std::vector<ReleaseTarget> content;
  Digest content_hash;
  std::string author, proposer, approver;
  Phase phase = Phase::kDraft;
  campaign::HoldReason held_for{};
  Generation generation;
  Survey survey;
  std::vector<Wave> waves;
  std::map<Partition, Tally> tallies;
  std::uint64_t contradicted_seen{};  ///< contradictions that a hold or an alarm has answered
};

struct State {
  Context context;
  SourceCursors sources;
  std::map<CampaignId, Campaign> campaigns;
  KnownReleases releases;
  RequestCursor requests;
};

/// SHA-256 of what an approval is bound to: the definition and the releases as they stood.
[[nodiscard]] Digest content_hash(const campaign::Definition& definition,
                                  const std::vector<ReleaseTarget>& content);
/// Index of the wave that is open or soaking or held; none: there is none.
[[nodiscard]] std::optional<std::size_t> current_wave(const Campaign& campaign);
/// Counts of a wave over all shards.
[[nodiscard]] WaveCounts counts_of(const Campaign& campaign, std::size_t wave);
[[nodiscard]] std::uint64_t contradicted(const Campaign& campaign);
/// It works on a release that was deprecated after its start: it must be held.
[[nodiscard]] bool must_hold(const Campaign& campaign, const State& state);
[[nodiscard]] inline Generation after(Generation generation) {
  return {generation.value + 1};
}

/// The machine of the campaign stream (engine/core/machine.hpp).
struct Campaigns {
  using Command = campaigns::Command;
  using Event = campaigns::Event;
  using State = campaigns::State;
  using Rejection = campaigns::Rejection;
  static constexpr std::uint32_t kFoldVersion = 3;

  static State initial(const Context& context);
  static Taken check(const Cause& cause, const State& state);
  static void take(const Cause& cause, State& state);
  static Decision<Event, Rejection> decide(const Command& command, Time now, const State& state);
  static void evolve(State& state, const Event& event);
  static std::vector<Message> react(std::span<const Event> events, Sequence at, const State& after);
  static Event already_satisfied() { return campaign::AlreadySatisfied{}; }
  static Command advance_time() { return campaign::AdvanceTime{}; }
  static Event refused(const Command& command, const Rejected<Rejection>& rejected);
  static Event not_taken(const Cause& cause, Taken taken);
  static std::optional<Time> next_deadline(const State& state);
  static void maintain(State&, Time) {}
  static void write(digest::CanonicalWriter& out, const State& state);
  static std::optional<State> read(digest::CanonicalReader& in, const Context& context);
};
static_assert(Machine<Campaigns>);

// --- parts of decide (progress.cpp): how a campaign goes on by itself ---

/// After the last survey chunk: cuts that give exactly the sizes asked for, and the first wave.
void plan_waves(const CampaignId& id, const Campaign& campaign, std::vector<Ranked> matched,
                std::vector<Event>& events);
/// Opens the first wave from `from` on that has vehicles; none left: the campaign is complete.
void open_from(const CampaignId& id, const Campaign& campaign, std::size_t from,
               Generation generation, std::vector<Event>& events);
/// Holds the campaign; wave 0: not by a gate.
void hold(const CampaignId& id, const Campaign& campaign, std::uint32_t wave,
          campaign::HoldReason reason, campaign::GateEvidence evidence, std::vector<Event>& events);
/// What a new tally means for the gate, and for what was verified before.
void weigh(const CampaignId& id, const Campaign& campaign, const State& state, Time now,
           std::vector<Event>& events);
[[nodiscard]] campaign::GateEvidence evidence_of(const Campaign& campaign, std::size_t wave);
/// What AdvanceTime calls: holds, timeouts, the end of soaking; of so many campaigns a step.
[[nodiscard]] std::vector<Event> advance(Time now, const State& state);
inline constexpr std::size_t kCampaignsPerStep = 100;

}  // namespace motorcade::core::campaigns
