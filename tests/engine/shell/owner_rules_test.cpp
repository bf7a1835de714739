// What an owner writes, and when: envelopes that say who and when, bounded ones, ticks only when it
// has caught up, and probes that see what is committed.
#include "engine/shell/owner_script.hpp"

namespace motorcade::shell {
namespace {

using memory::AppendFate;
using memory::AppendFault;

// --- what an envelope says ---

TEST(OwnerRules, AnEnvelopeSaysWhoWhenAndWhy) {
  OwnerTest test;
  Script script(test);
  auto record = script.report_record(1, RecordKind::kStatus, 1, "no JSON at all");
  record.occurred_at = test.clock.time - 2h;
  record.recorded_at = test.clock.time - 1h;
  record.correlation = id<MessageId>(99);
  test.send(kVehicles, record);
  test.run();
  const auto envelope = test.envelopes(kVehicles).at(0);
  EXPECT_EQ(envelope.occurred_at, record.occurred_at);
  EXPECT_EQ(envelope.recorded_at, record.recorded_at);
  EXPECT_EQ(envelope.committed_at, test.clock.time);
  EXPECT_EQ(envelope.cause, record.cause);
  EXPECT_EQ(envelope.correlation, record.correlation);
  EXPECT_EQ(envelope.actor, "vehicle");
  EXPECT_EQ(envelope.facts.at(0).version, StreamVersion{});  // a refusal is the partition's
}

TEST(OwnerRules, FactsAreCountedInTheirAggregate) {
  OwnerTest test;
  Script(test).play();
  std::map<std::pair<AggregateType, std::string>, std::uint64_t> versions;
  for (const auto& envelope : test.envelopes(kVehicles))
    for (const auto& fact : envelope.facts)
      if (fact.aggregate == AggregateType::kVehicle) {
        EXPECT_EQ(fact.version.value, (++versions[{fact.aggregate, fact.aggregate_id}]));
      }
  EXPECT_EQ(versions.size(), std::size_t{Script::kCars});
}

TEST(OwnerRules, CommittedAtNeverRunsBackwards) {
  OwnerTest test;
  Script script(test);
  script.vci(1, 1, 1);
  test.run();
  const auto first = test.clock.time;
  test.clock.time -= 5h;  // somebody set the clock
  script.vci(1, 2, 1);
  test.run();
  EXPECT_EQ(test.envelopes(kVehicles).at(1).committed_at, first);
}

TEST(OwnerRules, WhatCannotBeOpenedAnyMoreIsRefusedOnRecord) {
  OwnerTest test;
  Script script(test);
  test.key_destroyed = true;
  auto sealed = script.report_record(1, RecordKind::kVci, 1, "sealed under a key that is gone");
  sealed.sealed = true;
  test.send(kVehicles, sealed);
  test.run();
  EXPECT_EQ(test.all<vehicle::Refused>(kVehicles).at(0).detail, "the vehicle's key was destroyed");
  expect_sound(test);
}

// --- messages ---

TEST(OwnerRules, AnInboxOutOfReachHoldsUpNobodyElse) {
  OwnerTest test;
  Script script(test);
  bool away = true;
  test.faults.send = [&](Partition to, std::size_t) {
    return away && to == kVehicles ? memory::SendFault::kLost : memory::SendFault::kNone;
  };
  auto release = kRelease;
  const auto upload = [&](std::uint8_t n) {
    release.release = id<ReleaseId>(n);
    release.version.minor = n;
    script.upload(release);
    test.run(20'000);
  };
  upload(1);
  upload(2);
  EXPECT_EQ(count(test, kCampaigns, kCampaignReleaseNoted), 2U);
  EXPECT_EQ(count(test, kVehicles, kReleaseNoted), 0U);
  away = false;
  test.run();
  const auto noted = test.all<vehicle::ReleaseNoted>(kVehicles);
  ASSERT_EQ(noted.size(), 2U);
  EXPECT_EQ(noted.at(0).release.release, id<ReleaseId>(1));  // in order
  EXPECT_EQ(noted.at(1).release.release, id<ReleaseId>(2));
  upload(3);
  const auto catalog = test.envelopes(kCatalog);
  EXPECT_EQ(catalog.at(1).reacted_through, 0U);  // the first one's message was not acknowledged
  EXPECT_EQ(catalog.at(2).reacted_through, 2U);
  expect_sound(test);
}

TEST(OwnerRules, MessagesThatNobodyTakesAreBounded) {
  OwnerTest test;
  test.options.unsent_most = 3;
  Script script(test);
  bool away = true;
  test.faults.send = [&](Partition to, std::size_t) {
    return away && to == kVehicles ? memory::SendFault::kLost : memory::SendFault::kNone;
  };
  auto release = kRelease;
  for (std::uint8_t n = 1; n <= 10; ++n) {
    release.release = id<ReleaseId>(n);
    release.version.minor = n;
    script.upload(release);
    test.run(10'000);
  }
  EXPECT_EQ(test.store->events(kCatalog).size(), 4U);
  away = false;
  test.run();
  EXPECT_EQ(count(test, kVehicles, kReleaseNoted), 10U);
  expect_sound(test);
}

// --- the end ---

TEST(OwnerRules, AProbeAtTheEndSeesWhatIsCommittedAndNothingElse) {
  OwnerTest test;
  Script script(test);
  bool failing = false;
  test.faults.append = [&](Partition, Sequence, std::size_t) {
    return failing ? AppendFate{AppendFault::kAborted, 0} : AppendFate{};
  };
  script.play_to_first_offer();
  failing = true;
  script.vci(2, 3, 1);
  test.run(5'000);  // decided, and not appended
  test.ask_to_stop();
  for (int probe = 0; probe < 2; ++probe) {  // while it ends, and after
    const auto live = test.live(kVehicles), replayed = test.replayed(kVehicles);
    EXPECT_EQ(live.next, replayed.next);
    EXPECT_EQ(to_hex(live.hash), to_hex(replayed.hash));
    test.run();
  }
}

// --- envelopes are bounded ---

TEST(OwnerRules, ARecordThatAsksForMoreThanAnEnvelopeIsRefused) {
  OwnerTest test;
  Script script(test);
  vehicle::TakeOrder large;
  large.order.filter.vehicles.resize(100'000, id<VehicleId>(1));
  test.send(kVehicles, script.message(kVehicles, large));
  script.vci(1, 1, 1);
  test.run();
  EXPECT_EQ(count(test, kVehicles, kRefused), 1U);
  EXPECT_EQ(count(test, kVehicles, kVciRecorded), 1U);
  EXPECT_NE(test.all<vehicle::Refused>(kVehicles)[0].detail.find("at most 1000 and 1048576"),
            std::string::npos);
  expect_sound(test);
}

TEST(OwnerRules, ATickThatIsTooLargeForOneEnvelopeTakesSeveral) {
  OwnerTest test;
  constexpr std::uint8_t kSoaking = 50;  // end in one tick; the evidence of each names 1,500 shards
  for (std::uint8_t n = 0; n < kSoaking; ++n) {
    const auto campaign = id<CampaignId>(n);
    std::vector<campaign::Event> facts{campaign::WavesPlanned{campaign, {{1, {}}}},
                                       campaign::WaveOpened{campaign, {1}, 1, {1}}};
    for (std::uint16_t shard = 0; shard < 1'500; ++shard) {
      const Tally tally{campaign, {Stream::kVehicle, shard}, {~0ULL}, {1}, 1, 0, {{.verified = 1}}};
      facts.push_back(campaign::TallyTaken{tally});
    }
    facts.push_back(campaign::WaveSoaking{campaign, {1}, test.clock.time + 1h});
    const std::span all(facts);
    test.put_envelope(kCampaigns, all.first(900));
    test.put_envelope(kCampaigns, all.subspan(900));
  }
  test.run();
  test.move_time(2h);
  EXPECT_EQ(count(test, kCampaigns, kCompleted), kSoaking);
  EXPECT_GT(test.ticks(kCampaigns), 1);
  EXPECT_EQ(to_hex(test.live(kCampaigns).hash), to_hex(test.replayed(kCampaigns).hash));
}

// --- ticks ---

TEST(OwnerRules, TicksWaitUntilTheEdgesHaveDrained) {
  OwnerTest test;
  test.drained = false;
  Script(test).play();
  EXPECT_EQ(test.ticks(kVehicles), 0);
  test.drained = true;
  test.move_time(2s);
  EXPECT_GT(test.ticks(kVehicles), 0);
  expect_sound(test);
}

/// Another's edge may have held reports that only now find their way; nobody knows, so time must do.
TEST(OwnerRules, TicksWaitAfterEveryTakeover) {
  OwnerTest test;
  test.drained = false;
  test.move_time(1h);  // the first takeover is long ago
  test.kill();
  Script(test).play();
  test.move_time(test.options.drain_grace);
  EXPECT_EQ(test.ticks(kVehicles), 0);
  test.move_time(2s);
  EXPECT_GT(test.ticks(kVehicles), 0);
  expect_sound(test);
}

TEST(OwnerRules, AClockThatIsSetBackDoesNotDrawTheWaitOut) {
  OwnerTest test;
  test.drained = false;
  test.move_time(5h);  // a takeover by a clock that is ahead
  test.clock.time -= 5h;
  Script(test).play();
  test.move_time(2s);
  EXPECT_GT(test.ticks(kVehicles), 0);
}

TEST(OwnerRules, ATimeoutNeverBeatsAReportThatWaitsInTheInbox) {
  OwnerTest test;
  test.options.records_per_append = 1;
  Script script(test);
  script.play_to_first_offer();
  test.kill();
  const auto before = test.envelopes(kVehicles).size();
  for (int n = 0; n < 20; ++n) script.vci(2, 3, 1);
  test.clock.time += 100h;  // the offer has expired, and everybody was away
  test.run();
  std::size_t records = 0, ticks = 0;
  for (const auto& envelope : test.envelopes(kVehicles)) {
    if (envelope.sequence.value < before) continue;
    const bool tick = std::holds_alternative<TickCause>(envelope.cause);
    ++(tick ? ticks : records);
    EXPECT_TRUE(!tick || records >= 20U);
  }
  EXPECT_GE(records, 20U);
  EXPECT_GE(ticks, 1U);
}

TEST(OwnerRules, ATimeoutNeverComesWhileTheInboxCannotBeRead) {
  OwnerTest test;
  Script script(test);
  script.play_to_first_offer();
  const auto before = test.envelopes(kVehicles).size();
  test.inbox_fails = true;
  script.vci(2, 3, 1);
  test.clock.move(100h);  // the offer has expired
  test.run(5'000);
  EXPECT_EQ(test.envelopes(kVehicles).size(), before);
  test.inbox_fails = false;
  test.run();
  const auto envelopes = test.envelopes(kVehicles);
  ASSERT_GE(envelopes.size(), before + 2);
  EXPECT_TRUE(std::holds_alternative<ReportCause>(envelopes[before].cause));
}

TEST(OwnerRules, NowIsWhenTheRecordWasRecordedWhileTheOwnerLags) {
  OwnerTest test;
  Script script(test);
  script.play_to_first_offer();
  test.kill();
  const auto offer = test.all<vehicle::Offered>(kVehicles).back();
  vehicle::ReportStatus status{.vehicle = offer.vehicle, .command = offer.command};
  status.step = vehicle::ReportedStep::kAccepted;
  test.clock.time += 30min;
  const auto recorded_at = test.clock.time;
  script.report(offer.vehicle.bytes[0], RecordKind::kStatus, wire::encode_status_report(status));
  test.clock.time += 100h;
  test.run();
  EXPECT_EQ(test.all<vehicle::StepReported>(kVehicles).back().deadline, recorded_at + 1h);
}

TEST(OwnerRules, NothingDueNothingWritten) {
  OwnerTest test;
  Script script(test);
  script.play();
  const auto before = test.envelopes(kVehicles).size();
  for (int hour = 0; hour < 10; ++hour) test.move_time(1h);
  EXPECT_EQ(test.envelopes(kVehicles).size(), before);
}

}  // namespace
}  // namespace motorcade::shell
