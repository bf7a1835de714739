// The log on a real Kafka under the contract. The broker is started by test_kafka_log.py; every log
// has a name of its own there. Faults: the broker is stopped and continued, another owner comes, a
// transaction times out.
#pragma once
#include "adapters/kafka/admin.hpp"
#include "adapters/kafka/log.hpp"
#include "contract/log_harness.hpp"

namespace motorcade::contract {

/// On the broker of this test; small and impatient.
[[nodiscard]] kafka::Options kafka_options();
[[nodiscard]] std::unique_ptr<kafka::Log> open_kafka_log(const kafka::Options& options);

class KafkaHarness final : public LogHarness {
 public:
  KafkaHarness();
  ~KafkaHarness() override { heal(); }
  ports::EventLog& events() override { return log(); }
  ports::Inbox& inbox() override { return log(); }
  void close() override { log_.reset(); }
  /// Of this process's machine; the brokers are others. (Here no more than an end in order: an owner that
  /// is killed is kafka_owner.cpp, everybody else the kill matrix.)
  void crash() override { log_.reset(); }
  [[nodiscard]] std::vector<std::string> faults() const override;
  void inject(const std::string& fault) override;
  void heal() override;
  [[nodiscard]] bool is_thread_safe() const override { return true; }

  kafka::Log& log();
  kafka::Options& options() { return options_; }
  /// Another process.
  kafka::Log& other_log();
  /// Blocks until nothing in the partition is undecided any more than it was at the call.
  void wait_until_decided(Partition partition);
  /// The largest batch that the brokers take for vehicle events.
  void set_max_message_bytes(std::size_t bytes);

 private:
  kafka::Options options_;
  std::function<void(Partition)> before_commit_;
  kafka::Admin admin_;
  bool refuses_ = false;
  std::unique_ptr<kafka::Log> log_, other_log_;
};

}  // namespace motorcade::contract
