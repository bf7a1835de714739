// A shard: all vehicles of a partition, and the orders that they work on.
//
// Everything here is folded from the partition's envelopes. What stands under "derived" follows
// from the rest: it is in no hash and in no snapshot.
#pragma once
#include <map>
#include <set>
#include <unordered_map>

#include "engine/core/assignment/assignment.hpp"
#include "engine/core/known_releases.hpp"
#include "engine/core/machine.hpp"

namespace motorcade::core::shard {

using vehicle::Command;
using vehicle::Event;
using vehicle::Rejection;

struct EndedAssignment {
  CommandId command;
  CampaignId campaign;
  friend bool operator==(const EndedAssignment&, const EndedAssignment&) = default;
};

struct Vehicle {
  StreamVersion version;  ///< of its facts
  OutboxCursor outbox;
  AliasCursor aliases;
  bool registered{};
  std::string model;
  std::uint32_t year{};
  Digest configuration;  ///< zero: no VCI yet
  std::uint64_t boot_count{};
  std::uint64_t vci_sequence{};  ///< in its outbox, of the newest VCI; 0: none with a place
  std::optional<Assignment> assignment;
  std::optional<EndedAssignment> ended;  ///< the last one
  std::optional<CampaignId>
      verified_for;       ///< the last campaign that it was verified for, unless contradicted
  Digest verified_from;   ///< the configuration that that update was planned for
  Time indexed_deadline;  ///< derived: where `deadlines` has it
};

/// A vehicle's standing in a campaign.
enum class Standing : std::uint8_t {
  kWaiting =
      0,  ///< not reached yet, its package is being built, or it is busy with another campaign
  kActive,
  kVerified,
  kFailed,
  kRolledBack,
  kDeclined,
  kTimedOut,
  kCancelled,
  kUnreached,  ///< another campaign kept it busy for too long; never offered
};
struct Member {
  Ranked at;
  Standing standing{};
  std::uint32_t attempt{};  ///< of its last assignment; 0: none
  friend bool operator==(const Member&, const Member&) = default;
};

/// What vehicles of one configuration need in one campaign.
struct Plan {
  std::optional<PackageKey> key;  ///< none: nothing to do
  friend bool operator==(const Plan&, const Plan&) = default;
};

struct Campaign {
  StreamVersion version;
  Order order;
  std::vector<Member> members;  ///< ordered by rank and id; frozen by the survey
  std::uint32_t survey_chunks{};
  bool surveyed{};
  std::map<Digest, Plan> plans;  ///< by configuration
  std::uint64_t scan_from{};     ///< members before it need no look until something changes
  Time wait_until;  ///< for members that are busy with other campaigns; zero: for nobody
  std::uint64_t offered{};
  std::uint64_t contradicted{};
  std::vector<WaveCounts> counts;  ///< by wave
  std::vector<std::uint64_t>
      wave_ends;  ///< derived: members[wave_ends[w - 1], wave_ends[w]) are wave w's
};

struct Package {
  std::optional<Artifact> artifact;
  bool failed{};
  std::string reason;
  Time deadline;  ///< of the build, while neither built nor failed
};

struct State {
  Context context;
  SourceCursors sources;
  std::unordered_map<VehicleId, Vehicle> vehicles;
  std::map<Digest, Configuration> configurations;
  std::map<CampaignId, Campaign> campaigns;
  std::map<PackageKey, Package> packages;
  KnownReleases releases;
  std::set<std::pair<Time, VehicleId>>
      deadlines;          ///< derived: never later than an assignment's deadline
  std::uint64_t taken{};  ///< derived: the sequence of the report that is being folded; 0: no place

  [[nodiscard]] const Vehicle* find(const VehicleId& id) const {
    const auto found = vehicles.find(id);
    return found == vehicles.end() ? nullptr : &found->second;
  }
};

/// Rank of a vehicle in a campaign: the first 64 bits of SHA-256(seed, vehicle id).
[[nodiscard]] std::uint64_t rank_of(std::uint64_t seed, const VehicleId& vehicle);
/// The member of this vehicle; null if it is none.
[[nodiscard]] const Member* member_of(const Campaign& campaign, const VehicleId& vehicle);
/// Members that opened waves reach.
[[nodiscard]] std::uint64_t reach(const Campaign& campaign);
/// Which wave (1, 2 …) members[index] is in.
[[nodiscard]] std::uint32_t wave_of(const Campaign& campaign, std::uint64_t index);
/// A campaign's next work: matches to send, members to look at. While there is some, time never
/// waits.
[[nodiscard]] bool has_work(const Campaign& campaign);

/// The machine of the vehicle stream (engine/core/machine.hpp).
struct Shard {
  using Command = shard::Command;
  using Event = shard::Event;
  using State = shard::State;
  using Rejection = shard::Rejection;
  static constexpr std::uint32_t kFoldVersion = 4;  ///< grows when State's canonical bytes change

  static State initial(const Context& context);
  static Taken check(const Cause& cause, const State& state);
  static void take(const Cause& cause, State& state);
  static Decision<Event, Rejection> decide(const Command& command, Time now, const State& state);
  static void evolve(State& state, const Event& event);
  static std::vector<Message> react(std::span<const Event> events, Sequence at, const State& after);
  static Event already_satisfied() { return vehicle::AlreadySatisfied{}; }
  static Command advance_time() { return vehicle::AdvanceTime{}; }
  static Event refused(const Command& command, const Rejected<Rejection>& rejected);
  static Event not_taken(const Cause& cause, Taken taken);
  static std::optional<Time> next_deadline(const State& state);
  static void maintain(State& state, Time now);
  static void write(digest::CanonicalWriter& out, const State& state);
  static std::optional<State> read(digest::CanonicalReader& in, const Context& context);
};
static_assert(Machine<Shard>);

/// The part of decide that AdvanceTime calls: survey, offers, pauses, cancellations, timeouts; in
/// bounded steps.
[[nodiscard]] std::vector<Event> advance(Time now, const State& state);

}  // namespace motorcade::core::shard
