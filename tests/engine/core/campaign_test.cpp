#include "engine/core/campaign/state.hpp"
#include "engine/core/words.hpp"
#include "support/given.hpp"

namespace motorcade::core::campaigns {
namespace {

using namespace words;
using namespace campaign;
using campaign::Event;
using campaign::Rejection;
using Given = motorcade::testing::Given<Campaigns>;
using Events = std::vector<Event>;

campaign::Definition definition() {
  campaign::Definition d;
  d.name = "brakes";
  d.seed = 42;
  d.releases = {id<ReleaseId>(1)};
  d.waves = {{1'000}, {10'000}};
  d.policy = policy();
  return d;
}
const Create kCreate{kCampaign, "ann", definition()};

Given given(const Events& history) {
  return Given(context({Stream::kCampaign, 0}), {ReleaseNoted{release(), 1, false}}).And(history);
}
CampaignCreated created(const campaign::Definition& d = definition()) {
  return {kCampaign, "ann", d, {release()}, content_hash(d, {release()})};
}
const Digest kHash = created().content_hash;
const CampaignProposed kProposed{kCampaign, "ann"};
const CampaignApproved kApproved{kCampaign, "bob", kHash};
const CampaignStarted kStarted{kCampaign, "ann", {1}, kNoon + 10min};

SurveyChunk chunk(std::uint16_t shard, std::uint32_t from, std::uint32_t count) {
  SurveyChunk made{kCampaign, {Stream::kVehicle, shard}, 0, true, {}};
  for (auto n = from; n < from + count; ++n) made.vehicles.push_back({n * 10, id<VehicleId>(n)});
  return made;
}
/// A wave of 3 and one of 27, the first one open.
Events running(const campaign::Definition& d = definition()) {
  return {created(d),
          kProposed,
          CampaignApproved{kCampaign, "bob", content_hash(d, {release()})},
          kStarted,
          SurveyTaken{chunk(0, 1, 15)},
          SurveyTaken{chunk(1, 16, 15)},
          WavesPlanned{kCampaign, {{3, {30, id<VehicleId>(3)}}, {27, {300, id<VehicleId>(30)}}}},
          WaveOpened{kCampaign, {1}, 1, {2}}};
}
Tally tally(std::uint16_t shard, std::uint64_t sequence, std::uint64_t generation,
            std::vector<WaveCounts> waves, std::uint64_t contradicted = 0) {
  return {kCampaign,    {Stream::kVehicle, shard}, {sequence}, {generation}, 3,
          contradicted, std::move(waves)};
}
WaveCounts counts(std::uint64_t verified, std::uint64_t failed = 0) {
  return {.verified = verified, .failed = failed};
}
const Event kQuietShard = TallyTaken{tally(1, 5, 2, {counts(0)})};
Given running_and_quiet(const campaign::Definition& d = definition()) {
  return given(running(d)).And({kQuietShard});
}
/// Both wave-1 vehicles of three failed.
Given held() {
  return given(running()).And({kQuietShard, TallyTaken{tally(0, 9, 2, {counts(1, 2)})},
                               WaveHeld{kCampaign, {1}, HoldReason::kSuccessGate, {}, {3}}});
}

// --- before the start ---

TEST(CampaignDecider, ACampaignIsCreatedWithItsReleasesAsTheyStand) {
  given({}).When(kCreate).Then({created()});
}
TEST(CampaignDecider, CreatingTheSameAgainRecordsNothing) {
  given({created()}).When(kCreate).ThenNothing();
}
TEST(CampaignDecider, AnotherBodyUnderTheSameIdIsRefused) {
  auto other = kCreate;
  other.definition.name = "lamps";
  given({created()}).When(other).ThenRejected(Rejection::kIdInUse);
}
TEST(CampaignDecider, SharesMustRiseToAHundredPercent) {
  using Waves = std::vector<WavePlan>;
  for (const auto& waves : {Waves{}, Waves{{9'999}}, Waves{{5'000}, {5'000}, {10'000}},
                            Waves{{10'001}}, Waves(campaign::kMaxWaves + 1, WavePlan{10'000})}) {
    auto create = kCreate;
    create.definition.waves = waves;
    given({}).When(create).ThenRejected(Rejection::kInvalidWaves);
  }
}
TEST(CampaignDecider, EveryWaitMustHaveATimeout) {
  auto create = kCreate;
  create.definition.policy.verify_timeout = {};
  given({}).When(create).ThenRejected(Rejection::kInvalid);
}
TEST(CampaignDecider, UnknownAndDeprecatedReleasesAreRefused) {
  auto create = kCreate;
  create.definition.releases = {id<ReleaseId>(99)};
  given({}).When(create).ThenRejected(Rejection::kUnknownRelease);
  given({ReleaseNoted{release(), 2, true}})
      .When(kCreate)
      .ThenRejected(Rejection::kDeprecatedRelease);
}
TEST(CampaignDecider, AuthorCannotApproveTheirOwnCampaign) {
  given({created(), kProposed})
      .When(Approve{kCampaign, "ann", kHash})
      .ThenRejected(Rejection::kOwnProposal);
}
TEST(CampaignDecider, NeitherAuthorNorProposerApproves) {
  const auto proposed = given({created(), CampaignProposed{kCampaign, "carl"}});
  proposed.When(Approve{kCampaign, "ann", {}}).ThenRejected(Rejection::kOwnProposal);
  proposed.When(Approve{kCampaign, "carl", {}}).ThenRejected(Rejection::kOwnProposal);
  proposed.When(Approve{kCampaign, "bob", {}}).Then({kApproved});
}
TEST(CampaignDecider, ApprovalIsBoundToTheContentThatWasSeen) {
  given({created(), kProposed})
      .When(Approve{kCampaign, "bob", id<Digest>(1)})
      .ThenRejected(Rejection::kContentChanged);
}
TEST(CampaignDecider, StartingNeedsAnApproval) {
  given({created(), kProposed})
      .When(Start{kCampaign, "ann"}, kNoon)
      .ThenRejected(Rejection::kNotApproved);
  given({created(), kProposed, kApproved}).When(Start{kCampaign, "ann"}, kNoon).Then({kStarted});
}
TEST(CampaignDecider, StartingTwiceRecordsNothing) {
  given({created(), kProposed, kApproved, kStarted})
      .When(Start{kCampaign, "ann"}, kNoon)
      .ThenNothing();
}
TEST(CampaignDecider, ADeprecatedReleaseIsNotStarted) {
  given({created(), kProposed, kApproved, ReleaseNoted{release(), 2, true}})
      .When(Start{kCampaign, "ann"}, kNoon)
      .ThenRejected(Rejection::kDeprecatedRelease);
}
TEST(CampaignDecider, AbortingBeforeTheStartCancels) {
  given({created(), kProposed, kApproved})
      .When(Abort{kCampaign, "ann", "no"})
      .Then({CampaignCancelled{kCampaign, "ann", "no"}});
}
TEST(CampaignDecider, UnknownCampaignsAreRefused) {
  given({}).When(Propose{kCampaign, "ann"}).ThenRejected(Rejection::kNoSuchCampaign);
}

// --- the survey ---

TEST(CampaignDecider, TheLastSurveyChunkCutsTheWavesAndOpensTheFirst) {
  given({created(), kProposed, kApproved, kStarted, SurveyTaken{chunk(0, 1, 15)}})
      .When(TakeSurvey{chunk(1, 16, 15)}, kNoon)
      .Then({SurveyTaken{chunk(1, 16, 15)},
             WavesPlanned{kCampaign, {{3, {30, id<VehicleId>(3)}}, {27, {300, id<VehicleId>(30)}}}},
             WaveOpened{kCampaign, {1}, 1, {2}}});
}
TEST(CampaignDecider, SurveyChunksComeInOrderAndOnce) {
  auto second = chunk(0, 1, 5);
  second.chunk = 1;
  const auto surveying = given({created(), kProposed, kApproved, kStarted});
  surveying.When(TakeSurvey{second}).ThenRejected(Rejection::kPredecessorMissing);
  surveying.And({SurveyTaken{chunk(0, 1, 5)}}).When(TakeSurvey{chunk(0, 1, 5)}).ThenNothing();
}
TEST(CampaignDecider, ASilentShardHoldsTheCampaign) {
  const auto surveying =
      given({created(), kProposed, kApproved, kStarted, SurveyTaken{chunk(0, 1, 15)}});
  surveying.WhenTimeIs(kNoon + 9min).ThenNothing();
  EXPECT_EQ(surveying.WhenTimeIs(kNoon + 10min).the<WaveHeld>().reason,
            HoldReason::kSurveyTimedOut);
}
TEST(CampaignDecider, ACampaignForNobodyIsHeld) {
  const auto answer =
      given({created(), kProposed, kApproved, kStarted, SurveyTaken{chunk(0, 1, 0)}})
          .When(TakeSurvey{chunk(1, 1, 0)});
  EXPECT_EQ(answer.the<WaveHeld>().reason, HoldReason::kNothingMatched);
}
TEST(CampaignDecider, AnEmptyWaveIsSkippedNotPassed) {
  const auto answer =
      given({created(), kProposed, kApproved, kStarted, SurveyTaken{chunk(0, 1, 2)}})
          .When(TakeSurvey{chunk(1, 1, 0)});
  EXPECT_EQ(answer.the<WaveSkipped>().wave, WaveNumber{1});  // 10 % of 2 is 0
  EXPECT_EQ(answer.the<WaveOpened>().wave, WaveNumber{2});
}

// --- gates ---

TEST(WaveGate, WaveSizesAreExact) {
  using Sizes = std::vector<std::uint64_t>;
  EXPECT_EQ(wave_sizes(30, {{1'000}, {10'000}}), (Sizes{3, 27}));
  EXPECT_EQ(wave_sizes(3, {{5'000}, {10'000}}), (Sizes{2, 1}));              // 1.5 rounds up
  EXPECT_EQ(wave_sizes(7, {{1'000}, {3'000}, {10'000}}), (Sizes{1, 1, 5}));  // 0.7, 2.1, 7
  EXPECT_EQ(wave_sizes(0, {{10'000}}), (Sizes{0}));
  for (std::uint64_t total = 0; total < 300; ++total) {
    std::uint64_t sum = 0;
    for (const auto size : wave_sizes(total, {{333}, {1'500}, {5'050}, {10'000}})) sum += size;
    EXPECT_EQ(sum, total);
  }
}
TEST(WaveGate, FailureGateHoldsEarly) {
  const Gate gate;  // 20 % after 5
  EXPECT_EQ(evaluate_gate(counts(2, 2), 100, gate), GateVerdict::kUndecided);
  EXPECT_EQ(evaluate_gate(counts(4, 1), 100, gate), GateVerdict::kFailedEarly);
  EXPECT_EQ(evaluate_gate(counts(5, 1), 100, gate), GateVerdict::kUndecided);
}
TEST(WaveGate, WhoIsStillInProgressDecidesNothing) {
  WaveCounts waiting = counts(9);
  waiting.in_progress = 1;
  EXPECT_EQ(evaluate_gate(waiting, 10, Gate{}), GateVerdict::kUndecided);
}
TEST(WaveGate, SuccessIsCountedOnVerifiedOnly) {
  EXPECT_EQ(evaluate_gate(counts(9, 1), 10, Gate{}), GateVerdict::kPassed);
  WaveCounts declined = counts(8);
  declined.declined = declined.timed_out = 1;
  EXPECT_EQ(evaluate_gate(declined, 10, Gate{}), GateVerdict::kFailed);
}

TEST(WaveGate, WhoWasNeverReachedIsOutsideExecuted) {
  WaveCounts busy = counts(4);
  busy.unreached = 6;
  EXPECT_EQ(evaluate_gate(busy, 10, Gate{}), GateVerdict::kPassed);
  EXPECT_EQ(evaluate_gate(busy, 11, Gate{}), GateVerdict::kUndecided);
  busy.verified = 0;
  EXPECT_EQ(evaluate_gate(busy, 6, Gate{}), GateVerdict::kFailed);  // silence is no success
}

TEST(CampaignDecider, RunningCampaignOpensTheNextWaveWhenTheGatePasses) {
  const auto answer = running_and_quiet().When(TakeTally{tally(0, 9, 2, {counts(3)})}, kNoon);
  const auto passed = answer.the<WavePassed>();
  EXPECT_EQ(passed.wave, WaveNumber{1});
  EXPECT_EQ(passed.evidence.counts, counts(3));
  EXPECT_EQ(passed.evidence.size, 3U);
  EXPECT_EQ(passed.evidence.read,
            (std::vector<Position>{{{Stream::kVehicle, 0}, {9}}, {{Stream::kVehicle, 1}, {5}}}));
  EXPECT_EQ(answer.the<WaveOpened>(), (WaveOpened{kCampaign, {2}, 1, {3}}));
}
TEST(CampaignDecider, TheLastWavePassedCompletesTheCampaign) {
  auto answer = running_and_quiet()
                    .When(TakeTally{tally(0, 9, 2, {counts(3)})})
                    .AndThen()
                    .And({TallyTaken{tally(1, 20, 3, {counts(0), counts(15)})}});
  const auto last = answer.When(TakeTally{tally(0, 30, 3, {counts(3), counts(12)})});
  EXPECT_EQ(last.count<CampaignCompleted>(), 1U);
}
TEST(CampaignDecider, AWaveWaitsUntilEveryShardWasHeard) {
  const auto taken = tally(0, 9, 2, {counts(3)});
  given(running()).When(TakeTally{taken}).Then({TallyTaken{taken}});
}
TEST(CampaignDecider, AnOlderTallyChangesNothing) {
  running_and_quiet().When(TakeTally{tally(1, 4, 2, {counts(3)})}).ThenNothing();
}
TEST(CampaignDecider, AGateThatFailsHoldsTheCampaignAndItsShards) {
  const auto answer = running_and_quiet().When(TakeTally{tally(0, 9, 2, {counts(1, 2)})});
  const auto wave_held = answer.the<WaveHeld>();
  EXPECT_EQ(wave_held.reason, HoldReason::kSuccessGate);
  EXPECT_EQ(wave_held.generation, Generation{3});
  EXPECT_EQ(answer.count<WaveOpened>(), 0U);
  const auto messages = answer.AndThen().Reacts(answer.facts());
  ASSERT_EQ(messages.size(), kCounts.vehicle);
  EXPECT_EQ(std::get<vehicle::TakeOrder>(messages[0].body).order.phase, OrderPhase::kPaused);
}
TEST(CampaignDecider, SoakingDelaysTheGateAndLooksAgain) {
  auto d = definition();
  d.gate.soak = 30min;
  const auto answer = running_and_quiet(d).When(TakeTally{tally(0, 9, 2, {counts(3)})}, kNoon);
  EXPECT_EQ(answer.the<WaveSoaking>().until, kNoon + 30min);
  const auto soaking = answer.AndThen();
  EXPECT_EQ(Campaigns::next_deadline(soaking.state()), kNoon + 30min);
  soaking.WhenTimeIs(kNoon + 29min).ThenNothing();
  EXPECT_EQ(soaking.WhenTimeIs(kNoon + 30min).count<WavePassed>(), 1U);
}

// --- held, paused, aborted ---

TEST(CampaignDecider, HeldCampaignIsRetriedOrSkippedNeverSilentlyNext) {
  held()
      .When(Resume{kCampaign, "ann", Resumption::kContinue})
      .ThenRejected(Rejection::kSayRetryOrSkip);
  held()
      .When(Resume{kCampaign, "ann", Resumption::kRetry})
      .Then({CampaignResumed{kCampaign, "ann", Resumption::kRetry, {4}},
             WaveOpened{kCampaign, {1}, 2, {4}}});
  held()
      .When(Resume{kCampaign, "ann", Resumption::kSkip})
      .Then({CampaignResumed{kCampaign, "ann", Resumption::kSkip, {4}},
             WaveSkipped{kCampaign, {1}, "ann"}, WaveOpened{kCampaign, {2}, 1, {4}}});
}
TEST(CampaignDecider, SkippedWaveIsClosedInTheOrder) {
  const auto skipped = held().When(Resume{kCampaign, "ann", Resumption::kSkip});
  const auto messages = skipped.AndThen().Reacts(skipped.facts());
  const auto& order = std::get<vehicle::TakeOrder>(messages.at(0).body).order;
  EXPECT_EQ(order.phase, OrderPhase::kRun);
  ASSERT_EQ(order.waves.size(), 2U);
  EXPECT_EQ(order.waves[0].attempt, 0U);
  EXPECT_EQ(order.waves[1].attempt, 1U);
}
TEST(CampaignDecider, RetriedWaveWaitsForTalliesOfItsOwnGeneration) {
  const auto retried = held().When(Resume{kCampaign, "ann", Resumption::kRetry}).AndThen();
  const auto stale = tally(0, 12, 3, {counts(3)});  // sent before the retry reached that shard
  retried.When(TakeTally{stale}).Then({TallyTaken{stale}});
  const auto heard = retried.And({TallyTaken{tally(1, 12, 4, {counts(0)})}});
  EXPECT_EQ(heard.When(TakeTally{tally(0, 13, 4, {counts(3)})}).count<WavePassed>(), 1U);
}
TEST(CampaignDecider, PausedCampaignOpensNothingAndContinues) {
  const auto paused = running_and_quiet().And({CampaignPaused{kCampaign, "ann", "snow", {3}}});
  const auto taken = tally(0, 9, 2, {counts(3)});
  paused.When(TakeTally{taken}).Then({TallyTaken{taken}});
  paused.When(Resume{kCampaign, "ann", Resumption::kRetry}).ThenRejected(Rejection::kInvalid);
  paused.When(Resume{kCampaign, "ann", Resumption::kContinue})
      .Then({CampaignResumed{kCampaign, "ann", Resumption::kContinue, {4}}});
}
TEST(CampaignDecider, AbortedCampaignStaysAborted) {
  const auto aborted = running_and_quiet().When(Abort{kCampaign, "ann", "smoke"}).AndThen();
  aborted.When(Abort{kCampaign, "ann", "again"}).ThenNothing();
  aborted.When(Resume{kCampaign, "ann", Resumption::kContinue})
      .ThenRejected(Rejection::kWrongState);
  const auto taken = tally(0, 9, 2, {counts(3)});
  aborted.When(TakeTally{taken}).Then({TallyTaken{taken}});
}
TEST(CampaignDecider, EachOrderReachesEveryShardWithAHigherGeneration) {
  const auto answer = running_and_quiet().When(Abort{kCampaign, "ann", "smoke"});
  const auto messages = answer.AndThen().Reacts(answer.facts());
  ASSERT_EQ(messages.size(), kCounts.vehicle);
  for (std::uint16_t shard = 0; shard < kCounts.vehicle; ++shard) {
    EXPECT_EQ(messages[shard].to, (Partition{Stream::kVehicle, shard}));
    const auto& order = std::get<vehicle::TakeOrder>(messages[shard].body).order;
    EXPECT_EQ(order.phase, OrderPhase::kAborted);
    EXPECT_EQ(order.generation, Generation{3});
    EXPECT_EQ(order.waves.size(), 1U);
  }
}

// --- contradictions and deprecation ---

TEST(CampaignDecider, ContradictionHoldsOrAlarms) {
  const auto doubtful = TakeTally{tally(0, 9, 2, {counts(2)}, 1)};
  const auto answer = running_and_quiet().When(doubtful);
  EXPECT_EQ(answer.the<WaveHeld>().reason, HoldReason::kContradicted);
  answer.AndThen()
      .When(Resume{kCampaign, "ann", Resumption::kContinue})
      .Then({CampaignResumed{kCampaign, "ann", Resumption::kContinue, {4}}});

  const auto completed = running_and_quiet().And({CampaignCompleted{kCampaign, {3}}});
  const auto alarmed = completed.When(doubtful);
  EXPECT_EQ(alarmed.the<AlarmRaised>().contradicted, 1U);
  const auto same_again = tally(0, 10, 2, {counts(2)}, 1);
  alarmed.AndThen().When(TakeTally{same_again}).Then({TallyTaken{same_again}});
}
TEST(CampaignDecider, AContradictionDuringAPauseHoldsOnceItRunsAgain) {
  const auto doubtful = tally(0, 9, 2, {counts(2)}, 1);
  const auto paused = running_and_quiet().And({CampaignPaused{kCampaign, "ann", "snow", {3}}});
  paused.When(TakeTally{doubtful}).Then({TallyTaken{doubtful}});
  const auto resumed = paused.And({TallyTaken{doubtful}})
                           .When(Resume{kCampaign, "ann", Resumption::kContinue})
                           .AndThen();
  const auto answer = resumed.When(TakeTally{tally(0, 10, 4, {counts(2)}, 1)});
  EXPECT_EQ(answer.the<WaveHeld>().reason, HoldReason::kContradicted);
}
TEST(CampaignDecider, AWaveThatPassedStaysPassedWhenItIsContradicted) {
  auto given = running_and_quiet().When(TakeTally{tally(0, 9, 2, {counts(3)})}).AndThen();
  given = given.When(TakeTally{tally(0, 12, 3, {counts(3)}, 1)}).AndThen();
  const auto& campaign = given.state().campaigns.at(kCampaign);
  EXPECT_EQ(campaign.phase, Phase::kHeld);
  EXPECT_EQ(campaign.waves[0].phase, WavePhase::kPassed);
  EXPECT_EQ(campaign.waves[1].phase, WavePhase::kOpen);
}
TEST(CampaignDecider, DeprecationHoldsWhatRunsAndForbidsItsReturn) {
  const auto noted = running_and_quiet().When(NoteRelease{release(), 2, true}).AndThen();
  EXPECT_EQ(Campaigns::next_deadline(noted.state()), Time::min());  // at once
  const auto answer = noted.WhenTimeIs(kNoon);
  EXPECT_EQ(answer.the<WaveHeld>().reason, HoldReason::kReleaseDeprecated);
  answer.AndThen()
      .When(Resume{kCampaign, "ann", Resumption::kRetry})
      .ThenRejected(Rejection::kDeprecatedRelease);
}
TEST(CampaignDecider, DeprecationDuringTheSurveyHoldsToo) {
  const auto answer = given({created(), kProposed, kApproved, kStarted})
                          .When(NoteRelease{release(), 2, true})
                          .AndThen()
                          .WhenTimeIs(kNoon);
  EXPECT_EQ(answer.the<WaveHeld>().reason, HoldReason::kReleaseDeprecated);
  answer.AndThen().When(TakeSurvey{chunk(0, 1, 15)}).ThenNothing();
}
TEST(CampaignDecider, ADeprecatedReleaseOpensNoWaveBeforeTheHold) {
  const auto noted = running_and_quiet().When(NoteRelease{release(), 2, true}).AndThen();
  const auto taken = tally(0, 9, 2, {counts(3)});
  noted.When(TakeTally{taken}).Then({TallyTaken{taken}});
}
TEST(CampaignDecider, DeprecationHoldsAnyNumberOfCampaignsInBoundedSteps) {
  Events many;
  for (std::uint32_t n = 0; n < 1'500; ++n) {
    many.push_back(CampaignCreated{id<CampaignId>(n), "ann", definition(), {release()}, kHash});
    many.push_back(CampaignStarted{id<CampaignId>(n), "ann", {1}, kNoon + 10min});
  }
  const auto noted = given(many).When(NoteRelease{release(), 2, true});
  EXPECT_LE(noted.facts().size(), kMaxFactsPerEnvelope);
  EXPECT_LE(noted.AndThen().WhenTimeIs(kNoon).facts().size(), kMaxFactsPerEnvelope);
  const auto after = noted.AndThen().AfterTicksAt(kNoon);
  for (const auto& [name, campaign] : after.state().campaigns)
    EXPECT_EQ(campaign.phase, Phase::kHeld);
}
TEST(CampaignDecider, AnOlderRevisionOfAReleaseChangesNothing) {
  given({ReleaseNoted{release(), 2, true}}).When(NoteRelease{release(), 1, false}).ThenNothing();
}

}  // namespace
}  // namespace motorcade::core::campaigns
