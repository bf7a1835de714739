#include "projections/core/fold.hpp"

namespace motorcade::projections {
namespace {

const char* name_of(vehicle::Rejection reason) {
  using R = vehicle::Rejection;
  switch (reason) {
    case R::kUndecodable:
      return "undecodable";
    case R::kUnknownVehicle:
      return "unknown_vehicle";
    case R::kUnknownCommand:
      return "unknown_command";
    case R::kAssignmentEnded:
      return "assignment_ended";
    case R::kLowerEpoch:
      return "lower_epoch";
    case R::kForeignOutbox:
      return "foreign_outbox";
    case R::kBeyondWindow:
      return "beyond_window";
    case R::kPredecessorMissing:
      return "predecessor_missing";
    case R::kOtherIncarnation:
      return "other_incarnation";
    case R::kInvalid:
      return "invalid";
  }
  return "unknown";
}

const char* name_of(campaign::Rejection reason) {
  using R = campaign::Rejection;
  switch (reason) {
    case R::kUndecodable:
      return "undecodable";
    case R::kNoSuchCampaign:
      return "no_such_campaign";
    case R::kIdInUse:
      return "id_in_use";
    case R::kUnknownRelease:
      return "unknown_release";
    case R::kDeprecatedRelease:
      return "deprecated_release";
    case R::kInvalidWaves:
      return "invalid_waves";
    case R::kInvalid:
      return "invalid";
    case R::kWrongState:
      return "wrong_state";
    case R::kOwnProposal:
      return "own_proposal";
    case R::kContentChanged:
      return "content_changed";
    case R::kNotApproved:
      return "not_approved";
    case R::kSayRetryOrSkip:
      return "say_retry_or_skip";
    case R::kPredecessorMissing:
      return "predecessor_missing";
    case R::kOtherIncarnation:
      return "other_incarnation";
  }
  return "unknown";
}

const char* name_of(catalog::Rejection reason) {
  using R = catalog::Rejection;
  switch (reason) {
    case R::kUndecodable:
      return "undecodable";
    case R::kNoSuchRelease:
      return "no_such_release";
    case R::kVersionExists:
      return "version_exists";
    case R::kIdInUse:
      return "id_in_use";
    case R::kNoSuchPackage:
      return "no_such_package";
    case R::kInvalid:
      return "invalid";
    case R::kPredecessorMissing:
      return "predecessor_missing";
    case R::kOtherIncarnation:
      return "other_incarnation";
  }
  return "unknown";
}

/// "campaign/{hex}"; nothing for the partition itself.
std::string aggregate_of(const Envelope& envelope) {
  for (const StoredFact& fact : envelope.facts) {
    switch (fact.aggregate) {
      case AggregateType::kPartition:
        continue;
      case AggregateType::kVehicle:
        return "vehicle/" + to_hex(fact.aggregate_id);
      case AggregateType::kOrder:
        return "order/" + to_hex(fact.aggregate_id);
      case AggregateType::kCampaign:
        return "campaign/" + to_hex(fact.aggregate_id);
      case AggregateType::kRelease:
        return "release/" + to_hex(fact.aggregate_id);
      case AggregateType::kPackage:
        return "package/" + to_hex(fact.aggregate_id);
      case AggregateType::kTarget:
        return "target/" + fact.aggregate_id;
    }
  }
  return {};
}

void take_outcome(const Fact& fact, AddCommand& command) {
  const auto refused = [&](const auto& e) {
    command.outcome = CommandOutcome::kRefused;
    command.reason = name_of(e.reason);
    command.detail = e.detail;
  };
  std::visit(
      [&](const auto& event) {
        std::visit(
            [&](const auto& e) {
              using E = std::decay_t<decltype(e)>;
              if constexpr (requires { name_of(e.reason); }) {
                refused(e);
              } else if constexpr (std::is_same_v<E, vehicle::AlreadySatisfied> ||
                                   std::is_same_v<E, campaign::AlreadySatisfied> ||
                                   std::is_same_v<E, catalog::AlreadySatisfied>) {
                command.outcome = CommandOutcome::kAlreadySatisfied;
              }
            },
            event);
      },
      fact);
}

}  // namespace

void fold_commands(const Envelope& envelope, std::span<const Fact> facts, RowChanges& out) {
  const auto* cause = std::get_if<RequestCause>(&envelope.cause);
  if (cause == nullptr || cause->id == MessageId{}) return;  // zero: nobody asks for its outcome
  AddCommand command{.id = cause->id,
                     .outcome = CommandOutcome::kAccepted,
                     .reason = {},
                     .detail = {},
                     .actor = envelope.actor,
                     .aggregate = aggregate_of(envelope),
                     .position = to_string(Position{envelope.partition, envelope.sequence}),
                     .at = envelope.committed_at};
  for (const Fact& fact : facts) take_outcome(fact, command);
  out.push_back(std::move(command));
}

}  // namespace motorcade::projections
