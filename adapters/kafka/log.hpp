// The log on Apache Kafka: the ports of engine/ports/log.hpp through librdkafka's C interface, for
// any number of processes (design §2).
//
// Calls that block run on threads of the log's own and resume the caller on its executor, which is
// a strand or run by one thread. Whoever waits goes before the log; a PartitionWriter may outlive
// it, and is then refused.
#pragma once
#include "adapters/kafka/options.hpp"
#include "engine/ports/movable_log.hpp"

namespace motorcade::kafka {

namespace asio = boost::asio;

class Log final : public ports::MovableLog {
 public:
  /// Makes the log if the brokers have none of that name, and may. Refuses one that was born with other
  /// partition counts, has moved, lacks a topic, or has topics that may lose records. Blocks.
  static Result<std::unique_ptr<Log>> open(const Options& options);
  ~Log() override;

  [[nodiscard]] const ports::LogBirth& birth() const override;
  asio::awaitable<Result<std::unique_ptr<ports::PartitionWriter>>> take_over(
      Partition partition) override;
  asio::awaitable<Result<std::vector<ports::StoredEnvelope>>> read(Partition partition,
                                                                   Sequence from,
                                                                   std::size_t max_bytes) override;
  asio::awaitable<Result<Sequence>> end(Partition partition) override;
  asio::awaitable<void> wait_for_events(Partition partition, Sequence from) override;

  asio::awaitable<Result<InboxPosition>> send(Partition partition,
                                              std::vector<std::string> records) override;
  asio::awaitable<Result<std::vector<ports::PlacedRecord>>> read_inbox(
      Partition partition, InboxPosition from, std::size_t max_records) override;
  asio::awaitable<void> wait_for_records(Partition partition, InboxPosition from) override;
  asio::awaitable<Result<void>> trim(Partition partition, InboxPosition through) override;

  [[nodiscard]] ports::LogState state() const override;
  Result<void> set_state(ports::LogState state) override;

  /// Offset in the inbox up to which its owner has taken it: what it last read from. None: nobody
  /// here has. Thread-safe.
  [[nodiscard]] std::optional<std::int64_t> taken(Partition partition) const;

  struct Shared;  ///< with this log's writers

 private:
  explicit Log(std::shared_ptr<Shared> shared);
  std::shared_ptr<Shared> shared_;
};

}  // namespace motorcade::kafka
