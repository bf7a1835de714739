// The owner's promises, kept over faults at every append and every send: nothing lost, nothing
// doubled, live state = replayed state.
#include "engine/shell/owner_script.hpp"

namespace motorcade::shell {
namespace {

using memory::AppendFate;
using memory::AppendFault;
using memory::SendFault;

/// What happened, without what depends on the order in which owners ran.
std::multiset<std::string> what_happened(OwnerTest& test) {
  std::multiset<std::string> happened;
  for (const auto& partition : {kVehicles, kCampaigns, kCatalog})
    for (const auto& fact : test.facts(partition)) {
      const auto name = wire::fact_type(fact.type)->name;
      if (name.ends_with("AlreadySatisfied") || fact.type == kScanned || fact.type == kTally)
        continue;
      happened.insert(std::string(name) + ' ' + (partition == kVehicles ? fact.text : ""));
    }
  return happened;
}
std::multiset<std::string> undisturbed() {
  OwnerTest test;
  Script(test).play();
  return what_happened(test);
}

TEST(Owner, DrivesACampaignToItsEnd) {
  OwnerTest test;
  Script(test).play();
  EXPECT_EQ(count(test, kVehicles, kOffered), Script::kCars);
  EXPECT_EQ(count(test, kVehicles, kStep), 2U * Script::kCars);
  EXPECT_EQ(count(test, kVehicles, kVciRecorded), 2U * Script::kCars);
  EXPECT_EQ(count(test, kCampaigns, kCompleted), 1U);
  expect_sound(test);
}

TEST(Owner, EveryRecordLeavesOneEnvelopeAlsoDuplicatesAndGarbage) {
  OwnerTest test;
  Script script(test);
  script.vci(1, 1, 1);
  const auto garbage = script.report_record(1, RecordKind::kStatus, 2, "no JSON at all");
  test.send(kVehicles, garbage);
  test.send(kVehicles, garbage);
  test.send(kVehicles, {std::string("not even a record")});
  test.run();
  const auto envelopes = test.envelopes(kVehicles);
  ASSERT_EQ(envelopes.size(), 4U);
  const auto last_type = [&](std::size_t n) { return envelopes[n].facts.back().type; };
  EXPECT_EQ(last_type(0), kVciRecorded);
  EXPECT_EQ(last_type(1), kRefused);    // and its sequence is consumed:
  EXPECT_EQ(last_type(2), kSatisfied);  // the same again is a duplicate
  EXPECT_EQ(last_type(3), kRefused);
  EXPECT_EQ(envelopes[3].position, InboxPosition{4});
  expect_sound(test);
}

struct Fault {
  std::string name;
  AppendFate fate;
  bool dies;
};
std::vector<Fault> append_faults() {
  return {{"aborted", {AppendFault::kAborted, 0}, false},
          {"fenced", {AppendFault::kFenced, 0}, false},
          {"unknown, none applied", {AppendFault::kUnknown, 0}, false},
          {"unknown, a prefix applied", {AppendFault::kUnknown, 1}, false},
          {"unknown, all applied", {AppendFault::kUnknown, 1'000}, false},
          {"dies, none applied", {AppendFault::kUnknown, 0}, true},
          {"dies, a prefix applied", {AppendFault::kUnknown, 1}, true},
          {"dies, all applied", {AppendFault::kUnknown, 1'000}, true}};
}

TEST(Owner, AFaultAtAnyAppendLosesAndDoublesNothing) {
  const auto expected = undisturbed();
  std::size_t runs = 0;
  for (const auto& fault : append_faults()) {
    for (std::size_t at = 0, appends = 1; at < appends; ++at, ++runs) {
      OwnerTest test;
      std::size_t seen = 0;
      test.options.snapshot_every = 3;
      test.options.trim_every = 1;
      test.faults.append = [&](Partition, Sequence, std::size_t) {
        if (seen++ != at) return AppendFate{};
        if (fault.dies) test.dying();
        return fault.fate;
      };
      Script(test).play();
      appends = seen;
      ASSERT_EQ(what_happened(test), expected) << fault.name << " at append " << at;
      expect_sound(test);
      ASSERT_FALSE(testing::Test::HasFailure()) << fault.name << " at append " << at;
      EXPECT_EQ(test.deaths, fault.dies && seen > at ? 1U : 0U);
    }
  }
  EXPECT_GT(runs, 100U);
}

TEST(Owner, AFaultAtAnySendReachesTheOtherMachineOnceInEffect) {
  const auto expected = undisturbed();
  std::size_t runs = 0;
  for (const auto fault : {SendFault::kLost, SendFault::kArrives, SendFault::kArrivesLate})
    for (const bool dies : {false, true})
      for (std::size_t at = 0, sends = 1; at < sends; ++at, ++runs) {
        OwnerTest test;
        std::size_t seen = 0;
        test.options.snapshot_every = 3;
        test.faults.send = [&](Partition, std::size_t) {
          if (seen++ != at) return SendFault::kNone;
          if (dies) test.dying();
          return fault;
        };
        Script(test).play();
        sends = seen;
        ASSERT_EQ(what_happened(test), expected)
            << "send " << at << ", fault " << static_cast<int>(fault) << (dies ? ", dies" : "");
        expect_sound(test);
        ASSERT_FALSE(testing::Test::HasFailure()) << "send " << at;
      }
  EXPECT_GT(runs, 60U);
}

TEST(Owner, EachEnvelopeOfABatchIsReactedToAfterACrash) {
  OwnerTest test;
  Script script(test);
  bool died = false;
  test.faults.append = [&](Partition partition, Sequence, std::size_t envelopes) {
    if (partition != kCatalog || std::exchange(died, true)) return AppendFate{};
    EXPECT_EQ(envelopes, 2U);
    test.dying();  // all applied, nothing sent
    return AppendFate{AppendFault::kUnknown, 1'000};
  };
  script.upload(kRelease);
  auto other = kRelease;
  other.release = id<ReleaseId>(2);
  other.version = {3, 0, 0};
  script.upload(other);
  test.run();
  EXPECT_EQ(test.deaths, 1U);
  EXPECT_EQ(count(test, kVehicles, kReleaseNoted), 2U);
  EXPECT_EQ(count(test, kCampaigns, kCampaignReleaseNoted), 2U);
  expect_sound(test);
}

TEST(Owner, ReactedThroughWaitsForEveryAcknowledgement) {
  OwnerTest test;
  Script script(test);
  bool lost = true;
  test.faults.send = [&](Partition to, std::size_t) {
    return lost && to == kCampaigns ? SendFault::kLost : SendFault::kNone;
  };
  script.upload(kRelease);
  test.run(5'000);
  auto other = kRelease;
  other.release = id<ReleaseId>(2);
  other.version = {3, 0, 0};
  script.upload(other);
  test.run(5'000);
  EXPECT_EQ(count(test, kCampaigns, kCampaignReleaseNoted), 0U);
  test.kill();
  lost = false;
  test.run();
  const auto envelopes = test.envelopes(kCatalog);
  ASSERT_EQ(envelopes.size(), 2U);
  EXPECT_EQ(envelopes[0].reacted_through, 0U);
  EXPECT_EQ(envelopes[1].reacted_through, 0U);  // the partition goes on, and claims nothing
  EXPECT_EQ(count(test, kVehicles, kReleaseNoted), 2U);
  EXPECT_EQ(count(test, kCampaigns, kCampaignReleaseNoted), 2U);
  EXPECT_EQ(count(test, kVehicles, kSatisfied), 2U);  // what it had taken before came once more
  expect_sound(test);
}

// --- snapshots ---

void expect_live_is_replayed(OwnerTest& test) {
  test.run();
  EXPECT_EQ(to_hex(test.live(kVehicles).hash), to_hex(test.replayed(kVehicles).hash));
}

TEST(Owner, SnapshotsAreACache) {
  OwnerTest test;
  test.options.snapshot_every = 3;
  Script(test).play();
  test.stop();
  EXPECT_GE(test.snapshots.kept.size(), 3U);

  test.snapshots.asked.clear();
  const auto reacted_through = test.envelopes(kVehicles).back().reacted_through;
  expect_live_is_replayed(test);
  bool restored = false;
  for (const auto& asked : test.snapshots.asked)
    if (asked.partition == kVehicles) {
      // A newer one lacks the states that reacting again needs.
      EXPECT_EQ(asked.at, reacted_through - 1);
      restored = asked.found.has_value();
    }
  EXPECT_TRUE(restored);

  test.kill();
  test.snapshots.kept.clear();
  expect_live_is_replayed(test);
}

TEST(Owner, ASnapshotThatDoesNotFitIsPassedOver) {
  for (const bool garbled : {true, false}) {
    OwnerTest test;
    test.options.snapshot_every = 3;
    Script(test).play();
    test.kill();
    for (auto& [place, snapshot] : test.snapshots.kept) {
      if (garbled)
        snapshot.state.resize(snapshot.state.size() / 2);
      else
        snapshot.chain_hash = id<Digest>(0xee);
    }
    expect_live_is_replayed(test);
    expect_sound(test);
  }
}

}  // namespace
}  // namespace motorcade::shell
