// kafka.takeover: envelopes per second from the moment that the owner of a partition with 100,000
// vehicles falls silent, in the middle of a transaction, until its successor has folded all of it
// without a snapshot; beside Kafka's ConsumerPerformance, which only reads. It prints, too, what a
// vehicle takes in the log, in memory and in a snapshot.
#include <malloc.h>

#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

#include "bench/bench.hpp"
#include "bench/kafka.hpp"
#include "digest/digest.hpp"
#include "engine/shell/codec.hpp"
#include "engine/shell/replay.hpp"

namespace motorcade::bench {
namespace {

using namespace on_kafka;
using core::shard::Shard;
constexpr std::size_t kTakenOver = 100'000;

/// Each vehicle's first report, as an owner packs it.
class Fleet {
 public:
  explicit Fleet(core::Context context) : context_(context), state_(Shard::initial(context_)) {}
  std::string next() {
    const auto digest = digest::sha256(std::to_string(count_));
    const auto id = *id_from_bytes<VehicleId>(
        std::string_view(reinterpret_cast<const char*>(digest.data()), 16));
    Configuration configuration;
    configuration.zones.push_back({"ZG_BODY", "ZG1", {{"ECU_011", "BCM", "TC375", {1, 0, 0}}}});
    const vehicle::ReportVci report{id, "Motorcade One", 2026, "VMG-1", {}, 1, configuration};
    const Cause cause = ReportCause{{}, id, {1, OutboxId{{1}}, 1}};
    auto events = *Shard::decide(report, now_, state_);
    Envelope envelope;
    envelope.partition = context_.self;
    envelope.sequence = {count_};
    envelope.position = {count_ + 1};
    envelope.committed_at = envelope.recorded_at = envelope.occurred_at = now_;
    envelope.cause = cause;
    envelope.actor = "vehicle";
    envelope.previous = head_;
    Shard::take(cause, state_);
    for (const auto& event : events) {
      Shard::evolve(state_, event);
      auto fact = wire::encode_fact(event);
      fact.version = shell::Codec<Shard>::version_of(state_, {fact.aggregate, fact.aggregate_id});
      envelope.facts.push_back(std::move(fact));
    }
    auto bytes = wire::encode_envelope(envelope);
    bytes_ += bytes.size();
    head_ = Digest{digest::sha256(bytes)};
    ++count_;
    now_ += std::chrono::milliseconds(1);
    return bytes;
  }
  void print(std::size_t heap_bytes) const {
    digest::CanonicalWriter snapshot;
    Shard::write(snapshot, state_);
    const auto each = [this](std::size_t bytes) {
      return static_cast<double>(bytes) / static_cast<double>(count_);
    };
    std::printf("a vehicle takes %.0f bytes of envelopes, %.0f of memory, %.0f of a snapshot\n",
                each(bytes_), each(heap_bytes), each(snapshot.bytes().size()));
  }

 private:
  core::Context context_;
  core::shard::State state_;
  std::uint64_t count_ = 0;
  std::size_t bytes_ = 0;
  Digest head_;
  Time now_{std::chrono::hours(24 * 365 * 50)};
};

std::size_t heap_bytes() {
  const auto heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

asio::awaitable<bool> fill(kafka::Log& log) {
  const auto before = heap_bytes();
  Fleet fleet({kPartition, log.birth().counts, log.birth().incarnation});
  const auto writer = must(co_await log.take_over(kPartition));
  for (std::size_t done = 0; done < kTakenOver; done += kTransaction) {
    std::vector<std::string> envelopes;
    for (std::size_t i = 0; i < kTransaction; ++i) envelopes.push_back(fleet.next());
    const Sequence next{done};
    const auto appended = co_await writer->append(next, envelopes);
    if (appended.outcome != ports::Appended::kCommitted) give_up(to_string(appended.error));
  }
  fleet.print(heap_bytes() - before);
  co_return true;
}

asio::awaitable<bool> begin_and_fall_silent(kafka::Log& log) {
  const auto writer = must(co_await log.take_over(kPartition));
  std::vector<std::string> lost(1000, "lost");
  const Sequence next{kTakenOver};
  co_return (co_await writer->append(next, lost)).outcome == ports::Appended::kFenced;
}

asio::awaitable<std::uint64_t> take_over_and_fold(kafka::Log& log) {
  const auto writer = must(co_await log.take_over(kPartition));
  co_return must(co_await shell::replay(log, kPartition, std::nullopt)).next.value;
}

/// Holds an owner that has produced everything and committed nothing.
class Pause {
 public:
  void enter() {
    std::unique_lock lock(mutex_);
    silent_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !silent_; });
  }
  void wait_for_silence() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return silent_; });
  }
  void end() {
    const std::lock_guard lock(mutex_);
    silent_ = false;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool silent_ = false;
};

Measurement takeover() {
  auto options = options_for("takeover");
  {
    const auto log = open(options);
    run(fill(*log));
  }
  const auto successor = open(options);
  Pause pause;
  options.before_commit = [&](Partition) { pause.enter(); };
  const auto silent = open(options);
  std::thread owner([&] {
    if (!run(begin_and_fall_silent(*silent))) give_up("the silent owner was not fenced");
  });
  pause.wait_for_silence();
  const auto begin = std::chrono::steady_clock::now();
  const auto folded = run(take_over_and_fold(*successor));
  const auto seconds = seconds_since(begin);
  pause.end();
  owner.join();
  if (folded != kTakenOver) give_up("the successor folded " + std::to_string(folded));
  std::printf("kafka.takeover: %zu vehicles in %.2f s\n", kTakenOver, seconds);
  const auto tool = std::stod(environment("MOTORCADE_KAFKA_TOOL_READ"));
  return {static_cast<double>(folded) / seconds, "envelopes/s", "ConsumerPerformance", tool};
}

const Registered registered("kafka.takeover", &takeover);

}  // namespace
}  // namespace motorcade::bench
