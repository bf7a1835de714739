#include "engine/shell/owner_world.hpp"

#include <gtest/gtest.h>

#include "events/wire/records.hpp"

namespace motorcade::shell {

asio::awaitable<void> StillClock::sleep_until(Time when) {
  auto executor = co_await asio::this_coro::executor;
  if (when - time <= std::chrono::milliseconds(1)) {
    co_await asio::post(executor, asio::use_awaitable);
    co_return;
  }
  const auto timer =
      std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
  sleepers_.insert(timer);
  const std::shared_ptr<void> leave(nullptr, [this, timer](void*) { sleepers_.erase(timer); });
  while (time < when) {
    const auto [error] = co_await timer->async_wait(as_result);
    if (error &&
        (co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
      co_return;
  }
}

void StillClock::move(Duration by) {
  time += by;
  for (const auto& timer : sleepers_) timer->cancel();
}

asio::awaitable<std::optional<ports::Snapshot>> KeptSnapshots::newest(Partition partition,
                                                                      std::uint32_t, Sequence at) {
  std::optional<ports::Snapshot> found;
  for (const auto& [place, snapshot] : kept)
    if (place.first == partition && place.second <= at.value) found = snapshot;
  asked.push_back(
      {partition, at.value, found ? std::optional(found->sequence.value) : std::nullopt});
  co_return found;
}

namespace {
/// The log's inboxes, of which the vehicles' may fail to be read.
class Mailboxes final : public ports::Inbox {
 public:
  Mailboxes(memory::Log& log, const bool& fails) : log_(log), fails_(fails) {}
  asio::awaitable<Result<InboxPosition>> send(Partition to,
                                              std::vector<std::string> records) override {
    return log_.send(to, std::move(records));
  }
  asio::awaitable<Result<std::vector<ports::PlacedRecord>>> read_inbox(Partition partition,
                                                                       InboxPosition from,
                                                                       std::size_t most) override {
    if (fails_ && partition == kVehicles) co_return failure(std::errc::io_error, "injected");
    co_return co_await log_.read_inbox(partition, from, most);
  }
  asio::awaitable<void> wait_for_records(Partition partition, InboxPosition from) override {
    return log_.wait_for_records(partition, from);
  }
  asio::awaitable<Result<void>> trim(Partition partition, InboxPosition through) override {
    return log_.trim(partition, through);
  }

 private:
  memory::Log& log_;
  const bool& fails_;
};
}  // namespace

struct OwnerTest::Process {
  asio::io_context io;
  memory::Log log;
  Mailboxes inbox;
  OpenKeys keys;
  Owner<core::shard::Shard> vehicles;
  Owner<core::campaigns::Campaigns> campaigns;
  Owner<core::catalogs::Catalog> catalog;
  std::exception_ptr failed;

  explicit Process(OwnerTest& test)
      : log(test.store, test.faults),
        inbox(log, test.inbox_fails),
        keys(test.key_destroyed),
        vehicles(world(test), kVehicles, test.options, io.get_executor()),
        campaigns(world(test), kCampaigns, test.options, io.get_executor()),
        catalog(world(test), kCatalog, test.options, io.get_executor()) {
    const auto note = [this](std::exception_ptr e) {
      if (e) failed = e;
    };
    asio::co_spawn(io, vehicles.run(), note);
    asio::co_spawn(io, campaigns.run(), note);
    asio::co_spawn(io, catalog.run(), note);
  }
  OwnerWorld world(OwnerTest& test) {
    OwnerWorld world{log, inbox, test.clock, keys, test.snapshots, test.reporter};
    world.drained = [&test] { return test.drained; };
    return world;
  }
};

OwnerTest::OwnerTest() = default;
OwnerTest::~OwnerTest() {
  kill();
}

void OwnerTest::start() {
  process_ = std::make_unique<Process>(*this);
}

void OwnerTest::kill() {
  if (process_) process_->log.kill();
  process_.reset();
}

void OwnerTest::dying() {
  process_->log.kill();
  dying_ = true;
}

void OwnerTest::ask_to_stop() {
  process_->vehicles.stop();
  process_->campaigns.stop();
  process_->catalog.stop();
}

void OwnerTest::stop() {
  ask_to_stop();
  run();
  process_.reset();
}

void OwnerTest::run(std::size_t most_steps) {
  if (!process_) start();
  for (std::size_t step = 0; step < most_steps; ++step) {
    if (dying_) {
      dying_ = false;
      ++deaths;
      kill();
      start();
    }
    process_->io.restart();
    if (process_->io.poll_one() == 0) break;
    if (process_->failed) std::rethrow_exception(process_->failed);
  }
}

void OwnerTest::send(Partition to, std::vector<std::string> records) {
  store->put(to, std::move(records));
}
void OwnerTest::send(Partition to, const InboxRecord& record) {
  send(to, std::vector<std::string>{wire::encode_record(record)});
}

namespace {
template <class T>
T run_alone(asio::io_context& io, asio::awaitable<T> task) {
  std::optional<T> result;
  asio::co_spawn(io, std::move(task), [&](std::exception_ptr e, T value) {
    if (e) std::rethrow_exception(e);
    result.emplace(std::move(value));
  });
  for (int step = 0; step < 100'000 && !result; ++step) {
    io.restart();
    io.poll_one();
  }
  EXPECT_TRUE(result.has_value()) << "it does not end";
  return result ? *std::move(result) : T{};
}
}  // namespace

ports::OwnerState OwnerTest::live(Partition partition) {
  auto& p = *process_;
  const auto state = run_alone(p.io, partition == kVehicles    ? p.vehicles.state()
                                     : partition == kCampaigns ? p.campaigns.state()
                                                               : p.catalog.state());
  EXPECT_TRUE(state) << "it owns nothing";
  return state.value_or(ports::OwnerState{});
}

ports::OwnerState OwnerTest::replayed(Partition partition) {
  asio::io_context io;
  memory::Log log(store);
  const auto state = run_alone(io, replay(log, partition, std::nullopt));
  EXPECT_TRUE(state) << (state ? "" : to_string(state.error()));
  return state ? *state : ports::OwnerState{};
}

std::vector<Envelope> OwnerTest::envelopes(Partition partition) {
  std::vector<Envelope> decoded;
  for (const auto& bytes : store->events(partition)) {
    auto envelope = wire::decode_envelope(bytes);
    EXPECT_TRUE(envelope);
    if (envelope) decoded.push_back(*std::move(envelope));
  }
  return decoded;
}

void OwnerTest::put_envelope(Partition partition, std::span<const campaign::Event> events) {
  Envelope envelope;
  envelope.partition = partition;
  envelope.sequence.value = store->events(partition).size();
  envelope.previous = head_;
  for (const auto& event : events) envelope.facts.push_back(wire::encode_fact(event));
  auto bytes = wire::encode_envelope(envelope);
  head_ = Digest{digest::sha256(bytes)};
  store->append(partition, {std::move(bytes)});
}

std::vector<LoggedFact> OwnerTest::facts(Partition partition) {
  std::vector<LoggedFact> all;
  for (const auto& envelope : envelopes(partition))
    for (const auto& fact : envelope.facts)
      all.push_back(
          {envelope.sequence, fact.type,
           wire::fact_as_text(fact.type, fact.schema_version, fact.payload).value_or("?")});
  return all;
}

}  // namespace motorcade::shell
