// kafka.takeover: envelopes per second from kill -9 of the process that owns a partition with 100,000
// vehicles, and has produced a transaction and not committed it, until its successor, in a process
// that runs, has folded all of it without a snapshot and committed its first envelope; beside Kafka's
// ConsumerPerformance, which only reads. Who notices the death (the group's session timeout) is not in
// it. It prints, too, what a vehicle takes in the log, in memory and in a snapshot.
#include <malloc.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>

#include "bench/bench.hpp"
#include "bench/kafka.hpp"
#include "bench/kafka_successor.hpp"
#include "digest/digest.hpp"
#include "engine/shell/codec.hpp"
#include "engine/shell/replay.hpp"

extern char** environ;

namespace motorcade::bench {
namespace {

using namespace on_kafka;
using core::shard::Shard;
constexpr std::size_t kTakenOver = 100'000;
constexpr std::size_t kUncommitted = 1000;
constexpr const char* kVictim = "MOTORCADE_BENCH_VICTIM";  // the prefix of the log that it owns

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
    envelope.reacted_through = count_ - count_ % kTransaction;
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
    std::vector<std::string> taken(kTransaction, "taken");  // what they came from
    (void)must(co_await log.send(kPartition, std::move(taken)));
  }
  fleet.print(heap_bytes() - before);
  co_return true;
}

asio::awaitable<bool> own_and_begin(kafka::Log& log) {
  const auto writer = must(co_await log.take_over(kPartition));
  const auto state = must(co_await shell::replay(log, kPartition, std::nullopt));
  std::vector<std::string> lost(kUncommitted, "lost");
  co_return (co_await writer->append(state.next, lost)).outcome == ports::Appended::kCommitted;
}

/// In a process of its own, which stops itself when all is produced and nothing committed, and is
/// killed there.
[[noreturn]] void be_killed(const std::string& prefix) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // with the bench, whatever ends it
  auto options = options_for("takeover");
  options.prefix = prefix;
  options.before_commit = [](Partition) { raise(SIGSTOP); };
  const auto log = open(options);
  (void)run(own_and_begin(*log));
  give_up("the owner was not killed");
}

/// Returns when the victim has stopped.
pid_t start_victim(const std::string& prefix) {
  setenv(kVictim, prefix.c_str(), 1);
  auto program = std::filesystem::read_symlink("/proc/self/exe").string();
  std::string bench = "kafka.takeover";
  char* arguments[]{program.data(), bench.data(), nullptr};
  pid_t victim = -1;
  int status = 0;
  if (posix_spawn(&victim, program.c_str(), nullptr, nullptr, arguments, environ) != 0)
    give_up("no process for the owner");
  if (waitpid(victim, &status, WUNTRACED) != victim || !WIFSTOPPED(status))
    give_up("the owner has ended before it was killed");
  return victim;
}

Measurement takeover() {
  if (const char* prefix = std::getenv(kVictim)) be_killed(prefix);
  const auto options = options_for("takeover");
  {
    const auto log = open(options);
    run(fill(*log));
  }
  const auto successor = open(options);
  (void)must(run(successor->send(kPartition, {"a record to take"})));
  const pid_t victim = start_victim(options.prefix);
  kill(victim, SIGKILL);
  const auto steps = succeed(*successor, kPartition);
  const auto seconds = steps.fenced + steps.folded + steps.decided + steps.committed;
  waitpid(victim, nullptr, 0);
  const auto end = must(run(successor->end(kPartition))).value;
  if (end != kTakenOver + 1) give_up("the successor's end is " + std::to_string(end));
  std::printf(
      "kafka.takeover: %zu vehicles, %.2f s from kill -9 of their owner to its successor's first "
      "envelope, no snapshot: fenced %.2f, folded %.2f (and reacted again to the last %zu), read "
      "and "
      "decided %.2f, committed %.2f\n",
      kTakenOver, seconds, steps.fenced, steps.folded, kTransaction, steps.decided,
      steps.committed);
  const auto tool = std::stod(environment("MOTORCADE_KAFKA_TOOL_READ"));
  return {static_cast<double>(kTakenOver) / seconds, "envelopes/s", "ConsumerPerformance", tool};
}

const Registered registered("kafka.takeover", &takeover);

}  // namespace
}  // namespace motorcade::bench
