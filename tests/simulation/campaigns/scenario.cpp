#include "simulation/campaigns/scenario.hpp"

#include "simulation/story.hpp"

namespace motorcade::simulation {

using namespace std::chrono_literals;
using core::campaigns::Phase;
namespace {
constexpr std::uint64_t kSeed = 42;
constexpr Duration kLongest = 48h;

campaign::Definition define(const Asked& asked, const ReleaseId& release) {
  campaign::Definition d;
  d.name = "brakes";
  d.seed = kSeed;
  d.releases = {release};
  d.filter.model = asked.model;
  for (const auto percent : asked.cumulative_percent) d.waves.push_back({percent * 100});
  d.gate = asked.gate;
  d.policy = asked.policy;
  return d;
}
}  // namespace

Scenario::Scenario(Asked asked)
    : world(asked.counts, Dice(kSeed)), asked_(std::move(asked)), operator_(world, Dice(kSeed)) {
  release = {{}, "BRAKE", "", {2, 0, 0}, {}, 4096};
  release.release.bytes[0] = release.image.bytes[0] = 1;
  world.options = [this](std::size_t) {
    EngineOptions options;
    options.faults.append = [this](Partition to, Sequence, std::size_t) {
      const bool down = partition_is_down && to == Partition{Stream::kVehicle, 0};
      return memory::AppendFate{down ? memory::AppendFault::kAborted : memory::AppendFault::kNone,
                                0};
    };
    if (log_takes_time)
      options.faults.before = [this] {
        return world.clock.sleep_until(world.clock.now() + world.dice.between(50us, 500us));
      };
    options.owner.snapshot_every = 2'000;
    return options;
  };
  world.watcher.keep_vehicle_facts = true;
  operator_.releases = {release};
  operator_.plans = {{.id = id, .definition = define(asked_, release.release)}};
  operator_.plans.front().leaves_held = operator_.plans.front().leaves_paused = true;
  plan_fleet();
}

void Scenario::plan_fleet() {
  std::vector<std::pair<Ranked, LightVehicle*>> order;
  for (std::size_t n = 0; n < asked_.vehicles; ++n) {
    Configuration shown{{{"ZG_CHASSIS", "ZG-1", {{"ECU_006", "BRAKE", "HW-A", {1, 0, 0}}}}}};
    fleet_.push_back(std::make_unique<LightVehicle>(world.clock, world.broker, world.artifacts,
                                                    "S1M" + std::to_string(10'000'000'000'000 + n),
                                                    std::move(shown)));
    const auto vehicle = *world.keys.identify(fleet_.back()->vin());
    order.push_back({{core::shard::rank_of(kSeed, vehicle), vehicle}, fleet_.back().get()});
  }
  std::sort(order.begin(), order.end());
  for (const auto& [rank, vehicle] : order) ranked_.push_back(vehicle);
  ends_of_waves_ = {0};
  for (const auto percent : asked_.cumulative_percent)
    ends_of_waves_.push_back((2 * ranked_.size() * percent + 100) / 200);  // half up
  for (std::size_t w = 1; w < ends_of_waves_.size(); ++w)
    for (auto i = ends_of_waves_[w - 1]; i < ends_of_waves_[w]; ++i)
      ranked_[i]->pace.answer += asked_.one_by_one * static_cast<int>(i - ends_of_waves_[w - 1]);
}

std::vector<LightVehicle*> Scenario::wave(std::size_t number) {
  const auto at = [&](std::size_t w) {
    return ranked_.begin() + static_cast<std::ptrdiff_t>(ends_of_waves_[w]);
  };
  return {at(number - 1), at(number)};
}

void Scenario::behave(std::size_t number, std::size_t from, std::size_t count,
                      Behaviour behaviour) {
  const auto members = wave(number);
  for (auto i = from; i < from + count; ++i) members.at(i)->behaviour = behaviour;
}

void Scenario::when(std::string sentence, std::function<void()> act, Duration after) {
  cues_.push_back({std::move(sentence), std::move(act), after});
}

CampaignId Scenario::start_another(std::uint32_t priority, Duration patience) {
  const CampaignId other{{2}};
  auto definition = define(asked_, release.release);
  definition.policy = {patience, patience, patience, patience, patience, priority};
  operator_.plans.push_back({.id = other, .definition = std::move(definition)});
  operator_.plans.back().leaves_held = true;
  return other;
}

// --- its course ---

void Scenario::tells(const Story& expected) {
  runs();
  EXPECT_EQ(story(id), expected);
}

void Scenario::runs() {
  world.start_engine();
  for (auto& vehicle : fleet_)
    world.clock.after(world.dice.between(0s, 1min), [raw = vehicle.get()] { raw->show(); });
  world.clock.after(2min, [this] { operator_.begin(); });
  world.clock.after(2min, [this] { look(); });
  EXPECT_TRUE(world.run(world.clock.now() + kLongest) || !world.problems().empty())
      << "it does not end";
  check_promises();
  for (const auto& cue : cues_) ADD_FAILURE() << "never came to: " << cue.sentence;
}

/// Every few seconds: what was waited for is done, and whether all is over.
void Scenario::look() {
  world.watcher.look();
  const auto told = story_of(world.watcher.story(), id);
  for (; seen_ < told.size(); ++seen_)
    for (std::size_t c = 0; c < cues_.size(); ++c)
      if (told[seen_].starts_with(cues_[c].sentence)) {
        ++open_cues_;
        world.clock.after(cues_[c].after, [this, act = cues_[c].act] {
          act();
          --open_cues_;
          rest_until_ = world.clock.now() + 1min;  // what was asked for takes its time
        });
        cues_.erase(cues_.begin() + static_cast<std::ptrdiff_t>(c--));
      }
  if (is_over()) return world.finish();
  world.clock.after(4s, [this] { look(); });
}

/// All campaigns have ended or are held, nobody is asked for anything, and all that was reported is
/// acknowledged. Then nothing happens any more, whatever time passes.
bool Scenario::is_over() {
  if (!cues_.empty() || open_cues_ > 0 || world.clock.now() < rest_until_ || !operator_.done())
    return false;
  for (const auto& vehicle : fleet_)
    if (!vehicle->is_heard()) return false;
  for (std::uint16_t n = 0; n < world.watcher.shards(); ++n)
    for (const auto& [vehicle_id, vehicle] : world.watcher.shard(n).vehicles)
      if (vehicle.assignment && vehicle.assignment->deadline != Time{}) return false;
  return true;
}

void Scenario::check_promises() {
  if (world.problems().empty()) world.check_states();
  for (const auto& problem : world.problems()) ADD_FAILURE() << problem;
  for (const auto& vehicle : fleet_) {
    const auto& facts = world.watcher.reports(*world.keys.identify(vehicle->vin()));
    bool once = facts.size() == vehicle->reports();
    for (const auto& [place, count] : facts) once &= count == 1;
    EXPECT_TRUE(once) << vehicle->vin() << ": not one fact for each report";
  }
}

// --- what it came to ---

Scenario::Story Scenario::story(const CampaignId& campaign) {
  auto all = story_of(world.watcher.story(), campaign);
  all.erase(all.begin(), std::find(all.begin(), all.end(), "started"));
  return all;
}

std::string Scenario::outcome(const CampaignId& campaign) {
  WaveCounts c;  // what a campaign that is over keeps of its members
  for (std::uint16_t n = 0; n < world.watcher.shards(); ++n) {
    const auto& campaigns = world.watcher.shard(n).campaigns;
    const auto found = campaigns.find(campaign);
    if (found == campaigns.end()) continue;
    for (const auto& wave : found->second.counts) c += wave;
  }
  const auto reached = c.in_progress + c.executed() + c.unreached;
  const std::pair<std::uint64_t, const char*> all[] = {
      {world.watcher.matched(campaign).size() - reached, " waiting"},
      {c.in_progress, " active"},
      {c.verified, " verified"},
      {c.failed, " failed"},
      {c.rolled_back, " rolled back"},
      {c.declined, " declined"},
      {c.timed_out, " timed out"},
      {c.cancelled, " cancelled"},
      {c.unreached, " unreached"}};
  std::string text;
  for (const auto& [count, name] : all)
    if (count > 0) text += (text.empty() ? "" : ", ") + std::to_string(count) + name;
  return text;
}

std::size_t Scenario::offers() const {
  const auto& facts = world.watcher.vehicle_facts();
  return static_cast<std::size_t>(std::count_if(facts.begin(), facts.end(), [](const auto& fact) {
    return std::holds_alternative<vehicle::Offered>(fact);
  }));
}

std::map<std::string, std::size_t> Scenario::ends() const {
  std::map<std::string, std::size_t> counted;
  for (const auto& fact : world.watcher.vehicle_facts())
    if (const auto* e = std::get_if<vehicle::AssignmentEnded>(&fact)) ++counted[e->detail];
  return counted;
}

}  // namespace motorcade::simulation
