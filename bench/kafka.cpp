// kafka.ingest: inbox records per second through the log's port, acks=all, eight partitions; beside
// Kafka's ProducerPerformance on the same broker, with the same sizes and settings.
// kafka.commit: records per second through consume, decide (nothing), one transaction of 10,000
// envelopes, read back; beside a bare transactional consume-produce loop on librdkafka.
#include "bench/kafka.hpp"

#include <boost/asio/detached.hpp>
#include <random>

#include "bench/bench.hpp"

namespace motorcade::bench {
namespace on_kafka {

void give_up(const std::string& why) {
  std::fprintf(stderr, "kafka: %s\n", why.c_str());
  std::exit(1);
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (!value) give_up(std::string(name) + " is not set; run ./dev bench kafka");
  return value;
}

kafka::Options options_for(const std::string& name) {
  static int count = 0;
  kafka::Options options;
  options.bootstrap = environment("MOTORCADE_KAFKA");
  options.prefix = "bench." + name + "." + std::to_string(++count);
  options.counts = PartitionCounts{kPartitions, 1, 1};
  options.replication = options.min_insync_replicas = 1;
  options.operation_timeout = options.transaction_timeout = std::chrono::seconds(60);
  return options;
}

std::unique_ptr<kafka::Log> open(const kafka::Options& options) {
  return must(kafka::Log::open(options));
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::vector<std::string> records(std::size_t count) {
  std::minstd_rand chance(1);
  std::vector<std::string> made(count, std::string(kRecordBytes, '\0'));
  for (auto& record : made)
    for (auto& letter : record) letter = static_cast<char>('A' + chance() % 26);
  return made;
}

}  // namespace on_kafka

namespace {

using namespace on_kafka;
constexpr std::size_t kIngested = 1'000'000, kIngestBatch = 1000, kSenders = 32;
constexpr std::size_t kDistinct = 200;  ///< batches: none comes twice in what is compressed as one
constexpr std::size_t kCommitted = 200'000;

asio::awaitable<void> send_some(kafka::Log& log, std::uint16_t number,
                                const std::vector<std::string>& all) {
  const Partition partition{Stream::kVehicle, static_cast<std::uint16_t>(number % kPartitions)};
  auto next = number * kDistinct / kSenders;
  for (std::size_t sent = 0; sent < kIngested / kSenders; sent += kIngestBatch, ++next) {
    const auto* begin = &all[next % kDistinct * kIngestBatch];
    std::vector<std::string> batch(begin, begin + kIngestBatch);
    must(co_await log.send(partition, std::move(batch)));
  }
}

double ingest_once(kafka::Log& log, const std::vector<std::string>& all) {
  const auto begin = std::chrono::steady_clock::now();
  asio::io_context io(1);
  for (std::uint16_t number = 0; number < kSenders; ++number)
    asio::co_spawn(io, send_some(log, number, all), asio::detached);
  io.run();
  return static_cast<double>(kIngested) / seconds_since(begin);
}

Measurement ingest() {
  const auto log = open(options_for("ingest"));
  const auto all = records(kDistinct * kIngestBatch);
  ingest_once(*log, all);  // as the tool's: the second run counts
  const auto tool = std::stod(environment("MOTORCADE_KAFKA_TOOL"));
  return {ingest_once(*log, all), "records/s", "ProducerPerformance", tool};
}

/// Each record becomes an envelope of the same size.
asio::awaitable<std::size_t> take_all(kafka::Log& log) {
  const auto writer = must(co_await log.take_over(kPartition));
  Sequence next;
  while (next.value < kCommitted) {
    const InboxPosition from{next.value};
    const auto taken = must(co_await log.read_inbox(kPartition, from, kTransaction));
    std::vector<std::string> envelopes;
    envelopes.reserve(taken.size());
    for (const auto& placed : taken) envelopes.push_back(placed.bytes);
    const auto done = co_await writer->append(next, envelopes);
    if (done.outcome != ports::Appended::kCommitted) give_up(to_string(done.error));
    next.value += taken.size();
  }
  co_return next.value;
}

Measurement commit() {
  const auto options = options_for("commit");
  const auto log = open(options);
  const auto batch = records(kTransaction);
  for (std::size_t i = 0; i < kCommitted; i += batch.size())
    must(run(log->send(kPartition, batch)));
  const auto bare = bare_transactions(options, kCommitted);
  const auto begin = std::chrono::steady_clock::now();
  const auto taken = run(take_all(*log));
  const auto rate = static_cast<double>(taken) / seconds_since(begin);
  return {rate, "records/s", "bare librdkafka transactions", bare};
}

const Registered registered_ingest("kafka.ingest", &ingest);
const Registered registered_commit("kafka.commit", &commit);

}  // namespace
}  // namespace motorcade::bench
