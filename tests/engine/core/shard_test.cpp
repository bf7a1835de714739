// A shard and one campaign: vehicles, surveys, offers, the life of an assignment.
#include "engine/core/shard_given.hpp"

namespace motorcade::core::shard {
namespace {

// --- vehicles ---

TEST(ShardDecider, AVciRegistersAnUnknownVehicle) {
  empty()
      .When(vci(kCar, kOld))
      .Then({VehicleRegistered{kCar, "M1", 2024, "VMG-1", ""},
             ConfigurationInterned{digest_of(kOld), kOld}, VciRecorded{kCar, digest_of(kOld), 1}});
}
TEST(ShardDecider, EqualConfigurationsAreInternedOnce) {
  const auto second = id<VehicleId>(101);
  fleet(1)
      .When(vci(second, kOld))
      .Then({VehicleRegistered{second, "M1", 2024, "VMG-1", ""},
             VciRecorded{second, digest_of(kOld), 1}});
}
TEST(ShardDecider, AnOvertakenVciSaysNothingAboutNow) {
  const auto given = fleet(1).When(vci(kCar, kNew, 5)).AndThen();
  given.When(vci(kCar, kOld, 4)).Then({VciRecorded{kCar, digest_of(kNew), 5}});
}
TEST(ShardDecider, ReportsOfUnknownVehiclesAreRefused) {
  empty().When(ReportStatus{.vehicle = kCar}).ThenRejected(Rejection::kUnknownVehicle);
  empty().When(ReportReadiness{kCar, {}}).ThenRejected(Rejection::kUnknownVehicle);
}
TEST(ShardDecider, ReadinessMustMakeSense) {
  fleet(1).When(ReportReadiness{kCar, {.battery_percent = 101}}).ThenRejected(Rejection::kInvalid);
}
TEST(ShardDecider, GarbageIsRefusedOnRecord) {
  empty().When(Undecodable{kCar, "no JSON"}).ThenRejected(Rejection::kUndecodable);
  const auto fact = Shard::refused(Undecodable{kCar, ""}, {Rejection::kUndecodable, "no JSON"});
  EXPECT_EQ(fact, Event(Refused{kCar, Rejection::kUndecodable, "no JSON"}));
}

// --- orders and surveys ---

TEST(ShardDecider, TheHighestGenerationWins) {
  const auto given = fleet(1).When(TakeOrder{order(OrderPhase::kAborted, 5)}).AndThen();
  given.When(TakeOrder{open_to_all(4)}).ThenNothing();
  given.When(TakeOrder{order(OrderPhase::kAborted, 5)}).ThenNothing();
}
TEST(ShardDecider, ASurveyMatchesWhatNeedsTheContentInOrderOfRank) {
  auto given = with_vci(fleet(20), id<VehicleId>(500), kNew);  // it has the version already
  given = given.When(TakeOrder{order(OrderPhase::kSurvey, 1)}).AndThen();
  const auto matched = given.WhenTimeIs(kNoon).the<VehiclesMatched>();
  EXPECT_EQ(matched.vehicles.size(), 20U);
  EXPECT_TRUE(matched.last);
  EXPECT_TRUE(std::is_sorted(matched.vehicles.begin(), matched.vehicles.end()));
  EXPECT_EQ(matched.vehicles[0].rank, rank_of(42, matched.vehicles[0].vehicle));
}
TEST(ShardDecider, AFilterNarrowsTheSurvey) {
  auto asked = order(OrderPhase::kSurvey, 1);
  asked.filter.vehicles = {id<VehicleId>(102), id<VehicleId>(999)};
  const auto given = fleet(5).When(TakeOrder{asked}).AndThen();
  EXPECT_EQ(given.WhenTimeIs(kNoon).the<VehiclesMatched>().vehicles.size(), 1U);
  asked.filter = {"M1", 2025, 0, {}};
  const auto younger = fleet(5).When(TakeOrder{asked}).AndThen();
  EXPECT_TRUE(younger.WhenTimeIs(kNoon).the<VehiclesMatched>().vehicles.empty());
}

// --- packages and offers ---

TEST(ShardDecider, EqualConfigurationsShareOnePackage) {
  const auto running = surveyed(fleet(30)).When(TakeOrder{open_to_all(2)}).AndThen();
  const auto scanned = running.WhenTimeIs(kNoon);
  EXPECT_EQ(scanned.the<PackagePlanned>().key, kKey);
  EXPECT_EQ(scanned.count<Offered>(), 0U);
  const auto messages = scanned.AndThen().Reacts(scanned.facts());
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(std::get<catalog::RequestPackage>(messages[0].body).waiter,
            (Partition{Stream::kVehicle, 0}));
  const auto built = scanned.AndThen().When(kBuilt).AndThen().WhenTimeIs(kNoon);
  EXPECT_EQ(built.count<Offered>(), 30U);
}
TEST(ShardDecider, AWaveReachesItsMembersOnly) {
  const auto given = surveyed(fleet(30));
  const auto& members = given.state().campaigns.at(kCampaign).members;
  const auto wave = order(OrderPhase::kRun, 2, {{members[2].at, 1}});
  const auto waiting = given.When(TakeOrder{wave}).AndThen().AfterTicksAt(kNoon);
  EXPECT_EQ(waiting.When(kBuilt).AndThen().WhenTimeIs(kNoon).count<Offered>(), 3U);
}
TEST(ShardDecider, TheAllowanceBoundsOffers) {
  auto given = surveyed(fleet(30));
  auto wave = open_to_all(2);
  wave.allowance = 7;
  given = given.When(TakeOrder{wave}).AndThen().AfterTicksAt(kNoon).When(kBuilt).AndThen();
  given = given.AfterTicksAt(kNoon);
  EXPECT_EQ(counts(given).in_progress, 7U);
  wave.allowance = 9;
  wave.generation = {3};
  given = given.When(TakeOrder{wave}).AndThen().AfterTicksAt(kNoon);
  EXPECT_EQ(counts(given).in_progress, 9U);
}
TEST(ShardDecider, BuildFailureEndsAssignments) {
  const auto given = planned(fleet(3)).When(kBuildFailed).AndThen().AfterTicksAt(kNoon);
  EXPECT_EQ(counts(given).failed, 3U);
  EXPECT_EQ(Shard::next_deadline(given.state()), std::nullopt);
}
TEST(ShardDecider, ABuildThatNeverComesTimesOut) {
  const auto waiting = planned(fleet(3));
  EXPECT_EQ(Shard::next_deadline(waiting.state()), kNoon + 5h);
  const auto given = waiting.AfterTicksAt(kNoon + 5h);
  EXPECT_EQ(counts(given).failed, 3U);
}
TEST(ShardDecider, UpToDateBeforeAnyOfferIsVerified) {
  auto given = surveyed(fleet(1)).When(vci(kCar, kNew, 2)).AndThen();
  given = given.When(TakeOrder{open_to_all(2)}).AndThen().AfterTicksAt(kNoon);
  EXPECT_EQ(counts(given).verified, 1U);
}
TEST(ShardDecider, DeprecatedReleaseIsNeverOffered) {
  auto given = planned(fleet(3)).When(NoteRelease{release(), 2, true}).AndThen();
  given = given.When(kBuilt).AndThen().AfterTicksAt(kNoon);
  EXPECT_EQ(counts(given), WaveCounts{});
}

// --- the life of an assignment ---

TEST(ShardDecider, VciAfterRebootVerifies) {
  const auto given = installed(2);
  EXPECT_EQ(counts(given).in_progress, 1U);  // installed is what the vehicle says
  const auto answer = given.When(vci(kCar, kNew, 2));
  EXPECT_EQ(answer.the<Verified>(), (Verified{kCar, kCampaign, offer_of(given)}));
  EXPECT_EQ(counts(answer.AndThen()).verified, 1U);
}
TEST(ShardDecider, AVciFromBeforeTheRebootProvesNothing) {
  EXPECT_EQ(installed(2).When(vci(kCar, kNew, 1)).count<Verified>(), 0U);
}
TEST(ShardDecider, VciThatOvertookInstalledVerifies) {
  auto given = after_steps(offered(), {kAccepted, kDownloading, kInstalling, kActivating}, 1);
  given = given.When(vci(kCar, kNew, 2)).AndThen();
  EXPECT_EQ(counts(given).in_progress, 1U);
  EXPECT_EQ(given.When(status(given, kInstalled, 2)).count<Verified>(), 1U);
}
TEST(ShardDecider, VciWithOldVersionsFails) {
  const auto answer = installed(2).When(vci(kCar, kOld, 2));
  EXPECT_EQ(answer.the<AssignmentEnded>().reason, EndReason::kNotVerified);
  EXPECT_EQ(counts(answer.AndThen()).failed, 1U);
}
TEST(ShardDecider, ALaterVciThatContradictsIsOnRecord) {
  const auto verified = installed(2).When(vci(kCar, kNew, 2)).AndThen();
  const auto answer = verified.When(vci(kCar, kOld, 3));
  EXPECT_EQ(answer.the<VciContradicted>().campaign, kCampaign);
  const auto after = answer.AndThen();
  EXPECT_EQ(counts(after).verified, 1U);  // a wave that passed stays passed
  const auto tally = std::get<campaign::TakeTally>(after.Reacts(answer.facts())[0].body).tally;
  EXPECT_EQ(tally.contradicted, 1U);
  EXPECT_EQ(after.When(vci(kCar, kOld, 4)).count<VciContradicted>(), 0U);
}
TEST(ShardDecider, AStepThatIsBehindChangesNothing) {
  const auto given = after_steps(offered(), {kAccepted, kDownloaded});
  const auto late = given.When(status(given, kDownloading), kNoon + 1h).AndThen();
  EXPECT_EQ(late.state().find(kCar)->assignment->step, Step::kDownloaded);
  EXPECT_EQ(late.state().find(kCar)->assignment->deadline, kNoon + 3h);
}
TEST(ShardDecider, HowAVehicleEndsItsAssignmentIsCounted) {
  for (const auto& [step, count] : {std::pair{kDeclined, &WaveCounts::declined},
                                    {kPostponed, &WaveCounts::declined},
                                    {kFailed, &WaveCounts::failed},
                                    {kRolledBack, &WaveCounts::rolled_back},
                                    {kCancelled, &WaveCounts::cancelled}}) {
    const auto given = after_steps(offered(), {step});
    EXPECT_EQ(counts(given).*count, 1U);
    EXPECT_EQ(counts(given).in_progress, 0U);
  }
}
TEST(ShardDecider, ReportsAfterTheEndAreRefused) {
  const auto given = offered();
  const auto late = status(given, kDownloading);
  after_steps(given, {kDeclined}).When(late).ThenRejected(Rejection::kAssignmentEnded);
  given.When(ReportStatus{.vehicle = kCar, .command = id<CommandId>(5), .step = kAccepted})
      .ThenRejected(Rejection::kUnknownCommand);
}
TEST(ShardDecider, TimedOutOfferEnds) {
  const auto given = offered();
  EXPECT_EQ(Shard::next_deadline(given.state()), kNoon + 1h);
  given.WhenTimeIs(kNoon + 59min).ThenNothing();
  const auto answer = given.WhenTimeIs(kNoon + 1h);
  EXPECT_EQ(answer.the<AssignmentEnded>().reason, EndReason::kTimedOut);
  EXPECT_EQ(answer.count<CommandIssued>(), 0U);  // it expires by itself
  EXPECT_EQ(counts(answer.AndThen()).timed_out, 1U);
}
TEST(ShardDecider, ADownloadThatTimesOutIsCancelledToo) {
  const auto answer = after_steps(offered(), {kAccepted, kDownloading}).WhenTimeIs(kNoon + 2h);
  EXPECT_EQ(answer.the<CommandIssued>().kind, CommandKind::kCancel);
  EXPECT_EQ(answer.the<AssignmentEnded>().reason, EndReason::kTimedOut);
}
TEST(ShardDecider, EveryStepHasItsOwnTimeout) {
  const std::pair<ReportedStep, Duration> steps[] = {
      {kAccepted, 2h},   {kDownloading, 2h}, {kDownloaded, 3h}, {kPackageVerified, 3h},
      {kInstalling, 3h}, {kActivating, 4h},  {kInstalled, 4h}};
  for (const auto& [step, allowed_time] : steps) {
    const auto given = after_steps(offered(), {step}, 2);
    given.WhenTimeIs(kNoon + allowed_time - 1s).ThenNothing();
    const auto answer = given.WhenTimeIs(kNoon + allowed_time);
    EXPECT_EQ(answer.the<AssignmentEnded>().reason, EndReason::kTimedOut);
    EXPECT_EQ(answer.count<CommandIssued>(), step < kInstalling ? 1U : 0U);
    EXPECT_EQ(counts(answer.AndThen()), (WaveCounts{.timed_out = 1}));
  }
}
TEST(ShardDecider, ProgressMovesTheDeadline) {
  const auto given = offered();
  const auto later = given.When(status(given, kDownloading), kNoon + 30min).AndThen();
  later.WhenTimeIs(kNoon + 1h).ThenNothing();
  EXPECT_EQ(later.WhenTimeIs(kNoon + 2h + 30min).count<AssignmentEnded>(), 1U);
}
TEST(ShardDecider, ARetriedWaveOffersTheUnsuccessfulAgain) {
  auto given = offered(3);
  given = given.When(status(given, kFailed, 0, id<VehicleId>(101))).AndThen();
  const auto first_offer = given.state().find(id<VehicleId>(101))->ended->command;
  given = given.When(TakeOrder{open_to_all(3, kCampaign, 0, 2)}).AndThen();
  const auto answer = given.WhenTimeIs(kNoon);
  EXPECT_EQ(answer.the<Offered>().vehicle, id<VehicleId>(101));
  EXPECT_EQ(answer.the<Offered>().attempt, 2U);
  EXPECT_NE(answer.the<Offered>().command, first_offer);
  EXPECT_EQ(counts(answer.AndThen()), (WaveCounts{.in_progress = 3}));
}

}  // namespace
}  // namespace motorcade::core::shard
