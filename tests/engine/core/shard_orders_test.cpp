// What orders ask of a shard besides offers: pause, resume, abort, skip, and two campaigns at once;
// and that every step stays within an envelope.
#include "engine/core/shard_given.hpp"

namespace motorcade::core::shard {
namespace {

// --- pause, resume, abort ---

TEST(ShardDecider, PauseReachesDownloadingVehiclesButNotInstallingOnes) {
  const auto busy = id<VehicleId>(101);
  auto given = after_steps(offered(2), {kAccepted, kDownloading});
  given = given.When(status(given, kInstalling, 1, busy), kNoon).AndThen();
  given = given.When(TakeOrder{order(OrderPhase::kPaused, 3, {{kAll, 1}})}).AndThen();
  const auto issued = given.WhenTimeIs(kNoon).the<CommandIssued>();
  EXPECT_EQ(issued.vehicle, kCar);
  EXPECT_EQ(issued.kind, CommandKind::kPause);
  const auto paused = given.AfterTicksAt(kNoon);
  EXPECT_EQ(paused.state().find(kCar)->assignment->deadline, Time{});  // it may rest
  const auto resumed = paused.When(TakeOrder{open_to_all(4)}).AndThen().WhenTimeIs(kNoon + 9h);
  EXPECT_EQ(resumed.count<CommandIssued>() + resumed.count<AssignmentEnded>(), 1U);
}
TEST(ShardDecider, ResumeGivesAPausedVehicleItsTimeBack) {
  auto given = after_steps(offered(), {kAccepted, kDownloading});
  given = given.When(TakeOrder{order(OrderPhase::kPaused, 3, {{kAll, 1}})}).AndThen();
  given = given.AfterTicksAt(kNoon).When(TakeOrder{open_to_all(4)}).AndThen();
  const auto issued = given.WhenTimeIs(kNoon + 9h).the<CommandIssued>();
  EXPECT_EQ(issued.kind, CommandKind::kResume);
  EXPECT_EQ(issued.deadline, kNoon + 11h);
}
TEST(ShardDecider, AbortCancelsWhatHasNotBegunToInstall) {
  auto given = after_steps(offered(), {kAccepted});
  given = given.When(TakeOrder{order(OrderPhase::kAborted, 3, {{kAll, 1}})}).AndThen();
  const auto answer = given.WhenTimeIs(kNoon);
  EXPECT_EQ(answer.the<CommandIssued>().kind, CommandKind::kCancel);
  given = answer.AndThen().AfterTicksAt(kNoon + 1h);  // no answer: silence ends too
  EXPECT_EQ(counts(given), (WaveCounts{.cancelled = 1}));
}

TEST(ShardDecider, AnOfferThatExpiredWhileItRestedIsMadeAgain) {
  auto given = offered();
  const auto offer = offer_of(given);
  given = given.When(TakeOrder{order(OrderPhase::kPaused, 3, {{kAll, 1}})}).AndThen();
  given = given.AfterTicksAt(kNoon).When(TakeOrder{open_to_all(4)}).AndThen();
  const auto answer = given.WhenTimeIs(kNoon + 9h);
  EXPECT_EQ(answer.the<Offered>().command, offer);
  EXPECT_EQ(answer.the<Offered>().expires_at, kNoon + 10h);
  EXPECT_EQ(answer.the<CommandIssued>().kind, CommandKind::kResume);
  EXPECT_EQ(counts(answer.AndThen()), (WaveCounts{.in_progress = 1}));
  EXPECT_EQ(Shard::next_deadline(answer.AndThen().state()), kNoon + 10h);
}
TEST(ShardDecider, TheEndOfACampaignResumesWhoItsHoldPaused) {
  auto given = after_steps(offered(), {kAccepted, kDownloading});
  given = given.When(TakeOrder{order(OrderPhase::kPaused, 3, {{kAll, 1}})}).AndThen();
  given = given.AfterTicksAt(kNoon);
  given = given.When(TakeOrder{order(OrderPhase::kClosed, 4, {{kAll, 0}})}).AndThen();
  const auto issued = given.WhenTimeIs(kNoon + 1h).the<CommandIssued>();
  EXPECT_EQ(issued.kind, CommandKind::kResume);
  EXPECT_EQ(issued.deadline, kNoon + 3h);  // it ends, one way or the other
}
TEST(ShardDecider, ASkippedWaveOffersNothingMore) {
  auto given = surveyed(fleet(30));
  const auto& members = given.state().campaigns.at(kCampaign).members;
  const WaveOrder first{members[2].at, 1}, skipped{members[2].at, 0}, second{members[9].at, 1};
  given = given.When(TakeOrder{order(OrderPhase::kRun, 2, {first})}).AndThen().AfterTicksAt(kNoon);
  given = given.When(TakeOrder{order(OrderPhase::kRun, 3, {skipped, second})}).AndThen();
  given = given.When(kBuilt).AndThen().AfterTicksAt(kNoon);  // the build was what they waited for
  EXPECT_EQ(counts(given), WaveCounts{});
  EXPECT_EQ(given.state().campaigns.at(kCampaign).counts.at(1).in_progress, 7U);
}
TEST(ShardDecider, WhoWasOfferedBeforeTheSkipGoesOn) {
  auto given = after_steps(offered(), {kAccepted});
  given = given.When(TakeOrder{order(OrderPhase::kPaused, 3, {{kAll, 1}})}).AndThen();
  given = given.AfterTicksAt(kNoon);
  given = given.When(TakeOrder{order(OrderPhase::kRun, 4, {{kAll, 0}})}).AndThen();
  EXPECT_EQ(given.WhenTimeIs(kNoon).the<CommandIssued>().kind, CommandKind::kResume);
}

TEST(ShardDecider, AnInstallThatHasBegunOutlivesTheAbort) {
  auto given = after_steps(offered(), {kAccepted, kInstalling});
  given = given.When(TakeOrder{order(OrderPhase::kAborted, 3, {{kAll, 1}})}).AndThen();
  EXPECT_EQ(given.WhenTimeIs(kNoon).count<CommandIssued>(), 0U);
  given = after_steps(given.AfterTicksAt(kNoon), {kActivating, kInstalled}, 2);
  given = given.When(vci(kCar, kNew, 2)).AndThen();
  EXPECT_EQ(counts(given), (WaveCounts{.verified = 1}));
}

// --- two campaigns ---

Given second_campaign(const Given& given, std::uint32_t priority) {
  return surveyed(given, kUrgent)
      .When(TakeOrder{open_to_all(2, kUrgent, priority)})
      .AndThen()
      .AfterTicksAt(kNoon);
}
TEST(ShardDecider, HigherPrioritySupersedesBeforeInstalling) {
  const auto given = second_campaign(after_steps(offered(), {kAccepted}), 1);
  EXPECT_EQ(counts(given), (WaveCounts{.cancelled = 1}));
  EXPECT_EQ(counts(given, kUrgent), (WaveCounts{.in_progress = 1}));
  EXPECT_EQ(given.state().find(kCar)->assignment->campaign, kUrgent);
}
TEST(ShardDecider, NothingSupersedesAnInstallThatHasBegun) {
  const auto given = second_campaign(after_steps(offered(), {kAccepted, kInstalling}), 1);
  EXPECT_EQ(counts(given), (WaveCounts{.in_progress = 1}));
  EXPECT_EQ(counts(given, kUrgent), WaveCounts{});
}
TEST(ShardDecider, ABusyVehicleIsOfferedOnceItIsFree) {
  auto given = second_campaign(offered(), 0);
  EXPECT_EQ(counts(given, kUrgent), WaveCounts{});
  given = after_steps(given, {kDeclined}).AfterTicksAt(kNoon);
  EXPECT_EQ(counts(given, kUrgent), (WaveCounts{.in_progress = 1}));
}

TEST(ShardDecider, ABusyVehicleIsWaitedForSoLongAndIsOutsideExecuted) {
  auto given = second_campaign(offered(), 0);
  given = given.When(status(given, kActivating, 1), kNoon + 9h).AndThen();  // verified until 13 h
  EXPECT_LE(Shard::next_deadline(given.state()), kNoon + 10h);              // 1 + 2 + 3 + 4 h
  given.WhenTimeIs(kNoon + 10h - 1s).ThenNothing();
  const auto answer = given.WhenTimeIs(kNoon + 10h);
  EXPECT_EQ(answer.the<AssignmentEnded>().campaign, kUrgent);
  const auto after = answer.AndThen().AfterTicksAt(kNoon + 10h);
  EXPECT_EQ(counts(after, kUrgent), (WaveCounts{.unreached = 1}));
  EXPECT_EQ(counts(after, kUrgent).executed(), 0U);
  EXPECT_EQ(counts(after), (WaveCounts{.in_progress = 1}));
}
TEST(ShardDecider, WhoWasNotReachedIsOfferedWhenTheWaveIsRetried) {
  auto given = second_campaign(offered(), 0);
  given = given.When(status(given, kActivating, 1), kNoon + 9h).AndThen();
  given = given.AfterTicksAt(kNoon + 10h).AfterTicksAt(kNoon + 13h);  // the first one timed out
  EXPECT_EQ(counts(given, kUrgent), (WaveCounts{.unreached = 1}));
  given = given.When(TakeOrder{open_to_all(3, kUrgent, 0, 2)}).AndThen().AfterTicksAt(kNoon + 13h);
  EXPECT_EQ(counts(given, kUrgent), (WaveCounts{.in_progress = 1}));
}
TEST(ShardDecider, APausedCampaignLosesNoPatience) {
  auto given = second_campaign(offered(), 0);
  given = given.When(status(given, kActivating, 1), kNoon + 9h).AndThen();
  const auto paused = order(OrderPhase::kPaused, 3, {{kAll, 1}}, kUrgent);
  given = given.When(TakeOrder{paused}).AndThen().AfterTicksAt(kNoon + 12h);
  EXPECT_EQ(counts(given, kUrgent), WaveCounts{});
}
TEST(ShardDecider, GivingUpManyStaysWithinAnEnvelope) {
  auto given = second_campaign(offered(700), 0);
  for (std::uint32_t n = 0; n < 700; ++n)
    given = given.When(status(given, kActivating, 1, id<VehicleId>(100 + n)), kNoon + 9h).AndThen();
  EXPECT_LE(given.WhenTimeIs(kNoon + 10h).facts().size(), kMaxFactsPerEnvelope);
  EXPECT_EQ(counts(given.AfterTicksAt(kNoon + 10h), kUrgent).unreached, 700U);
}

// --- every envelope is bounded ---

TEST(ShardDecider, AReasonThatManyRepeatStaysShort) {
  const NotePackage failed{kKey, std::nullopt,
                           std::string(255, 'x') + "äöü" + std::string(4'000, 'y')};
  const auto answer = planned(fleet(300)).When(failed).AndThen().WhenTimeIs(kNoon);
  EXPECT_EQ(answer.count<AssignmentEnded>(), 300U);
  for (const auto& event : answer.facts())
    if (const auto* ended = std::get_if<AssignmentEnded>(&event)) {
      EXPECT_EQ(ended->detail, std::string(255, 'x'));  // no half of a letter
    }
}

TEST(ShardDecider, SupersedingManyStaysWithinAnEnvelope) {
  const auto given =
      surveyed(offered(500), kUrgent).When(TakeOrder{open_to_all(2, kUrgent, 1)}).AndThen();
  EXPECT_LE(given.WhenTimeIs(kNoon).facts().size(), kMaxFactsPerEnvelope);
  EXPECT_EQ(counts(given.AfterTicksAt(kNoon), kUrgent).in_progress, 500U);
}
TEST(ShardDecider, AScanOfMembersThatNothingHappensToIsOneFact) {
  auto given = surveyed(fleet(1'000)).When(TakeOrder{open_to_all(2)}).AndThen().AfterTicksAt(kNoon);
  given = given.When(TakeOrder{open_to_all(3)}).AndThen();  // they wait for their package
  EXPECT_EQ(given.WhenTimeIs(kNoon).facts().size(), 1U);
  EXPECT_EQ(Shard::next_deadline(given.WhenTimeIs(kNoon).AndThen().state()), kNoon + 5h);
}
TEST(ShardDecider, ManyBuildsThatTimeOutStayWithinAnEnvelope) {
  Events plans;
  for (std::uint32_t n = 0; n < 1'500; ++n)
    plans.push_back(PackagePlanned{kCampaign, id<Digest>(n), id<PackageKey>(n),
                                   plan_package(kOld, {release()}), kNoon});
  const auto given = empty().And(plans);
  EXPECT_LE(given.WhenTimeIs(kNoon).facts().size(), kMaxFactsPerEnvelope);
  EXPECT_EQ(Shard::next_deadline(given.AfterTicksAt(kNoon).state()), std::nullopt);
}
TEST(ShardDecider, PlansForLargeVehiclesStayWithinAnEnvelope) {
  auto given = empty();
  for (std::uint32_t n = 0; n < 8; ++n) {
    Configuration large{{{"ZG", "ZG-1", {}}}};
    for (std::uint32_t ecu = 0; ecu < 512; ++ecu)
      large.zones[0].ecus.push_back(
          {std::string(200, 'x') + std::to_string(ecu), "BRAKE", std::string(256, 'h'), {1, n, 0}});
    given = with_vci(given, id<VehicleId>(100 + n), large);
  }
  const auto running = surveyed(given).When(TakeOrder{open_to_all(2)}).AndThen();
  Writer bytes;
  for (const auto& event : running.WhenTimeIs(kNoon).facts())
    if (const auto* planned_now = std::get_if<PackagePlanned>(&event))
      write(bytes, planned_now->content);
  EXPECT_LT(bytes.bytes().size(), kMaxEnvelopeBytes);
  EXPECT_EQ(running.AfterTicksAt(kNoon).state().packages.size(), 8U);
}

}  // namespace
}  // namespace motorcade::core::shard
