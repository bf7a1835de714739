#include "simulation/world.hpp"

#include "events/wire/json_notices.hpp"

namespace motorcade::simulation {

namespace {
constexpr std::size_t kMostStepsOfAnInstant = 5'000'000;
}

World::World(PartitionCounts counts, Dice all)
    : store(std::make_shared<memory::Store>(ports::LogBirth{{{7}}, counts})),
      broker(clock, all.split()),
      watcher(store),
      dice(std::move(all)) {
  broker.on_ack = [this](const std::string& vin, const std::string& body) {
    check_acknowledgement(vin, body);
  };
}

void World::start_engine() {
  const auto number = started_++;
  const Grounds grounds{clock, store, snapshots, checkpoints, keys, artifacts, broker};
  engines_.push_back(std::make_unique<Engine>(grounds, options(number), dice.split()));
  numbers_[engines_.back().get()] = number;
}

Engine* World::process(std::size_t number) {
  for (const auto& engine : engines_)
    if (numbers_[engine.get()] == number) return engine.get();
  return nullptr;
}

bool World::run(Time end) {
  finished_ = false;
  while (problems_.empty()) {
    settle();
    if (!watcher.problems().empty()) problems_ = watcher.problems();
    if (finished_ || !problems_.empty()) break;
    if (!clock.jump(end)) return false;
  }
  return problems_.empty();
}

/// Until nothing moves; then the dead are buried.
void World::settle() {
  std::size_t steps = 0;
  for (std::size_t moved = 1; moved > 0;) {
    moved = 0;
    for (const auto& engine : engines_) moved += engine->poll(kMostStepsOfAnInstant);
    steps += moved;
    if (steps > kMostStepsOfAnInstant) return problem("the engine does not come to rest");
  }
  std::erase_if(engines_, [this](const auto& engine) {
    const bool gone = !engine->alive() || engine->ended();
    if (gone) numbers_.erase(engine.get());
    return gone;
  });
}

void World::request(const campaign::Command& command, const CampaignId& campaign) {
  if (auto* engine = newest(); engine != nullptr) engine->request(command, campaign);
}

void World::request(const catalog::Command& command, const std::string& ecu_type) {
  if (auto* engine = newest(); engine != nullptr) engine->request(command, ecu_type);
}

namespace {
bool covers(const core::OutboxCursor& cursor, std::uint64_t sequence) {
  if (sequence <= cursor.contiguous) return true;
  const auto bit = sequence - cursor.contiguous - 1;
  return bit < core::OutboxCursor::kWindow && (cursor.bitmap >> bit & 1) != 0;
}
}  // namespace

/// Durable before acknowledged: nothing is covered that the stored envelopes do not hold.
void World::check_acknowledgement(const std::string& vin, const std::string& body) {
  watcher.look();
  const auto ack = wire::decode_ack(body);
  const auto* vehicle = watcher.vehicle(*keys.identify(vin));
  if (!ack || vehicle == nullptr) return problem(vin + ": an acknowledgement of nothing");
  const auto& cursor = vehicle->outbox;
  if (ack->epoch < cursor.epoch) return;  // of an outbox that has been replaced since
  bool held = ack->epoch == cursor.epoch && ack->outbox == cursor.outbox &&
              (ack->contiguous == 0 || covers(cursor, ack->contiguous));
  for (std::uint64_t bit = 0; bit < core::OutboxCursor::kWindow; ++bit)
    if ((ack->bitmap >> bit & 1) != 0) held &= covers(cursor, ack->contiguous + 1 + bit);
  if (!held) problem(vin + ": acknowledged before it was committed");
}

void World::check_states() {
  std::optional<std::vector<ports::OwnerState>> live;
  if (newest() == nullptr) return problem("no engine runs at the end");
  newest()->probe([&](std::vector<ports::OwnerState> states) {
    live = std::move(states);
    finish();
  });
  run(clock.now() + std::chrono::minutes(1));
  watcher.look();
  if (!live) return problem("the owners do not answer");
  const auto replayed = watcher.states();
  for (std::size_t i = 0; i < replayed.size(); ++i)
    if ((*live)[i].next != replayed[i].next || (*live)[i].hash != replayed[i].hash)
      problem(to_string(replayed[i].partition) + ": the live state after " +
              std::to_string((*live)[i].next.value) +
              " envelopes is not the replayed state after " +
              std::to_string(replayed[i].next.value));
  check_snapshots(replayed);
}

/// From the newest snapshot of each partition, and from an older one.
void World::check_snapshots(const std::vector<ports::OwnerState>& replayed) {
  for (const auto& state : replayed) {
    std::vector<const ports::Snapshot*> all;
    for (const auto& [place, snapshot] : snapshots.kept)
      if (place.first == state.partition) all.push_back(&snapshot);
    if (all.empty()) continue;
    for (const auto* snapshot : {all.back(), all[dice.below(all.size())]}) {
      const auto from = replay_from(*snapshot, *store);
      if (!from || from->hash != state.hash)
        problem(to_string(state.partition) + ": replay from the snapshot at " +
                std::to_string(snapshot->sequence.value) + " gives another state");
    }
  }
}

}  // namespace motorcade::simulation
