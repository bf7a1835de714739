// A partition of the catalog: firmware releases, approved targets, packages that were asked for and
// built.
//
//   release: available -> deprecated
//   package: requested -> built | failed        (failed, and asked for again: requested)
#pragma once
#include <map>
#include <set>

#include "engine/core/machine.hpp"

namespace motorcade::core::catalogs {

using catalog::Command;
using catalog::Event;
using catalog::Rejection;

struct Release {
  StreamVersion version;
  ReleaseTarget target;
  std::uint64_t revision{};
  bool deprecated{};
};

struct Package {
  StreamVersion version;
  PackageContent content;
  std::uint32_t attempt{};
  std::optional<Artifact> artifact;
  bool failed{};
  std::string reason;
  std::set<Partition> waiters;
};

struct Target {
  StreamVersion version;
  std::string ecu_type;
  SemanticVersion approved;
};

struct State {
  Context context;
  SourceCursors sources;
  std::map<ReleaseId, Release> releases;
  std::map<PackageKey, Package> packages;
  std::map<std::string, Target> targets;  ///< by ECU id
  RequestCursor requests;
};

/// The machine of the catalog stream (engine/core/machine.hpp).
struct Catalog {
  using Command = catalogs::Command;
  using Event = catalogs::Event;
  using State = catalogs::State;
  using Rejection = catalogs::Rejection;
  static constexpr std::uint32_t kFoldVersion = 2;

  static State initial(const Context& context);
  static Taken check(const Cause& cause, const State& state);
  static void take(const Cause& cause, State& state);
  static Decision<Event, Rejection> decide(const Command& command, Time now, const State& state);
  static void evolve(State& state, const Event& event);
  static std::vector<Message> react(std::span<const Event> events, Sequence at, const State& after);
  static Event already_satisfied() { return catalog::AlreadySatisfied{}; }
  static Command advance_time() { return catalog::AdvanceTime{}; }
  static Event refused(const Command& command, const Rejected<Rejection>& rejected);
  static Event not_taken(const Cause& cause, Taken taken);
  static std::optional<Time> next_deadline(const State&) { return std::nullopt; }
  static void maintain(State&, Time) {}
  static void write(digest::CanonicalWriter& out, const State& state);
  static std::optional<State> read(digest::CanonicalReader& in, const Context& context);
};
static_assert(Machine<Catalog>);

}  // namespace motorcade::core::catalogs
