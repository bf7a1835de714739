#include "projections/runner/projector.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>
#include <sstream>

#include "adapters/memory/log.hpp"
#include "adapters/postgres/rebuild.hpp"
#include "projections/database.hpp"
#include "projections/history.hpp"
#include "projections/samples.hpp"

namespace motorcade::postgres {
namespace {

namespace asio = boost::asio;
using namespace projections;
using samples::History;
using samples::id;

class WallClock final : public ports::Clock {
 public:
  Time now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
  asio::awaitable<void> sleep_until(Time when) override {
    asio::steady_timer timer(co_await asio::this_coro::executor, when - now());
    co_await timer.async_wait(asio::use_awaitable);
  }
};

/// "sealed:x" opens to x, unless the vehicle is erased.
class Keys final : public ports::KeyStore {
 public:
  VehicleId id_of(std::string_view) const override { return {}; }
  Result<VehicleId> identify(std::string_view) override { return VehicleId{}; }
  std::optional<std::string> vin_of(const VehicleId&) const override { return std::nullopt; }
  Result<std::string> seal(const VehicleId&, std::string_view, std::string_view plain) override {
    return "sealed:" + std::string(plain);
  }
  Result<std::optional<std::string>> open(const VehicleId& vehicle, std::string_view purpose,
                                          std::string_view sealed) const override {
    EXPECT_EQ(purpose, "vin");
    if (erased.count(vehicle) != 0) return std::nullopt;
    return std::string(sealed.substr(7));
  }
  Result<void> destroy(const VehicleId& vehicle) override {
    erased.insert(vehicle);
    return {};
  }
  std::set<VehicleId> erased;
};

/// Delivers every batch twice.
class Twice final : public RowSink {
 public:
  explicit Twice(RowSink& sink) : sink_(sink) {}
  asio::awaitable<Result<Checkpoints>> checkpoints(Incarnation log) override {
    return sink_.checkpoints(log);
  }
  asio::awaitable<Result<Applied>> apply(Batch batch) override {
    CO_TRY(const Applied first, co_await sink_.apply(batch));
    EXPECT_EQ(first, Applied::kCommitted);
    co_return co_await sink_.apply(batch);
  }
  asio::awaitable<Result<void>> prune_commands(Time before) override {
    return sink_.prune_commands(before);
  }

 private:
  RowSink& sink_;
};

/// Cuts every connection while a batch is on its way, each fifth time.
class Cut final : public RowSink {
 public:
  Cut(RowSink& sink, std::string database) : sink_(sink), database_(std::move(database)) {}
  ~Cut() override { finish(); }
  void finish() { knives_.join(); }
  asio::awaitable<Result<Checkpoints>> checkpoints(Incarnation log) override {
    return sink_.checkpoints(log);
  }
  asio::awaitable<Result<Applied>> apply(Batch batch) override {
    if (++batches_ % 5 == 0) {
      asio::post(knives_, [this] {
        pqxx::connection admin(testing::PostgresCluster::shared().uri("postgres"));
        pqxx::nontransaction tx(admin);
        cut += static_cast<int>(
            tx.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" +
                    database_ + "'")
                .size());
      });
    }
    co_return co_await sink_.apply(batch);
  }
  asio::awaitable<Result<void>> prune_commands(Time before) override {
    return sink_.prune_commands(before);
  }
  std::atomic<int> cut{0};

 private:
  RowSink& sink_;
  std::string database_;
  int batches_ = 0;
  asio::thread_pool knives_{1};
};

/// A log that cannot be read for a while, as on a full disk.
class Unreadable final : public ports::EventLog {
 public:
  Unreadable(ports::EventLog& log, int times) : log_(log), failures_(times) {}
  const ports::LogBirth& birth() const override { return log_.birth(); }
  asio::awaitable<Result<std::unique_ptr<ports::PartitionWriter>>> take_over(
      Partition partition) override {
    return log_.take_over(partition);
  }
  asio::awaitable<Result<std::vector<ports::StoredEnvelope>>> read(Partition partition,
                                                                   Sequence from,
                                                                   std::size_t most) override {
    if (failures_ > 0) {
      --failures_;
      co_return failure(std::errc::no_space_on_device, "injected");
    }
    co_return co_await log_.read(partition, from, most);
  }
  asio::awaitable<Result<Sequence>> end(Partition partition) override {
    return log_.end(partition);
  }
  asio::awaitable<void> wait_for_events(Partition partition, Sequence from) override {
    return log_.wait_for_events(partition, from);
  }

 private:
  ports::EventLog& log_;
  int failures_;
};

/// Where two dumps part; nothing: nowhere.
std::string difference(const std::string& one, const std::string& other) {
  if (one == other) return {};
  std::istringstream a(one), b(other);
  for (std::string left, right;;) {
    const bool more =
        static_cast<bool>(std::getline(a, left)) | static_cast<bool>(std::getline(b, right));
    if (!more || left != right) return left + "\n" + right;
  }
}

class ProjectorTest : public DatabaseTest {
 protected:
  void begin(History& history) {
    store = std::make_shared<memory::Store>(ports::LogBirth{id<Incarnation>(1), history.counts()});
    log = std::make_unique<memory::Log>(store);
    kept.commands_kept = std::chrono::days(36500);  // the history is of 2023
  }
  void grow(History& history, int times) {
    for (int i = 0; i < times; ++i) {
      auto [partition, envelopes] = history.more();
      store->append(partition, std::move(envelopes));
    }
  }
  Result<void> project(RowSink& rows) {
    Progress fresh;
    Projector projector(*log, rows, keys, clock, fresh, nullptr, kept);
    return await(projector.run_to_end());
  }
  /// Every row of every table, but for when it was written.
  std::string dump() {
    std::string all;
    for (const char* table :
         {"vehicles", "configuration_ecus", "targets", "firmware", "packages", "campaigns", "waves",
          "tallies", "vehicle_updates", "commands", "projected_log"}) {
      const std::string rows = query(
          std::string("SELECT string_agg(t::text, E'\\n' ORDER BY t::text) FROM ") + table + " t");
      EXPECT_NE(rows, "") << table << " is empty";
      all += std::string(table) + "\n" + rows + "\n";
    }
    return all + query(
                     "SELECT string_agg(stream || partition || '@' || next_sequence, ' ' ORDER BY "
                     "stream, partition)"
                     " FROM checkpoints");
  }

  std::shared_ptr<memory::Store> store;
  std::unique_ptr<memory::Log> log;
  Keys keys;
  WallClock clock;
  ProjectorOptions kept;
};

TEST_F(ProjectorTest, RebuiltRowsEqualIncrementalOnesDeliveredTwice) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    query("DROP SCHEMA motorcade CASCADE");
    ASSERT_TRUE(migrate(pool));
    History history(seed);
    begin(history);
    Twice twice(sink);
    kept.max_envelopes = 3 + seed * 7;
    for (int i = 0; i < 25; ++i) {
      grow(history, 12);
      const auto done = project(twice);
      ASSERT_TRUE(done) << to_string(done.error());
    }
    const std::string incremental = dump();
    const auto rebuilt = await(rebuild(*log, keys, clock, options(), kept));
    ASSERT_TRUE(rebuilt) << to_string(rebuilt.error());
    EXPECT_EQ(query("SELECT to_regclass('motorcade_next.vehicles')"), "");
    ASSERT_EQ(difference(dump(), incremental), "");
  }
}

TEST_F(ProjectorTest, ConnectionsKilledBetweenAndInBatchesLoseAndDoubleNothing) {
  History history(42);
  begin(history);
  grow(history, 400);
  ASSERT_TRUE(project(sink));
  const std::string undisturbed = dump();
  query("DROP SCHEMA motorcade CASCADE");
  ASSERT_TRUE(migrate(pool));

  kept.max_envelopes = 10;
  kept.first_pause = std::chrono::milliseconds(1);
  Cut cut(sink, database.name());
  const auto done = project(cut);
  ASSERT_TRUE(done) << to_string(done.error());
  cut.finish();
  EXPECT_GT(cut.cut, 10);
  EXPECT_EQ(difference(dump(), undisturbed), "");
}

/// Processes that share the partitions, of which some have not yet heard that others have them now.
TEST_F(ProjectorTest, SeveralWithSharesThatOverlapLoseAndDoubleNothing) {
  History history(23);
  begin(history);
  grow(history, 300);
  ASSERT_TRUE(project(sink));
  const std::string undisturbed = dump();
  query("DROP SCHEMA motorcade CASCADE");
  ASSERT_TRUE(migrate(pool));

  const auto v = Stream::kVehicle, c = Stream::kCampaign, k = Stream::kCatalog;
  const std::vector<std::vector<Partition>> shares{
      {{v, 0}, {v, 1}, {c, 0}, {k, 0}}, {{v, 1}, {v, 2}, {c, 1}}, {{c, 0}, {k, 0}, {k, 1}, {v, 0}}};
  kept.max_envelopes = 7;
  Progress progress;
  std::vector<std::unique_ptr<Projector>> projectors;
  for (const auto& share : shares) {
    kept.partitions = share;
    projectors.push_back(
        std::make_unique<Projector>(*log, sink, keys, clock, progress, nullptr, kept));
  }
  auto together = [&]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer all_done(executor, asio::steady_timer::time_point::max());
    std::size_t left = projectors.size();
    for (const auto& projector : projectors)
      asio::co_spawn(executor, projector->run_to_end(),
                     [&](const std::exception_ptr&, const Result<void>& done) {
                       EXPECT_TRUE(done) << (done ? "" : to_string(done.error()));
                       if (--left == 0) all_done.cancel();
                     });
    if (left > 0) co_await all_done.async_wait(asio::as_tuple(asio::use_awaitable));
  };
  await(together());
  EXPECT_EQ(difference(dump(), undisturbed), "");
}

TEST_F(ProjectorTest, ARebuildSwapsUnderReadersAndARunningProjector) {
  History history(7);
  begin(history);
  grow(history, 200);
  ASSERT_TRUE(project(sink));
  const std::string vehicle = query("SELECT min(vehicle_id) FROM vehicles");
  query("UPDATE vehicles SET model = 'from before the rebuild'");

  Progress progress;
  Projector live(*log, sink, keys, clock, progress, nullptr, kept);
  asio::cancellation_signal stop;
  bool over = false;
  int reads = 0;
  auto reader = [&]() -> asio::awaitable<void> {
    while (!over) {
      const auto found = co_await model.get(ports::Resource::kVehicles, vehicle);
      EXPECT_TRUE(found && *found);
      ++reads;
    }
  };
  auto scenario = [&]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    asio::co_spawn(
        executor, live.run(),
        asio::bind_cancellation_slot(stop.slot(), [](std::exception_ptr, Result<void>) {}));
    asio::co_spawn(executor, reader(), asio::detached);
    for (int i = 0; i < 3; ++i) {
      grow(history, 30);
      const auto rebuilt = co_await rebuild(*log, keys, clock, options(), kept);
      EXPECT_TRUE(rebuilt) << (rebuilt ? "" : to_string(rebuilt.error()));
      grow(history, 30);
    }
    const Partition shard{Stream::kVehicle, 0};
    const auto end = co_await log->end(shard);
    const Position newest{shard, {end->value - 1}};
    EXPECT_TRUE(co_await progress.wait_for(newest, std::chrono::seconds(20)));
    over = true;
    EXPECT_GT(reads, 0);
    stop.emit(asio::cancellation_type::terminal);
  };
  await(scenario());
  ASSERT_TRUE(project(sink));
  EXPECT_EQ(query("SELECT count(*) FROM vehicles WHERE model = 'from before the rebuild'"), "0");
  const std::string followed = dump();
  ASSERT_TRUE(await(rebuild(*log, keys, clock, options(), kept)));
  EXPECT_EQ(difference(dump(), followed), "");
}

TEST_F(ProjectorTest, RowsOfAnotherLogAreRefusedUntilRebuilt) {
  History history(3);
  begin(history);
  grow(history, 50);
  ASSERT_TRUE(await(sink.checkpoints(id<Incarnation>(99))));
  const auto refused = project(sink);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::kForeignLog);
  ASSERT_TRUE(await(rebuild(*log, keys, clock, options(), kept)));
  EXPECT_TRUE(project(sink));
}

TEST_F(ProjectorTest, ADamagedEnvelopeStopsItAndIsNamed) {
  History history(3);
  begin(history);
  store->append({Stream::kCatalog, 1}, {"not an envelope"});
  const auto stopped = project(sink);
  ASSERT_FALSE(stopped);
  EXPECT_NE(stopped.error().context.find("catalog/1@0"), std::string::npos)
      << to_string(stopped.error());
}

TEST_F(ProjectorTest, ALogThatCannotBeReadForAWhileIsReadAgain) {
  History history(11);
  begin(history);
  grow(history, 60);
  ASSERT_TRUE(project(sink));
  const std::string undisturbed = dump();
  query("DROP SCHEMA motorcade CASCADE");
  ASSERT_TRUE(migrate(pool));

  kept.first_pause = std::chrono::milliseconds(1);
  Unreadable ailing(*log, 3);
  Progress fresh;
  Projector projector(ailing, sink, keys, clock, fresh, nullptr, kept);
  const auto done = await(projector.run_to_end());
  ASSERT_TRUE(done) << to_string(done.error());
  EXPECT_EQ(difference(dump(), undisturbed), "");
}

TEST_F(ProjectorTest, VinsAreOpenedAndAnErasedOneIsNullAfterARebuild) {
  History history(5);
  begin(history);
  grow(history, 60);
  ASSERT_TRUE(project(sink));
  const std::string vehicle = query("SELECT min(vehicle_id) FROM vehicles");
  EXPECT_EQ(query("SELECT count(*) FROM vehicles WHERE vin IS DISTINCT FROM vehicle_id"), "0");
  ASSERT_TRUE(keys.destroy(*id_from_hex<VehicleId>(vehicle)));
  ASSERT_TRUE(await(rebuild(*log, keys, clock, options(), kept)));
  EXPECT_EQ(query("SELECT vehicle_id FROM vehicles WHERE vin IS NULL"), vehicle);
}

}  // namespace
}  // namespace motorcade::postgres
