#include "bench/kafka_successor.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/system_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "bench/kafka.hpp"
#include "engine/shell/owner.hpp"

namespace motorcade::bench::on_kafka {
namespace {

using Moment = std::chrono::steady_clock::time_point;

struct Moments {
  Moment begun = std::chrono::steady_clock::now(), fenced, folded, decided, committed;
};
/// The first time only.
void mark(Moment& moment) {
  if (moment == Moment{}) moment = std::chrono::steady_clock::now();
}

class TimedWriter final : public ports::PartitionWriter {
 public:
  TimedWriter(std::unique_ptr<ports::PartitionWriter> writer, Moments& moments,
              std::function<void()> committed)
      : writer_(std::move(writer)), moments_(moments), committed_(std::move(committed)) {}
  asio::awaitable<ports::AppendOutcome> append(Sequence next,
                                               std::vector<std::string>& envelopes) override {
    mark(moments_.decided);
    auto outcome = co_await writer_->append(next, envelopes);
    if (outcome.outcome != ports::Appended::kCommitted) give_up(to_string(outcome.error));
    mark(moments_.committed);
    committed_();
    co_return outcome;
  }

 private:
  std::unique_ptr<ports::PartitionWriter> writer_;
  Moments& moments_;
  std::function<void()> committed_;
};

class TimedLog final : public ports::EventLog, public ports::Inbox {
 public:
  TimedLog(kafka::Log& log, Moments& moments) : log_(log), moments_(moments) {}
  std::function<void()> committed;

  [[nodiscard]] const ports::LogBirth& birth() const override { return log_.birth(); }
  asio::awaitable<Result<std::unique_ptr<ports::PartitionWriter>>> take_over(
      Partition partition) override {
    auto writer = must(co_await log_.take_over(partition));
    mark(moments_.fenced);
    co_return std::make_unique<TimedWriter>(std::move(writer), moments_, committed);
  }
  asio::awaitable<Result<std::vector<ports::StoredEnvelope>>> read(Partition partition,
                                                                   Sequence from,
                                                                   std::size_t bytes) override {
    return log_.read(partition, from, bytes);
  }
  asio::awaitable<Result<Sequence>> end(Partition partition) override {
    return log_.end(partition);
  }
  asio::awaitable<void> wait_for_events(Partition partition, Sequence from) override {
    return log_.wait_for_events(partition, from);
  }
  asio::awaitable<Result<InboxPosition>> send(Partition partition,
                                              std::vector<std::string> records) override {
    return log_.send(partition, std::move(records));
  }
  asio::awaitable<Result<std::vector<ports::PlacedRecord>>> read_inbox(Partition partition,
                                                                       InboxPosition from,
                                                                       std::size_t most) override {
    mark(moments_.folded);
    return log_.read_inbox(partition, from, most);
  }
  asio::awaitable<void> wait_for_records(Partition partition, InboxPosition from) override {
    return log_.wait_for_records(partition, from);
  }
  asio::awaitable<Result<void>> trim(Partition partition, InboxPosition through) override {
    return log_.trim(partition, through);
  }

 private:
  kafka::Log& log_;
  Moments& moments_;
};

class NoSnapshots final : public ports::SnapshotStore {
 public:
  Result<void> put(const ports::Snapshot&) override { return {}; }
  asio::awaitable<std::optional<ports::Snapshot>> newest(Partition, std::uint32_t,
                                                         Sequence) override {
    co_return std::nullopt;
  }
};

/// The record that waits is nobody's.
class NoKeys final : public ports::KeyStore {
 public:
  [[nodiscard]] VehicleId id_of(std::string_view) const override { return {}; }
  Result<VehicleId> identify(std::string_view) override { return none(); }
  [[nodiscard]] std::optional<std::string> vin_of(const VehicleId&) const override { return {}; }
  Result<std::string> seal(const VehicleId&, std::string_view, std::string_view) override {
    return none();
  }
  Result<std::optional<std::string>> open(const VehicleId&, std::string_view,
                                          std::string_view) const override {
    return none();
  }
  Result<void> destroy(const VehicleId&) override { return none(); }

 private:
  static tl::unexpected<Error> none() {
    return failure(std::errc::operation_not_supported, "a bench has no keys");
  }
};

class Complaints final : public ports::Reporter {
 public:
  void report(ports::Severity, std::string_view what, Fields fields) override {
    std::printf("%.*s", static_cast<int>(what.size()), what.data());
    for (const auto& [name, value] : fields)
      std::printf("; %.*s", static_cast<int>(value.size()), value.data());
    std::printf("\n");
  }
};

class SystemClock final : public ports::Clock {
 public:
  [[nodiscard]] Time now() const override {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  }
  asio::awaitable<void> sleep_until(Time when) override {
    asio::system_timer timer(co_await asio::this_coro::executor, when);
    (void)co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
};

}  // namespace

Succession succeed(kafka::Log& log, Partition partition) {
  Moments at;
  TimedLog timed(log, at);
  SystemClock clock;
  NoKeys keys;
  NoSnapshots snapshots;
  Complaints reporter;
  asio::io_context io(1);
  shell::OwnerWorld world{timed, timed, clock, keys, snapshots, reporter};
  shell::Owner<core::shard::Shard> owner(world, partition, {}, io.get_executor());
  timed.committed = [&owner] { owner.stop(); };
  asio::co_spawn(io, owner.run(), [](std::exception_ptr e) {
    if (e) std::rethrow_exception(e);
  });
  io.run();
  const auto seconds = [](Moment from, Moment to) {
    return std::chrono::duration<double>(to - from).count();
  };
  return {seconds(at.begun, at.fenced), seconds(at.fenced, at.folded),
          seconds(at.folded, at.decided), seconds(at.decided, at.committed)};
}

}  // namespace motorcade::bench::on_kafka
