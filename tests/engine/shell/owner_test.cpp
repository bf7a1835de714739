// The owner's promises, kept over faults at every append and every send: nothing lost, nothing
// doubled, live state = replayed state.
#include <gtest/gtest.h>

#include "engine/core/package/plan.hpp"
#include "engine/shell/owner_world.hpp"
#include "events/wire/commands.hpp"
#include "events/wire/records.hpp"
#include "events/wire/reports.hpp"

namespace motorcade::shell {
namespace {

using memory::AppendFate;
using memory::AppendFault;
using memory::SendFault;
using namespace std::chrono_literals;

template <class IdType>
IdType id(std::uint8_t n) {
  IdType made;
  made.bytes[0] = n;
  return made;
}
constexpr std::uint16_t kOffered = 110, kStep = 111, kVciRecorded = 103, kRefused = 117,
                        kSatisfied = 118, kScanned = 109, kTally = 208, kCompleted = 217,
                        kReleaseNoted = 116, kCampaignReleaseNoted = 219;
const ReleaseTarget kRelease{id<ReleaseId>(1), "BRAKE", "", {2, 0, 0}, id<Digest>(9), 4096};

Configuration shown(std::uint32_t major) {
  return {{{"ZG_CHASSIS", "ZG-1", {{"ECU_001", "BRAKE", "HW-A", {major, 0, 0}}}}}};
}

/// The world outside: cars, operators and a builder that do their part once.
class Script {
 public:
  static constexpr std::uint8_t kCars = 5;
  explicit Script(OwnerTest& test) : test_(test) {}

  /// From the first VCI to a completed campaign of two waves.
  void play() {
    play_to_first_offer();
    for (int wave = 0; wave < 2; ++wave) {
      answer_offers();
      settle();
    }
  }
  void play_to_first_offer() {
    upload(kRelease);
    for (std::uint8_t car = 1; car <= kCars; ++car) vci(car, 1, 1);
    report(1, RecordKind::kStatus, "no JSON at all");
    settle();
    plan_campaign();
    settle();
    catalog_command(catalog::ReportBuilt{core::key_of(core::plan_package(shown(1), {kRelease})),
                                         Artifact{id<Digest>(5), 99}, ""});
    settle();
  }
  void upload(const ReleaseTarget& release) {
    catalog_command(catalog::UploadRelease{release, "brake.bin", "", "rita"});
  }
  void vci(std::uint8_t car, std::uint64_t boot, std::uint32_t major) {
    const vehicle::ReportVci body{id<VehicleId>(car), "M1", 2024, "VMG", "", boot, shown(major)};
    report(car, RecordKind::kVci, wire::encode_vci_report(body));
  }
  void report(std::uint8_t car, RecordKind kind, std::string body) {
    test_.send(kVehicles, report_record(car, kind, ++sequences_[car], std::move(body)));
  }
  InboxRecord report_record(std::uint8_t car, RecordKind kind, std::uint64_t sequence,
                            std::string body) {
    auto made = record(kVehicles, kind, std::move(body));
    made.subject = id<VehicleId>(car);
    made.actor = "vehicle";
    made.content_type = ContentType::kJson;
    const ReportPlace place{1, id<OutboxId>(car), sequence};
    made.cause = ReportCause{id<MessageId>(++messages_), made.subject, place};
    return made;
  }
  void settle() {
    test_.run();
    test_.store->deliver_late();
    test_.run();
  }

 private:
  InboxRecord record(Partition to, RecordKind kind, std::string body) {
    InboxRecord made{.partition = to,
                     .kind = kind,
                     .cause = RequestCause{id<MessageId>(++messages_)},
                     .occurred_at = test_.clock.time,
                     .recorded_at = test_.clock.time,
                     .correlation = {},
                     .actor = "operator:ann",
                     .content_type = ContentType::kProtobuf,
                     .subject = {},
                     .sealed_vin = {},
                     .body = std::move(body)};
    return made;
  }
  void catalog_command(const catalog::Command& command) {
    test_.send(kCatalog,
               record(kCatalog, RecordKind::kCatalogCommand, wire::encode_command(command)));
  }
  void campaign_command(const campaign::Command& command) {
    test_.send(kCampaigns,
               record(kCampaigns, RecordKind::kCampaignCommand, wire::encode_command(command)));
  }
  void plan_campaign() {
    const auto campaign = id<CampaignId>(1);
    campaign::Definition d;
    d.name = "brakes";
    d.seed = 42;
    d.releases = {kRelease.release};
    d.waves = {{2'000}, {10'000}};
    d.policy = {1h, 1h, 1h, 1h, 1h, 0};
    campaign_command(campaign::Create{campaign, "ann", d});
    campaign_command(campaign::Propose{campaign, "ann"});
    campaign_command(campaign::Approve{campaign, "bob", {}});
    campaign_command(campaign::Start{campaign, "ann"});
  }
  /// Each car that has a new offer installs it, restarts, and shows it.
  void answer_offers() {
    for (const auto& envelope : test_.envelopes(kVehicles))
      for (const auto& fact : envelope.facts) {
        if (fact.type != kOffered) continue;
        const auto event = wire::decode_vehicle_fact(fact.type, fact.schema_version, fact.payload);
        const auto& offer = std::get<vehicle::Offered>(*event);
        if (!answered_.insert(offer.command).second) continue;
        const auto car = offer.vehicle.bytes[0];
        for (const auto step :
             {vehicle::ReportedStep::kAccepted, vehicle::ReportedStep::kInstalled}) {
          vehicle::ReportStatus status{.vehicle = offer.vehicle, .command = offer.command};
          status.step = step;
          status.boot_count = step == vehicle::ReportedStep::kInstalled ? 2 : 0;
          report(car, RecordKind::kStatus, wire::encode_status_report(status));
        }
        vci(car, 2, 2);
      }
  }

  OwnerTest& test_;
  std::map<std::uint8_t, std::uint64_t> sequences_;
  std::uint8_t messages_ = 0;
  std::set<CommandId> answered_;
};

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
std::size_t count(OwnerTest& test, Partition partition, std::uint16_t type) {
  const auto facts = test.facts(partition);
  return static_cast<std::size_t>(
      std::count_if(facts.begin(), facts.end(), [&](const auto& f) { return f.type == type; }));
}
void expect_sound(OwnerTest& test) {
  for (const auto& partition : {kVehicles, kCampaigns, kCatalog}) {
    const auto live = test.live(partition), replayed = test.replayed(partition);
    EXPECT_EQ(live.next, replayed.next);
    EXPECT_EQ(to_hex(live.hash), to_hex(replayed.hash));
    Digest previous;
    std::uint64_t next = 0, position = 0, reacted = 0;
    for (const auto& envelope : test.envelopes(partition)) {
      EXPECT_EQ(envelope.sequence.value, next);
      EXPECT_EQ(envelope.previous, previous);
      const bool tick = std::holds_alternative<TickCause>(envelope.cause);
      EXPECT_EQ(envelope.position.value, position + (tick ? 0 : 1));
      EXPECT_GE(envelope.reacted_through, reacted);
      EXPECT_LE(envelope.reacted_through, next);
      previous = Digest{digest::sha256(test.store->events(partition)[next])};
      position = envelope.position.value;
      reacted = envelope.reacted_through;
      ++next;
    }
  }
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
  EXPECT_EQ(test.envelopes(kCatalog).size(), 1U);  // nothing is claimed, nothing new is reacted to
  EXPECT_EQ(count(test, kCampaigns, kCampaignReleaseNoted), 0U);
  test.kill();
  lost = false;
  test.run();
  const auto envelopes = test.envelopes(kCatalog);
  ASSERT_EQ(envelopes.size(), 2U);
  EXPECT_EQ(envelopes[0].reacted_through, 0U);
  EXPECT_EQ(envelopes[1].reacted_through, 1U);
  EXPECT_EQ(count(test, kVehicles, kReleaseNoted), 2U);
  EXPECT_EQ(count(test, kCampaigns, kCampaignReleaseNoted), 2U);
  EXPECT_EQ(count(test, kVehicles, kSatisfied), 1U);  // what it had taken before came once more
  expect_sound(test);
}

// --- ticks ---

TEST(Owner, TicksWaitUntilTheyAreAllowed) {
  OwnerTest test;
  test.ticks_allowed = false;
  Script(test).play();
  const auto ticks = [&] {
    const auto all = test.envelopes(kVehicles);
    return std::count_if(all.begin(), all.end(), [](const Envelope& envelope) {
      return std::holds_alternative<TickCause>(envelope.cause);
    });
  };
  EXPECT_EQ(ticks(), 0);
  test.ticks_allowed = true;
  test.move_time(2s);
  EXPECT_GT(ticks(), 0);
  expect_sound(test);
}

TEST(Owner, ATimeoutNeverBeatsAReportThatWaitsInTheInbox) {
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

TEST(Owner, NothingDueNothingWritten) {
  OwnerTest test;
  Script script(test);
  script.play();
  const auto before = test.envelopes(kVehicles).size();
  for (int hour = 0; hour < 10; ++hour) test.move_time(1h);
  EXPECT_EQ(test.envelopes(kVehicles).size(), before);
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
