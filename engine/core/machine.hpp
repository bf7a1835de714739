// What every state machine of a partition is: pure decide, evolve, react over a state that is the
// fold of its envelopes.
//
// The owner (engine/shell/owner) runs one machine per partition:
//   check          fresh, duplicate or refused, by the cursors in the state
//   take           the cause's part of the fold: the cursors; before decide, which sees it done
//   decide         runs once, live; answers facts or a rejection; reads no clock: `now` comes with
//                  the record
//   take + evolve  the fold; replay calls nothing else
//   react          what other machines must hear of an envelope, from the state as it stands after
//                  it
#pragma once
#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "digest/digest.hpp"
#include "engine/core/cursors.hpp"
#include "events/message.hpp"

namespace motorcade::core {

/// What a partition's machine must know of the log: from its birth record.
struct Context {
  Partition self;
  PartitionCounts counts;
  Incarnation incarnation;
};

template <class Rejection>
struct Rejected {
  Rejection reason{};
  std::string detail;  ///< for people; no personal data
};

template <class Event, class Rejection>
using Decision = tl::expected<std::vector<Event>, Rejected<Rejection>>;

template <class M>
concept Machine = requires(const typename M::Command& command, const typename M::State& state,
                           typename M::State& folding, const typename M::Event& event,
                           const Cause& cause, Taken taken, Time now,
                           std::span<const typename M::Event> events, digest::CanonicalWriter& out,
                           digest::CanonicalReader& in,
                           const Rejected<typename M::Rejection>& rejected) {
  { M::initial(Context{}) } -> std::same_as<typename M::State>;
  { M::check(cause, state) } -> std::same_as<Taken>;
  { M::take(cause, folding) } -> std::same_as<void>;
  {
    M::decide(command, now, state)
    } -> std::same_as<Decision<typename M::Event, typename M::Rejection>>;
  { M::evolve(folding, event) } -> std::same_as<void>;
  { M::react(events, Sequence{}, state) } -> std::same_as<std::vector<Message>>;
  /// The facts that an owner records when there is nothing to decide.
  { M::already_satisfied() } -> std::same_as<typename M::Event>;
  { M::refused(command, rejected) } -> std::same_as<typename M::Event>;
  { M::not_taken(cause, taken) } -> std::same_as<typename M::Event>;
  /// The earliest time at which AdvanceTime would have something to say; none: never.
  { M::next_deadline(state) } -> std::same_as<std::optional<Time>>;
  /// Upkeep of what is derived from the state and is no part of it (indexes); before AdvanceTime.
  { M::maintain(folding, now) } -> std::same_as<void>;
  { M::advance_time() } -> std::same_as<typename M::Command>;
  { M::write(out, state) } -> std::same_as<void>;
  { M::read(in, Context{}) } -> std::same_as<std::optional<typename M::State>>;
};

}  // namespace motorcade::core
