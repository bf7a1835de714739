#include "simulation/engine.hpp"

#include <boost/asio/co_spawn.hpp>

#include "engine/shell/replay.hpp"

namespace motorcade::simulation {

namespace {
constexpr Duration kRetry = std::chrono::milliseconds(500);
}

/// The engine's end of the link; a process that has ended says nothing more.
class Engine::Uplink final : public ports::VehicleLink {
 public:
  explicit Uplink(Engine& engine) : engine_(engine) {}
  asio::awaitable<Result<void>> publish(ports::Notice notice) override {
    auto& clock = engine_.grounds_.clock;
    co_await clock.sleep_until(clock.now() + engine_.dice_.between(Duration(100), kRetry / 10));
    if (!engine_.alive_) co_return failure(std::errc::connection_aborted, "the process has ended");
    co_return engine_.grounds_.broker.publish(notice);
  }

 private:
  Engine& engine_;
};

struct Engine::Rooms {
  std::vector<std::unique_ptr<shell::Owner<core::shard::Shard>>> shards;
  std::vector<std::unique_ptr<shell::Owner<core::campaigns::Campaigns>>> campaigns;
  std::vector<std::unique_ptr<shell::Owner<core::catalogs::Catalog>>> catalogs;
  std::vector<std::unique_ptr<shell::Effects>> effects;
  std::vector<std::unique_ptr<shell::PackageWorker>> workers;

  void each(auto&& act) {
    for (auto& room : shards) act(*room);
    for (auto& room : campaigns) act(*room);
    for (auto& room : catalogs) act(*room);
    for (auto& room : effects) act(*room);
    for (auto& room : workers) act(*room);
  }
};

Engine::Engine(Grounds grounds, EngineOptions options, Dice dice)
    : grounds_(grounds),
      dice_(std::move(dice)),
      log_(grounds.store, std::move(options.faults)),
      uplink_(std::make_unique<Uplink>(*this)),
      intake_(grounds.store->birth().counts, log_, grounds.keys, grounds.clock, {},
              [this] { return dice_.id<MessageId>(); }),
      rooms_(std::make_unique<Rooms>()) {
  auto& g = grounds_;
  const auto executor = io_.get_executor();
  shell::OwnerWorld owners{log_, log_, g.clock, g.keys, g.snapshots, reporter_};
  owners.drained = [this] { return draining_ == 0; };
  owners.random = [this] { return static_cast<std::uint32_t>(dice_.below(1'000'000)); };
  const shell::EffectsWorld outside{log_,          g.clock,  g.keys, g.snapshots,
                                    g.checkpoints, *uplink_, links_, reporter_};
  shell::BuildWorld workshop{log_, log_, g.clock, g.keys, reporter_, {}};
  workshop.build = [this, takes = options.build_takes](
                       PackageKey key,
                       PackageContent content) -> asio::awaitable<Result<Artifact>> {
    co_await grounds_.clock.sleep_until(grounds_.clock.now() + takes);
    co_return grounds_.artifacts.build(key, std::move(content));
  };
  for (const auto& at : shell::all_partitions(g.store->birth().counts)) {
    if (at.stream == Stream::kVehicle) {
      rooms_->shards.push_back(
          std::make_unique<shell::Owner<core::shard::Shard>>(owners, at, options.owner, executor));
      rooms_->effects.push_back(
          std::make_unique<shell::Effects>(outside, at, options.effects, executor));
    } else if (at.stream == Stream::kCampaign) {
      rooms_->campaigns.push_back(std::make_unique<shell::Owner<core::campaigns::Campaigns>>(
          owners, at, options.owner, executor));
    } else {
      rooms_->catalogs.push_back(std::make_unique<shell::Owner<core::catalogs::Catalog>>(
          owners, at, options.owner, executor));
      rooms_->workers.push_back(std::make_unique<shell::PackageWorker>(workshop, at, executor));
    }
  }
  rooms_->each([this](auto& room) { spawn(room.run()); });
  g.broker.serve(*this);
  for (auto& report : g.broker.take_held()) {
    ++draining_;
    spawn(take(std::move(report), true));
  }
}

Engine::~Engine() {
  kill();
}

void Engine::kill() {
  if (!std::exchange(alive_, false)) return;
  log_.kill();
  grounds_.broker.leave(*this);
}

void Engine::stop() {
  stopping_ = true;
  grounds_.broker.leave(*this);
  rooms_->each([](auto& room) { room.stop(); });
}

std::size_t Engine::poll(std::size_t most_steps) {
  std::size_t steps = 0;
  io_.restart();
  while (steps < most_steps && alive_ && io_.poll_one() > 0) {
    ++steps;
    if (failed_) std::rethrow_exception(failed_);
  }
  return steps;
}

void Engine::spawn(asio::awaitable<void> task) {
  ++running_;
  asio::co_spawn(io_, std::move(task), [this](std::exception_ptr failed) {
    --running_;
    if (failed) failed_ = failed;
  });
}

void Engine::accept(edge::VehicleReport report) {
  spawn(take(std::move(report), false));
}

/// Until it stands in an inbox. (The MQTT edge keeps a vehicle's order; two edges do not.)
asio::awaitable<void> Engine::take(edge::VehicleReport report, bool from_before) {
  while (alive_) {
    if (auto record = intake_.seal(report)) {
      std::vector<std::string> records;
      records.push_back(*std::move(record));
      const auto taken = co_await intake_.send(intake_.inbox_of(report.vin), std::move(records));
      if (taken) break;
    }
    co_await grounds_.clock.sleep_until(grounds_.clock.now() + kRetry);
  }
  if (from_before) --draining_;
}

void Engine::send(Result<InboxRecord> record) {
  MOTORCADE_ASSERT(record.has_value());
  auto task = [](edge::Intake& intake, InboxRecord made) -> asio::awaitable<void> {
    const auto sent = co_await intake.send(std::move(made));
    (void)sent;  // whoever asked looks at what became of it, and asks again
  };
  spawn(task(intake_, *std::move(record)));
}

void Engine::request(const campaign::Command& command, const CampaignId& campaign) {
  send(intake_.record_of(command, campaign, dice_.id<MessageId>(), "operator:ann"));
}

void Engine::request(const catalog::Command& command, const std::string& ecu_type) {
  send(intake_.record_of(command, ecu_type, dice_.id<MessageId>(), "operator:ann"));
}

void Engine::probe(std::function<void(std::vector<ports::OwnerState>)> answer) {
  auto task = [](Rooms& rooms, auto done) -> asio::awaitable<void> {
    std::vector<ports::OwnerState> states;
    const auto add = [&states](const std::optional<ports::OwnerState>& state) {
      if (state) states.push_back(*state);
    };
    for (auto& room : rooms.shards) add(co_await room->state());
    for (auto& room : rooms.campaigns) add(co_await room->state());
    for (auto& room : rooms.catalogs) add(co_await room->state());
    done(std::move(states));
  };
  spawn(task(*rooms_, std::move(answer)));
}

}  // namespace motorcade::simulation
