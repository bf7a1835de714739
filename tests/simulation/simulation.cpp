#include "simulation/simulation.hpp"

#include "simulation/story.hpp"

namespace motorcade::simulation {

using namespace std::chrono_literals;
using core::campaigns::Phase;
namespace {
constexpr Duration kLongest = 96h;

ReleaseTarget release_of(std::uint8_t number, std::string ecu_type) {
  ReleaseTarget target{{}, std::move(ecu_type), "", {2, 0, 0}, {}, 4096};
  target.release.bytes[0] = target.image.bytes[0] = number;
  return target;
}

PartitionCounts counts_of(Dice& dice) {
  return {static_cast<std::uint16_t>(dice.between(1, 3)),
          static_cast<std::uint16_t>(dice.between(1, 2)),
          static_cast<std::uint16_t>(dice.between(1, 2))};
}
}  // namespace

Simulation::Simulation(std::uint64_t seed)
    : dice_(seed),
      world_(counts_of(dice_), dice_.split()),
      chaos_(world_, dice_.split()),
      operator_(world_, dice_.split()) {
  if (dice_.chance(700))
    world_.broker.faults = {dice_.below(150), dice_.below(100), dice_.below(200)};
  plan_fleet();
  plan_campaigns();
}

Simulation::~Simulation() = default;

void Simulation::plan_fleet() {
  const auto size = dice_.between(3, 20);
  const bool power_cuts = dice_.chance(500), bad_links = dice_.chance(500),
             bad_ecus = dice_.chance(400), consent = dice_.chance(200);
  for (std::uint64_t n = 0; n < size; ++n) {
    VehicleTraits traits;
    traits.vin = "S1M" + std::to_string(10'000'000'000'000 + n);
    const std::string hardware = dice_.chance(300) ? "HW-B" : "HW-A";
    traits.configuration.zones = {
        {"ZG_BODY", "ZG-1", {{"ECU_011", "LAMP", hardware, {1, 0, 0}}}},
        {"ZG_CHASSIS",
         "ZG-1",
         {{"ECU_006", "BRAKE", "HW-A", {1, 0, 0}}, {"ECU_007", "BRAKE", hardware, {1, 0, 0}}}}};
    if (bad_ecus && dice_.chance(150)) traits.bad_flash.insert("ECU_007");
    if (bad_ecus && dice_.chance(150)) traits.bad_boot.insert("ECU_006");
    traits.asks_consent = consent && dice_.chance(500);
    traits.declines = dice_.chance(100);
    traits.needs_readiness = dice_.chance(100);
    fleet_.push_back(std::make_unique<VmgVehicle>(
        world_.clock, world_.broker, world_.artifacts, traits, dice_.split(),
        [this](std::string what) { world_.problem(std::move(what)); }));
    auto& faults = fleet_.back()->faults;
    if (power_cuts) faults.power_cut = dice_.below(40);
    if (bad_links) faults = {faults.power_cut, dice_.below(100), dice_.below(100), dice_.below(30)};
  }
}

campaign::Definition Simulation::define(std::vector<ReleaseId> releases) {
  campaign::Definition d;
  d.name = "brakes";
  d.seed = dice_.below(1'000'000);
  d.releases = std::move(releases);
  d.waves = dice_.one_of<std::vector<campaign::WavePlan>>(
      {{{10'000}}, {{1'000}, {5'000}, {10'000}}, {{3'333}, {6'667}, {10'000}}, {{500}, {10'000}}});
  d.gate.success_basis_points = static_cast<std::uint32_t>(dice_.between(3'000, 10'000));
  d.gate.failure_basis_points = static_cast<std::uint32_t>(dice_.between(1'000, 8'000));
  d.gate.minimum_executed = static_cast<std::uint32_t>(dice_.between(1, 5));
  d.gate.soak = dice_.chance(300) ? dice_.between(1min, 30min) : 0s;
  const auto some = [&] { return dice_.chance(800) ? 2h : dice_.between(2min, 20min); };
  d.policy = {some(), some(), some(), some(), some(), dice_.chance(500) ? 1U : 0U};
  return d;
}

void Simulation::plan_campaigns() {
  const auto brakes = release_of(1, "BRAKE"), lamps = release_of(2, "LAMP");
  operator_.releases = {brakes, lamps};
  CampaignPlan first{dice_.id<CampaignId>(), define({brakes.release})};
  if (dice_.chance(200)) first.most_pauses = 4;
  if (dice_.chance(50)) first.aborts = 50;
  first.leaves_held = dice_.chance(300);
  operator_.plans = {first};
  if (dice_.chance(50)) operator_.deprecates = brakes.release;
  if (dice_.chance(300)) {
    operator_.plans.front().leaves_held = false;  // the other might wait for it
    operator_.plans.push_back(
        {dice_.id<CampaignId>(), define({dice_.chance(500) ? lamps.release : brakes.release})});
  }
}

// --- its course ---

std::vector<std::string> Simulation::run() {
  auto& clock = world_.clock;
  chaos_.begin();
  for (auto& vehicle : fleet_)
    clock.after(dice_.between(1s, 2min), [raw = vehicle.get()] { raw->boot(); });
  clock.after(dice_.between(2min, 6min), [this] { operator_.begin(); });
  clock.after(dice_.between(20min, 4h), [this] { become_calm(); });
  if (dice_.chance(150))
    clock.after(dice_.between(30min, 2h), [this] { fleet_.front()->service({1, 0, 0}); });
  clock.after(5min, [this] { look_whether_it_is_over(); });
  if (!world_.run(clock.now() + kLongest) && world_.problems().empty())
    world_.problem("it does not end: " + describe());
  if (world_.problems().empty()) judge();
  return world_.problems();
}

void Simulation::become_calm() {
  if (std::exchange(calm_, true)) return;
  chaos_.end();
  world_.broker.faults = {};
  for (auto& vehicle : fleet_) vehicle->faults = {};
}

void Simulation::look_whether_it_is_over() {
  world_.watcher.look();
  if (operator_.done()) {
    become_calm();
    std::uint64_t envelopes = 0;
    for (const auto& state : world_.watcher.states()) envelopes += state.next.value;
    if (std::exchange(at_rest_after_, envelopes) == envelopes && at_rest()) return world_.finish();
  }
  world_.clock.after(30s, [this] { look_whether_it_is_over(); });
}

/// Held with its campaign: nothing is said to it any more, and no time runs.
bool Simulation::rests(const core::shard::State& state, const core::Assignment& a) const {
  const bool held =
      state.campaigns.at(a.campaign).order.phase == OrderPhase::kPaused && a.deadline == Time{};
  return held && (!a.open_command || a.open_expires_at <= world_.clock.now());
}

/// Nobody waits for anything but what a held campaign holds.
bool Simulation::at_rest() {
  if (world_.engines() != 1) return false;
  for (const auto& vehicle : fleet_)
    if (!vehicle->at_rest()) return false;
  for (std::uint16_t n = 0; n < world_.watcher.shards(); ++n) {
    const auto& state = world_.watcher.shard(n);
    for (const auto& [id, campaign] : state.campaigns)
      if (core::shard::has_work(campaign)) return false;
    for (const auto& [key, package] : state.packages)
      if (!package.artifact && !package.failed) return false;
    for (const auto& [id, vehicle] : state.vehicles)
      if (vehicle.assignment && !rests(state, *vehicle.assignment)) return false;
  }
  return true;
}

std::string Simulation::describe() {
  world_.watcher.look();
  std::string text = chaos_.describe();
  for (const auto& plan : operator_.plans) {
    const auto* campaign = world_.watcher.campaign(plan.id);
    text +=
        "\n  campaign: " + (campaign == nullptr ? "none" : std::string(to_string(campaign->phase)));
    for (const auto& line : story_of(world_.watcher.story(), plan.id)) text += "\n    " + line;
  }
  for (const auto& vehicle : fleet_) {
    text += "\n  " + vehicle->describe();
    const auto* known = world_.watcher.vehicle(*world_.keys.identify(vehicle->traits().vin));
    if (known != nullptr && known->assignment)
      text += "; engine: " + std::string(core::to_string(known->assignment->step)) +
              (known->assignment->paused ? ", paused" : "") +
              (known->assignment->open_command ? ", a command is open" : "");
  }
  return text;
}

Digest Simulation::trace() {
  digest::CanonicalWriter out;
  for (const auto& state : world_.watcher.states()) {
    out.u64(state.next.value);
    out.raw(state.hash.view());
    const auto& events = world_.store->events(state.partition);
    if (!events.empty()) out.raw(Digest{digest::sha256(events.back())}.view());
  }
  return Digest{digest::sha256(out.bytes())};
}

// --- its promises ---

void Simulation::judge() {
  world_.check_states();
  for (const auto& plan : operator_.plans) judge_campaign(plan);
  for (const auto& vehicle : fleet_) {
    judge_reports(*vehicle);
    judge_versions(*vehicle);
  }
}

/// Ended, or held for a reason; and each wave of exactly the size asked for.
void Simulation::judge_campaign(const CampaignPlan& plan) {
  const auto* campaign = world_.watcher.campaign(plan.id);
  if (campaign == nullptr) return world_.problem("a campaign was lost");
  const bool held = campaign->phase == Phase::kHeld && campaign->held_for != campaign::HoldReason{};
  if (!held && campaign->phase != Phase::kCompleted && campaign->phase != Phase::kAborted)
    world_.problem("a campaign is " + std::string(to_string(campaign->phase)));
  if (!campaign->waves.empty()) judge_waves(plan, *campaign);
}

void Simulation::judge_waves(const CampaignPlan& plan, const core::campaigns::Campaign& campaign) {
  auto members = world_.watcher.matched(plan.id);
  std::sort(members.begin(), members.end());
  std::uint64_t before = 0;
  for (std::size_t w = 0; w < campaign.waves.size(); ++w) {
    const auto& wave = campaign.waves[w];
    // cumulative, half up, in exact integers
    const auto share = plan.definition.waves[w].cumulative_basis_points;
    const auto through = (2 * members.size() * share + 10'000) / 20'000;
    const auto name = "wave " + std::to_string(w + 1);
    if (wave.size != through - before) world_.problem(name + " has not the size asked for");
    std::set<VehicleId> expected;
    for (auto i = before; i < through && i < members.size(); ++i)
      expected.insert(members[i].vehicle);
    const auto& reached =
        world_.watcher.members(plan.id, static_cast<std::uint32_t>(w + 1)).reached;
    if (!std::includes(expected.begin(), expected.end(), reached.begin(), reached.end()))
      world_.problem(name + " reached vehicles of another wave");
    const auto counts = core::campaigns::counts_of(campaign, w);
    if (wave.phase == core::campaigns::WavePhase::kPassed &&
        counts.executed() + counts.unreached != wave.size)
      world_.problem(name + " passed, and of its " + std::to_string(wave.size) + " members " +
                     std::to_string(counts.executed()) + " are executed");
    before = through;
  }
}

/// Every report that a vehicle ever numbered left exactly one fact, and nothing else did.
void Simulation::judge_reports(VmgVehicle& vehicle) {
  auto facts = world_.watcher.reports(*world_.keys.identify(vehicle.traits().vin));
  for (const auto& place : vehicle.reported()) {
    const auto found = facts.find(place);
    const auto what = vehicle.traits().vin + ": report " + std::to_string(place.sequence);
    if (found == facts.end() || found->second == 0)
      world_.problem(what + " was acknowledged, and is not in the log");
    else if (found->second > 1)
      world_.problem(what + " is in the log twice");
    if (found != facts.end()) facts.erase(found);
  }
  if (!facts.empty()) world_.problem(vehicle.traits().vin + ": the log has reports of nobody");
}

/// The last configuration in the log is the vehicle's.
void Simulation::judge_versions(VmgVehicle& vehicle) {
  const auto id = *world_.keys.identify(vehicle.traits().vin);
  const auto* known = world_.watcher.vehicle(id);
  if (known == nullptr) return world_.problem(vehicle.traits().vin + " is not known");
  const auto shard = partition_of(id, static_cast<std::uint16_t>(world_.watcher.shards()));
  const auto& configurations = world_.watcher.shard(shard).configurations;
  const auto found = configurations.find(known->configuration);
  if (found == configurations.end() || found->second != vehicle.configuration())
    world_.problem(vehicle.traits().vin + ": the log has another configuration");
}

}  // namespace motorcade::simulation
