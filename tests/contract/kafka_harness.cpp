#include "contract/kafka_harness.hpp"

#include <signal.h>
#include <unistd.h>

#include <map>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "support/coroutine.hpp"

namespace motorcade::contract {
namespace {

using testing_support::run;
constexpr Partition kHarnessPartition{Stream::kVehicle, 0};  // whose appends fail
constexpr std::size_t kEverythingFits = 5 << 20;

std::string environment(const char* name) {
  const char* value = getenv(name);
  if (!value) throw std::runtime_error(std::string(name) + " is not set: run test_kafka_log.py");
  return value;
}

/// Lines as Kafka's own tools have them: security.protocol=SASL_SSL. Unset: none.
std::map<std::string, std::string> client_settings() {
  std::map<std::string, std::string> settings;
  const char* lines = getenv("MOTORCADE_KAFKA_CLIENT");
  std::istringstream all(lines ? lines : "");
  for (std::string line; std::getline(all, line);) {
    const auto equals = line.find('=');
    settings[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return settings;
}

void signal_broker(int number) {
  if (kill(std::stoi(environment("MOTORCADE_KAFKA_PID")), number) != 0)
    throw std::runtime_error("the broker has ended");
}

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(to_string(result.error()));
  return *std::move(result);
}

const std::map<std::string, void (*)(KafkaHarness&)>& before_append() {
  static const std::map<std::string, void (*)(KafkaHarness&)> faults{
      {"the broker hangs", [](KafkaHarness&) { signal_broker(SIGSTOP); }},
      {"the broker refuses", [](KafkaHarness& it) { it.set_max_message_bytes(100); }},
      {"another owner took over",
       [](KafkaHarness& it) { must(run(it.other_log().take_over(kHarnessPartition))); }}};
  return faults;
}

const std::map<std::string, void (*)(KafkaHarness&)>& before_commit() {
  static const std::map<std::string, void (*)(KafkaHarness&)> faults{
      {"the broker hangs before the commit", [](KafkaHarness&) { signal_broker(SIGSTOP); }},
      {"another owner takes over before the commit",
       [](KafkaHarness& it) { must(run(it.other_log().take_over(kHarnessPartition))); }},
      {"the transaction times out before the commit",
       [](KafkaHarness& it) { it.wait_until_decided(kHarnessPartition); }}};
  return faults;
}

}  // namespace

kafka::Options kafka_options() {
  static int count = 0;
  kafka::Options options;
  options.bootstrap = environment("MOTORCADE_KAFKA");
  options.client = client_settings();
  options.prefix = "test-" + std::to_string(getpid()) + "-" + std::to_string(++count);
  options.counts = kCounts;
  options.replication = options.min_insync_replicas = 1;
  options.operation_timeout = std::chrono::seconds(30);
  options.transaction_timeout = std::chrono::seconds(5);
  options.tail_bytes = 2000;  // so that most reads ask the broker
  return options;
}

std::unique_ptr<kafka::Log> open_kafka_log(const kafka::Options& options) {
  return must(kafka::Log::open(options));
}

KafkaHarness::KafkaHarness()
    : options_(kafka_options()), admin_(must(kafka::Admin::open(options_))) {
  options_.before_commit = [this](Partition partition) {
    if (before_commit_ && partition == kHarnessPartition) before_commit_(partition);
  };
}

kafka::Log& KafkaHarness::log() {
  if (!log_) log_ = open_kafka_log(options_);
  return *log_;
}

kafka::Log& KafkaHarness::other_log() {
  auto options = options_;
  options.before_commit = {};
  if (!other_log_) other_log_ = open_kafka_log(options);
  return *other_log_;
}

std::vector<std::string> KafkaHarness::faults() const {
  std::vector<std::string> names;
  for (const auto& [name, fault] : before_append()) names.push_back(name);
  for (const auto& [name, fault] : before_commit()) names.push_back(name);
  return names;
}

void KafkaHarness::inject(const std::string& fault) {
  if (const auto now = before_append().find(fault); now != before_append().end())
    return now->second(*this);
  before_commit_ = [this, later = before_commit().at(fault)](Partition) { later(*this); };
}

void KafkaHarness::heal() {
  before_commit_ = {};
  signal_broker(SIGCONT);
  if (refuses_) set_max_message_bytes(kEverythingFits);
}

void KafkaHarness::wait_until_decided(Partition partition) {
  const auto topic = kafka::topic_of(options_.prefix, kafka::Kind::kEvents, partition.stream);
  const auto stable = [&] { return must(admin_.watermarks(topic, partition.number)).stable; };
  const auto before = stable();
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (stable() == before) {  // a broker tells nobody; it must be asked
    if (std::chrono::steady_clock::now() > give_up)
      throw std::runtime_error("the transaction is open after a minute");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void KafkaHarness::set_max_message_bytes(std::size_t bytes) {
  const auto topic = kafka::topic_of(options_.prefix, kafka::Kind::kEvents, Stream::kVehicle);
  const auto settled = admin_.set(topic, "max.message.bytes", std::to_string(bytes));
  if (!settled) throw std::runtime_error(to_string(settled.error()));
  refuses_ = bytes < kEverythingFits;
}

}  // namespace motorcade::contract
