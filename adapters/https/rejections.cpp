#include "adapters/https/rejections.hpp"

namespace motorcade::https {
namespace {
struct Row {
  unsigned status;
  const char* name;
};

Row row_of(campaign::Rejection reason) {
  using R = campaign::Rejection;
  switch (reason) {
    case R::kUndecodable:
      return {422, "undecodable"};
    case R::kNoSuchCampaign:
      return {404, "no_such_campaign"};
    case R::kIdInUse:
      return {422, "id_in_use"};
    case R::kUnknownRelease:
      return {422, "unknown_release"};
    case R::kDeprecatedRelease:
      return {409, "deprecated_release"};
    case R::kInvalidWaves:
      return {422, "invalid_waves"};
    case R::kInvalid:
      return {422, "invalid"};
    case R::kWrongState:
      return {409, "wrong_state"};
    case R::kOwnProposal:
      return {403, "own_proposal"};
    case R::kContentChanged:
      return {409, "content_changed"};
    case R::kNotApproved:
      return {409, "not_approved"};
    case R::kSayRetryOrSkip:
      return {409, "say_retry_or_skip"};
    case R::kPredecessorMissing:
      return {409, "predecessor_missing"};
    case R::kOtherIncarnation:
      return {409, "other_incarnation"};
  }
  return {409, "unknown"};
}

Row row_of(catalog::Rejection reason) {
  using R = catalog::Rejection;
  switch (reason) {
    case R::kUndecodable:
      return {422, "undecodable"};
    case R::kNoSuchRelease:
      return {404, "no_such_release"};
    case R::kVersionExists:
      return {409, "version_exists"};
    case R::kIdInUse:
      return {422, "id_in_use"};
    case R::kNoSuchPackage:
      return {404, "no_such_package"};
    case R::kInvalid:
      return {422, "invalid"};
    case R::kPredecessorMissing:
      return {409, "predecessor_missing"};
    case R::kOtherIncarnation:
      return {409, "other_incarnation"};
  }
  return {409, "unknown"};
}

Row row_of(vehicle::Rejection reason) {
  using R = vehicle::Rejection;
  switch (reason) {
    case R::kUndecodable:
      return {422, "undecodable"};
    case R::kUnknownVehicle:
      return {404, "unknown_vehicle"};
    case R::kUnknownCommand:
      return {404, "unknown_command"};
    case R::kAssignmentEnded:
      return {409, "assignment_ended"};
    case R::kLowerEpoch:
      return {409, "lower_epoch"};
    case R::kForeignOutbox:
      return {409, "foreign_outbox"};
    case R::kBeyondWindow:
      return {409, "beyond_window"};
    case R::kPredecessorMissing:
      return {409, "predecessor_missing"};
    case R::kOtherIncarnation:
      return {409, "other_incarnation"};
    case R::kInvalid:
      return {422, "invalid"};
  }
  return {409, "unknown"};
}

Problem make(const Row& row, const std::string& detail) {
  const auto text = detail.empty() ? std::string(row.name) : detail;
  auto problem = row.status == 404   ? not_found(text)
                 : row.status == 403 ? forbidden(text)
                 : row.status == 422 ? invalid("", text)
                                     : conflict(text);
  if (row.status == 422) problem.detail = text, problem.faults.clear();
  problem.rejection = row.name;
  return problem;
}
}  // namespace

Problem problem_of(const campaign::Refused& refused) {
  return make(row_of(refused.reason), refused.detail);
}
Problem problem_of(const catalog::Refused& refused) {
  return make(row_of(refused.reason), refused.detail);
}
Problem problem_of(const vehicle::Refused& refused) {
  return make(row_of(refused.reason), refused.detail);
}

}  // namespace motorcade::https
