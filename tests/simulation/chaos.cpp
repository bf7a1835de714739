#include "simulation/chaos.hpp"

namespace motorcade::simulation {

using namespace std::chrono_literals;
using memory::AppendFate;
using memory::AppendFault;
using memory::SendFault;

Chaos::Chaos(World& world, Dice dice) : world_(world), dice_(std::move(dice)) {
  const auto some = [&](std::uint64_t most) { return dice_.chance(500) ? dice_.below(most) : 0; };
  weather_.dies = some(15);
  weather_.unknown = some(30);
  weather_.aborted = some(60);
  weather_.fenced = some(20);
  weather_.send_fails = some(60);
  for (auto* thing : {&weather_.outages, &weather_.crashes, &weather_.takeovers,
                      &weather_.power_cuts, &weather_.stops, &weather_.slow})
    *thing = dice_.chance(400);
  world_.options = [this](std::size_t process) { return options_for(process); };
  world_.snapshots.fails = [this] { return write_fails(); };
  world_.checkpoints.fails = [this] { return write_fails(); };
  world_.broker.fails = [this] { return !over_ && dice_.chance(weather_.send_fails); };
}

std::string Chaos::describe() const {
  const auto& w = weather_;
  std::string text = "per mille: dies " + std::to_string(w.dies) + ", unknown " +
                     std::to_string(w.unknown) + ", aborted " + std::to_string(w.aborted) +
                     ", fenced " + std::to_string(w.fenced) + ", send fails " +
                     std::to_string(w.send_fails) + ";";
  for (const auto& [is, name] : {std::pair(w.outages, " outages"),
                                 {w.crashes, " crashes"},
                                 {w.takeovers, " takeovers"},
                                 {w.power_cuts, " power cuts"},
                                 {w.stops, " stops"},
                                 {w.slow, " slow"}})
    if (is) text += name;
  return text;
}

void Chaos::begin() {
  world_.start_engine();
  brew();
}

void Chaos::end() {
  over_ = true;
  outage_ = false;
  world_.store->deliver_late();
  ensure_an_engine();
}

EngineOptions Chaos::options_for(std::size_t process) {
  EngineOptions options;
  options.faults.append = [this, process](Partition, Sequence, std::size_t envelopes) {
    return append_fate(process, envelopes);
  };
  options.faults.send = [this](Partition, std::size_t) { return send_fate(); };
  if (weather_.slow || weather_.takeovers)  // two owners of a partition take turns: that takes time
    options.faults.before = options.faults.after = [this] {
      const Duration most = weather_.slow ? 40ms : 500us;
      return world_.clock.sleep_until(world_.clock.now() + dice_.between(50us, most));
    };
  options.owner.snapshot_every = dice_.one_of<std::uint64_t>({3, 20, 1'000});
  options.owner.records_per_append = dice_.one_of<std::size_t>({1, 4, 256});
  options.owner.trim_every = dice_.one_of<std::uint64_t>({1, 20, 1'000});
  options.build_takes = dice_.between(1s, 2min);
  return options;
}

AppendFate Chaos::append_fate(std::size_t process, std::size_t envelopes) {
  if (over_) return {};
  if (outage_) return {AppendFault::kAborted, 0};
  const auto applied = dice_.below(envelopes + 1);
  if (dice_.chance(weather_.dies)) {
    die(process);
    return {AppendFault::kUnknown, applied};
  }
  if (dice_.chance(weather_.unknown)) return {AppendFault::kUnknown, applied};
  if (dice_.chance(weather_.aborted)) return {AppendFault::kAborted, 0};
  if (dice_.chance(weather_.fenced)) return {AppendFault::kFenced, 0};
  return {};
}

SendFault Chaos::send_fate() {
  if (over_) return SendFault::kNone;
  if (outage_) return SendFault::kLost;
  if (!dice_.chance(weather_.send_fails)) return SendFault::kNone;
  const auto fault =
      dice_.one_of<SendFault>({SendFault::kLost, SendFault::kArrives, SendFault::kArrivesLate});
  if (fault == SendFault::kArrivesLate)
    world_.clock.after(dice_.between(1ms, 1min), [this] { world_.store->deliver_late(); });
  return fault;
}

/// Something bigger, every few minutes.
void Chaos::brew() {
  world_.clock.after(dice_.between(30s, 10min), [this] {
    if (over_) return;
    strike();
    brew();
  });
}

void Chaos::strike() {
  if (world_.engines() != 1) return;
  const auto process = world_.processes() - 1;
  switch (dice_.below(4)) {
    case 0:
      if (!weather_.outages) return;
      outage_ = true;
      return world_.clock.after(dice_.between(1s, 1min), [this] { outage_ = false; });
    case 1:
      if (weather_.crashes) die(process);
      return;
    case 2:
      if (!weather_.takeovers) return;
      world_.start_engine();  // the old one does not know yet
      return world_.clock.after(dice_.between(1ms, 2s), [this, process] {
        if (auto* old = world_.process(process); old != nullptr) old->kill();
      });
    default:
      if (!weather_.stops) return;
      world_.newest()->stop();
      return come_back(10s, 1min);
  }
}

void Chaos::die(std::size_t process) {
  auto* engine = world_.process(process);
  if (engine == nullptr) return;
  engine->kill();
  if (weather_.power_cuts && dice_.chance(500)) no_power_ = true;
  come_back(1s, 3min);
}

void Chaos::come_back(Duration least, Duration most) {
  world_.clock.after(dice_.between(least, most), [this] { ensure_an_engine(); });
}

void Chaos::ensure_an_engine() {
  if (const auto* engine = world_.newest(); engine != nullptr && engine->alive()) {
    if (engine->stopping()) come_back(5s, 10s);
    return;
  }
  if (std::exchange(no_power_, false)) world_.store->lose_power();
  world_.start_engine();
}

}  // namespace motorcade::simulation
