// Properties of the fold, over random histories of a shard and one full history of each other
// machine: snapshots lose nothing, what is delivered twice counts once, and evolve takes anything.
#include <gtest/gtest.h>

#include <random>

#include "engine/core/campaign/state.hpp"
#include "engine/core/canonical.hpp"
#include "engine/core/catalog/state.hpp"
#include "engine/core/shard/state.hpp"
#include "engine/core/words.hpp"

namespace motorcade::core {
namespace {

using namespace words;
using shard::Shard;
using Events = std::vector<vehicle::Event>;

const core::Context kShard = context({Stream::kVehicle, 0});

template <Machine M>
std::string bytes_of(const typename M::State& state) {
  Writer out;
  M::write(out, state);
  return out.take();
}
template <Machine M>
void expect_round_trip(const typename M::State& state) {
  const auto bytes = bytes_of<M>(state);
  Reader in(bytes);
  const auto again = M::read(in, state.context);
  ASSERT_TRUE(again);
  EXPECT_EQ(bytes_of<M>(*again), bytes);
  // Indexes are made anew: they may be sharper than the live ones, which are early, never late.
  EXPECT_LE(M::next_deadline(state).value_or(Time::max()),
            M::next_deadline(*again).value_or(Time::max()));
  for (std::size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 200) {
    Reader cut(std::string_view(bytes).substr(0, size));
    EXPECT_FALSE(M::read(cut, state.context)) << "cut at " << size;
  }
}

/// Field by field: what the canonical bytes forget, they cannot show.
void expect_same(const shard::State& a, const shard::State& b) {
  ASSERT_EQ(a.vehicles.size(), b.vehicles.size());
  for (const auto& [vehicle_id, v] : a.vehicles) {
    const auto& w = b.vehicles.at(vehicle_id);
    EXPECT_TRUE(v.assignment == w.assignment && v.ended == w.ended && v.outbox == w.outbox);
    EXPECT_TRUE(v.verified_for == w.verified_for && v.configuration == w.configuration);
    EXPECT_TRUE(v.version == w.version && v.boot_count == w.boot_count && v.model == w.model);
    EXPECT_TRUE(v.registered == w.registered && v.year == w.year);
  }
  for (const auto& [campaign_id, c] : a.campaigns) {
    const auto& d = b.campaigns.at(campaign_id);
    EXPECT_TRUE(c.order == d.order && c.members == d.members && c.plans == d.plans);
    EXPECT_TRUE(c.counts == d.counts && c.wave_ends == d.wave_ends && c.version == d.version);
    EXPECT_TRUE(c.scan_from == d.scan_from && c.offered == d.offered && c.surveyed == d.surveyed);
    EXPECT_TRUE(c.wait_until == d.wait_until);
    EXPECT_TRUE(c.contradicted == d.contradicted && c.survey_chunks == d.survey_chunks);
  }
  EXPECT_TRUE(a.configurations == b.configurations && a.sources == b.sources);
}

struct Record {
  Cause cause;
  vehicle::Command command;
};

/// What an owner does with a record, without a log.
Events deliver(shard::State& state, const Record& record, Time now) {
  const auto taken = Shard::check(record.cause, state);
  Shard::take(record.cause, state);
  Events facts;
  if (taken != Taken::kFresh) {
    facts = {Shard::not_taken(record.cause, taken)};
  } else if (auto decided = Shard::decide(record.command, now, state); !decided) {
    facts = {Shard::refused(record.command, decided.error())};
  } else {
    facts = decided->empty() ? Events{Shard::already_satisfied()} : *std::move(decided);
  }
  for (const auto& fact : facts) Shard::evolve(state, fact);
  return facts;
}
Events tick(shard::State& state, Time now) {
  Shard::maintain(state, now);
  auto facts = Shard::decide(vehicle::AdvanceTime{}, now, state).value_or(Events{});
  for (const auto& fact : facts) Shard::evolve(state, fact);
  return facts;
}

/// A random history: cars that report whatever they like, two campaigns, a catalog.
class History {
 public:
  explicit History(std::uint32_t seed) : random_(seed) {}

  Record next(const shard::State& state) {
    switch (random_() % 8) {
      case 0:
        return vci();
      case 1:
        return message(vehicle::TakeOrder{order()});
      case 2:
        return message(vehicle::NotePackage{
            key_of(plan_package(configuration({1, one_of(2), 0}), {release()})),
            one_of(3) == 0 ? std::optional<Artifact>() : artifact(), "no disk"});
      case 3:
        return message(vehicle::NoteRelease{release(), 1 + one_of(2), one_of(40) == 0});
      default:
        return status(state);
    }
  }
  std::uint32_t one_of(std::uint32_t count) { return random_() % count; }

 private:
  Record vci() {
    const auto car = one_of(kCars);
    const SemanticVersion shown =
        one_of(3) == 0 ? SemanticVersion{2, 0, 0} : SemanticVersion{1, one_of(2), 0};
    return report(car, vehicle::ReportVci{vehicle_id(car), "M1", 2024, "VMG-1", "",
                                          boot_ += one_of(2), configuration(shown)});
  }
  Record status(const shard::State& state) {
    const auto car = one_of(kCars);
    const auto* known = state.find(vehicle_id(car));
    vehicle::ReportStatus made{.vehicle = vehicle_id(car), .boot_count = boot_, .ecus = {}};
    if (known != nullptr && known->assignment) made.command = known->assignment->command;
    made.step = static_cast<vehicle::ReportedStep>(1 + one_of(14));
    return report(car, made);
  }
  Record report(std::uint32_t car, vehicle::Command command) {
    const ReportPlace place{1, id<OutboxId>(car), ++reports_[car]};
    return {ReportCause{id<MessageId>(++messages_), vehicle_id(car), place}, std::move(command)};
  }
  Record message(vehicle::Command command) {
    const InternalMessageId here{{Stream::kCampaign, 0}, {++sent_}, 0};
    const auto previous = std::exchange(previous_, here);
    return {MessageCause{kShard.incarnation, here, previous}, std::move(command)};
  }
  Order order() {
    const auto campaign = id<CampaignId>(1 + one_of(2));
    const auto generation = ++generations_[campaign];
    Order made{campaign, {generation}, OrderPhase::kSurvey,
               {},       {release()},  policy(campaign == kUrgent),
               42,       {},           1'000};
    if (generation == 1) return made;
    constexpr OrderPhase phases[] = {OrderPhase::kRun, OrderPhase::kRun, OrderPhase::kPaused,
                                     OrderPhase::kAborted, OrderPhase::kClosed};
    made.phase = phases[one_of(generation < 4 ? 2 : 5)];
    const auto attempt = one_of(8) == 0 ? 0 : static_cast<std::uint32_t>(generation);
    made.waves = {{{~std::uint64_t{0} / 2, {}}, attempt}};
    if (one_of(2) == 0) made.waves.push_back({{~std::uint64_t{0}, {}}, 1});
    return made;
  }
  static VehicleId vehicle_id(std::uint32_t car) { return id<VehicleId>(100 + car); }

  static constexpr std::uint32_t kCars = 12;
  std::mt19937 random_;
  std::map<std::uint32_t, std::uint64_t> reports_;
  std::map<CampaignId, std::uint64_t> generations_;
  std::optional<InternalMessageId> previous_;
  std::uint64_t sent_ = 0;
  std::uint32_t messages_ = 0;
  std::uint64_t boot_ = 1;
};

Events without_satisfied(Events facts) {
  std::erase(facts, vehicle::Event(vehicle::AlreadySatisfied{}));
  return facts;
}
void append(Events& all, const Events& some) {
  all.insert(all.end(), some.begin(), some.end());
}

TEST(ShardFold, WhatIsDeliveredTwiceCountsOnce) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    History history(seed);
    auto once = Shard::initial(kShard), twice = once;
    Events facts_once, facts_twice;
    std::vector<Record> past;
    for (int step = 0; step < 400; ++step) {
      const auto now = kNoon + step * 1min;
      const auto record = history.next(once);
      past.push_back(record);
      append(facts_once, without_satisfied(deliver(once, record, now)));
      append(facts_twice, without_satisfied(deliver(twice, record, now)));
      const auto& again = past[history.one_of(static_cast<std::uint32_t>(past.size()))];
      EXPECT_EQ(deliver(twice, again, now), Events{vehicle::AlreadySatisfied{}});
      append(facts_once, tick(once, now));
      append(facts_twice, tick(twice, now));
    }
    EXPECT_EQ(facts_once, facts_twice) << "seed " << seed;
    EXPECT_EQ(bytes_of<Shard>(once), bytes_of<Shard>(twice)) << "seed " << seed;
    EXPECT_GT(facts_once.size(), 200U);
  }
}

TEST(ShardFold, SnapshotsLoseNothingAndGoOnAlike) {
  std::set<std::size_t> kinds;
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    History history(seed);
    auto live = Shard::initial(kShard);
    std::optional<shard::State> restored;
    for (int step = 0; step < 400; ++step) {
      const auto now = kNoon + step * 1min;
      auto facts = deliver(live, history.next(live), now);
      append(facts, tick(live, now));
      for (const auto& fact : facts) kinds.insert(fact.index());
      if (step % 40 == 0) {
        const auto bytes = bytes_of<Shard>(live);
        Reader in(bytes);
        expect_same(live, *Shard::read(in, kShard));
      }
      if (step == 150) {
        expect_round_trip<Shard>(live);
        const auto bytes = bytes_of<Shard>(live);
        Reader in(bytes);
        restored = Shard::read(in, kShard);
        ASSERT_TRUE(restored);
        expect_same(live, *restored);
      } else if (restored) {
        for (const auto& fact : facts) Shard::evolve(*restored, fact);
      }
    }
    for (auto& [vehicle_id, vehicle] : restored->vehicles) {
      vehicle.outbox = live.find(vehicle_id)->outbox;  // only facts were folded, no causes
      vehicle.vci_sequence = live.find(vehicle_id)->vci_sequence;
    }
    restored->sources = live.sources;
    EXPECT_EQ(bytes_of<Shard>(*restored), bytes_of<Shard>(live)) << "seed " << seed;
  }
  EXPECT_GE(kinds.size(), std::variant_size_v<vehicle::Event> - 2)
      << "the histories are too tame: facts of few kinds";
}

TEST(ShardFold, EveryMemberIsInExactlyOneCount) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    History history(seed);
    auto state = Shard::initial(kShard);
    for (int step = 0; step < 400; ++step) {
      const auto now = kNoon + step * 1min;
      deliver(state, history.next(state), now);
      tick(state, now);
    }
    for (const auto& [campaign_id, campaign] : state.campaigns) {
      if (campaign.members.empty()) continue;  // over: its counts are what is left of it
      std::uint64_t counted = 0, reached = 0;
      for (const auto& counts : campaign.counts)
        counted += counts.executed() + counts.in_progress + counts.unreached;
      for (const auto& member : campaign.members)
        if (member.standing != shard::Standing::kWaiting) ++reached;
      EXPECT_EQ(counted, reached) << "seed " << seed;
    }
  }
}

TEST(ShardFold, EvolveTakesFactsInAnyOrder) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    History history(seed);
    auto live = Shard::initial(kShard);
    Events facts;
    for (int step = 0; step < 200; ++step) {
      append(facts, deliver(live, history.next(live), kNoon + step * 1min));
      append(facts, tick(live, kNoon + step * 1min));
    }
    std::shuffle(facts.begin(), facts.end(), std::mt19937(seed));
    auto shuffled = Shard::initial(kShard);
    for (const auto& fact : facts) Shard::evolve(shuffled, fact);
    EXPECT_FALSE(bytes_of<Shard>(shuffled).empty());
  }
}

TEST(CampaignFold, ASnapshotHoldsEverything) {
  using namespace campaign;
  using campaigns::Campaigns;
  auto state = Campaigns::initial(context({Stream::kCampaign, 0}));
  state.sources.highest[{Stream::kVehicle, 1}] = {{Stream::kVehicle, 1}, {4}, 2};
  campaign::Definition d{"brakes",
                         42,
                         {id<ReleaseId>(1)},
                         {"M1", 2020, 2026, {kCar}},
                         {{1'000}, {10'000}},
                         {9'500, 1'000, 3, 30min},
                         policy(3)};
  const Partition shard{Stream::kVehicle, 0};
  const WaveCounts counts{1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<campaign::Event> history{
      campaign::ReleaseNoted{release(), 2, true},
      CampaignCreated{kCampaign, "ann", d, {release()}, id<Digest>(3)},
      CampaignProposed{kCampaign, "carl"},
      CampaignApproved{kCampaign, "bob", id<Digest>(3)},
      CampaignStarted{kCampaign, "ann", {1}, kNoon},
      SurveyTaken{{kCampaign, shard, 0, true, {{5, kCar}}}}};
  for (const auto& event : history) Campaigns::evolve(state, event);
  expect_round_trip<Campaigns>(state);  // the survey's matches are there
  const std::vector<campaign::Event> more{
      WavesPlanned{kCampaign, {{1, {5, kCar}}, {0, {5, kCar}}}}, WaveOpened{kCampaign, {1}, 2, {2}},
      TallyTaken{{kCampaign, shard, {9}, {2}, 1, 1, {counts}}}, WaveSoaking{kCampaign, {1}, kNoon}};
  for (const auto& event : more) Campaigns::evolve(state, event);
  expect_round_trip<Campaigns>(state);
  Campaigns::evolve(state, WaveHeld{kCampaign, {1}, HoldReason::kFailureGate, {}, {3}});
  expect_round_trip<Campaigns>(state);
}

TEST(CatalogFold, ASnapshotHoldsEverything) {
  using namespace catalog;
  using catalogs::Catalog;
  auto state = Catalog::initial(context({Stream::kCatalog, 0}));
  state.sources.highest[{Stream::kVehicle, 1}] = {{Stream::kVehicle, 1}, {4}, 2};
  const auto content = plan_package(configuration({1, 0, 0}), {release()});
  const auto other = id<PackageKey>(5);
  const std::vector<catalog::Event> history{
      ReleaseUploaded{release(), "f", "n", "rita", 1},
      ReleaseDeprecated{id<ReleaseId>(1), "rita", "bad", 2},
      TargetApproved{"ECU_001", "BRAKE", {2, 0, 0}, "bob"},
      PackageRequested{key_of(content), content, 2, Partition{Stream::kVehicle, 0}},
      WaiterAdded{key_of(content), {Stream::kVehicle, 1}},
      PackageBuilt{key_of(content), artifact()},
      PackageRequested{other, content, 1, std::nullopt},
      PackageFailed{other, "no disk"}};
  for (const auto& event : history) Catalog::evolve(state, event);
  expect_round_trip<Catalog>(state);
}

}  // namespace
}  // namespace motorcade::core
