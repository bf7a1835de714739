#include "motorcade/engine.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/strand.hpp>
#include <thread>

#include "adapters/files/artifact_store.hpp"
#include "adapters/files/checkpoint_store.hpp"
#include "adapters/files/key_store.hpp"
#include "adapters/files/snapshot_store.hpp"
#include "adapters/https/server.hpp"
#include "adapters/mqtt/edge.hpp"
#include "adapters/postgres/migrations.hpp"
#include "adapters/postgres/pool.hpp"
#include "adapters/postgres/read_model.hpp"
#include "adapters/postgres/row_sink.hpp"
#include "engine/core/package/plan.hpp"
#include "engine/edge/erasure.hpp"
#include "engine/edge/metrics_registry.hpp"
#include "engine/shell/effects.hpp"
#include "engine/shell/owner.hpp"
#include "engine/shell/package_worker.hpp"
#include "engine/shell/release_board.hpp"
#include "engine/shell/replay.hpp"
#include "motorcade/any_log.hpp"
#include "motorcade/certificates.hpp"
#include "motorcade/health.hpp"
#include "motorcade/options.hpp"
#include "motorcade/system_clock.hpp"
#include "motorcade/tables.hpp"
#include "projections/runner/projector.hpp"

namespace motorcade::app {

namespace asio = boost::asio;
using core::campaigns::Campaigns;
using core::catalogs::Catalog;
using core::shard::Shard;

namespace {

/// Something that runs on an executor of its own until it is stopped.
template <class T>
struct Room {
  asio::any_io_executor executor;
  std::unique_ptr<T> it;
};
template <class T, class... Args>
Room<T> make_room(asio::io_context& io, Args&&... args) {
  asio::any_io_executor executor = asio::make_strand(io);
  return {executor, std::make_unique<T>(std::forward<Args>(args)..., executor)};
}

/// The owners of all partitions; answers for their states.
class Owners final : public ports::OwnerStates {
 public:
  Owners(const shell::OwnerWorld& world, const shell::OwnerOptions& options, asio::io_context& io) {
    const auto& counts = world.events.birth().counts;
    add(shards_, Stream::kVehicle, counts, world, options, io);
    add(campaigns_, Stream::kCampaign, counts, world, options, io);
    add(catalogs_, Stream::kCatalog, counts, world, options, io);
  }
  asio::awaitable<std::vector<ports::OwnerState>> states() override {
    std::vector<ports::OwnerState> all;
    for (auto& owner : shards_) all.push_back(co_await owner.it->state());
    for (auto& owner : campaigns_) all.push_back(co_await owner.it->state());
    for (auto& owner : catalogs_) all.push_back(co_await owner.it->state());
    co_return all;
  }
  template <class Visit>
  void each(Visit visit) {
    for (auto& owner : shards_) visit(owner);
    for (auto& owner : campaigns_) visit(owner);
    for (auto& owner : catalogs_) visit(owner);
  }

 private:
  template <class M>
  using All = std::vector<Room<shell::Owner<M>>>;
  template <class M>
  static void add(All<M>& all, Stream stream, const PartitionCounts& counts,
                  const shell::OwnerWorld& world, const shell::OwnerOptions& options,
                  asio::io_context& io) {
    for (std::uint16_t number = 0; number < counts.of(stream); ++number)
      all.push_back(make_room<shell::Owner<M>>(io, world, Partition{stream, number}, options));
  }
  All<Shard> shards_;
  All<Campaigns> campaigns_;
  All<Catalog> catalogs_;
};

Result<otap::SigningKeys> signing_keys(const std::filesystem::path& directory) {
  const auto file = directory / "package-signing.pem";
  const auto failed = [](const otap::Error& e) {
    return tl::unexpected(Error{e.code, "package signing keys: " + e.context});
  };
  if (std::filesystem::exists(file)) {
    auto keys = otap::SigningKeys::load(file);
    if (!keys) return failed(keys.error());
    return *std::move(keys);
  }
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  auto keys = otap::SigningKeys::generate();
  if (!keys) return failed(keys.error());
  if (const auto saved = keys->save(file); !saved) return failed(saved.error());
  return *std::move(keys);
}

/// The public halves, for those who install vehicles' trust.
Result<void> publish_verifying_keys(const otap::SigningKeys& keys,
                                    const std::filesystem::path& directory) {
  auto sink = otap::FileSink::create(directory / "package-verifying.pem");
  const auto failed = [](const otap::Error& e) {
    return tl::unexpected(Error{e.code, "verifying keys: " + e.context});
  };
  if (!sink) return failed(sink.error());
  if (const auto written = sink->write(keys.verifying_keys().to_pem()); !written)
    return failed(written.error());
  if (const auto closed = sink->close(); !closed) return failed(closed.error());
  return {};
}

}  // namespace

struct Engine::Parts {
  Parts(Config c, JsonReporter& r)
      : config(std::move(c)), reporter(r), io(static_cast<int>(config.threads)) {}

  Config config;
  JsonReporter& reporter;
  asio::io_context io;
  SystemClock clock;
  edge::MetricsRegistry metrics;
  edge::EcuRegistry ecus;
  edge::TlsPolicy policy;
  std::optional<edge::TokenStore> tokens;
  AnyLog log;
  std::unique_ptr<files::KeyFiles> keys;
  std::unique_ptr<files::ArtifactFiles> artifacts;
  std::unique_ptr<files::SnapshotFiles> snapshots;
  std::unique_ptr<files::CheckpointFiles> checkpoints;
  std::optional<otap::SigningKeys> signing;
  asio::thread_pool builders{1};
  std::unique_ptr<edge::PresignedLinks> links;
  std::unique_ptr<postgres::Pool> pool;
  projections::Progress progress;
  std::unique_ptr<postgres::PostgresReadModel> rows;
  std::unique_ptr<postgres::PostgresRowSink> sink;
  std::unique_ptr<projections::Projector> projector;
  asio::cancellation_signal stop_projector;
  asio::any_io_executor projector_strand;
  std::unique_ptr<edge::Intake> intake;
  std::unique_ptr<edge::Replies> replies;
  std::unique_ptr<mqtt_edge::Edge> mqtt;
  std::unique_ptr<edge::Erasure> erasure;
  std::optional<Health> health;
  std::unique_ptr<https::Server> https;
  std::unique_ptr<Owners> owners;
  std::vector<Room<shell::Effects>> effects;
  std::vector<Room<shell::ReleaseBoard>> boards;
  std::vector<Room<shell::PackageWorker>> workers;
  std::atomic<int> running{0};
  Time started;
  std::atomic<bool> projector_failed{false}, stopping{false};

  Result<void> open_stores();
  Result<void> open_database();
  Result<void> build_edges();
  void build_engine();
  Result<void> build_server();
  [[nodiscard]] https::Services services();
  asio::awaitable<Result<Path>> back_up(std::string name);
  [[nodiscard]] https::Readiness readiness() const;
  [[nodiscard]] bool ticks_allowed() const;
  Result<void> start_all();
  asio::awaitable<void> shut_down();
  template <class T>
  void spawn(Room<T>& room) {
    ++running;
    asio::co_spawn(room.executor, room.it->run(), [this](std::exception_ptr e) { ended(e); });
  }
  void ended(std::exception_ptr e);
  asio::awaitable<void> project();
  asio::awaitable<void> serve_requests();
  asio::awaitable<bool> wait_until_ended();
};

Engine::Engine(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::make(Config config, JsonReporter& reporter) {
  auto parts = std::make_unique<Parts>(std::move(config), reporter);
  TRY_VOID(parts->open_stores());
  TRY_VOID(parts->open_database());
  TRY_VOID(parts->build_edges());
  parts->build_engine();
  TRY_VOID(parts->build_server());
  return std::unique_ptr<Engine>(new Engine(std::move(parts)));
}

Result<void> Engine::Parts::open_stores() {
  TRY(policy, load_policy(config.pqc.table, config.pqc.configuration));
  TRY_VOID(provide_certificates(config, policy, reporter));
  TRY(ecus, load_registry(config.ecu_registry));
  auto loaded = edge::TokenStore::load(config.tokens);
  if (!loaded) return tl::unexpected(loaded.error());
  tokens.emplace(*std::move(loaded));
  TRY(log, open_log(config));
  TRY(keys, files::KeyFiles::open(config.keys, files::Access::kWrite));
  TRY(artifacts, files::ArtifactFiles::open(config.artifacts));
  TRY(snapshots, files::SnapshotFiles::open({config.snapshots.directory}));
  // Of another incarnation they would skip what a restored log has not yet told the world.
  const auto incarnation = to_hex(log.it->birth().incarnation);
  TRY(checkpoints, files::CheckpointFiles::open(config.checkpoints / incarnation));
  TRY(auto pair, signing_keys(config.signing));
  signing = std::move(pair);
  TRY_VOID(publish_verifying_keys(*signing, config.signing));
  return {};
}

Result<void> Engine::Parts::open_database() {
  pool = std::make_unique<postgres::Pool>(postgres_options(config));
  TRY(const auto applied, postgres::migrate(*pool));
  const auto count = std::to_string(applied);
  reporter.report(ports::Severity::kInfo, "the database is at the newest version",
                  {{"migrations_applied", count}});
  rows = std::make_unique<postgres::PostgresReadModel>(*pool, &progress);
  sink = std::make_unique<postgres::PostgresRowSink>(*pool);
  projections::ProjectorOptions options;
  options.max_envelopes = config.limits.database.envelopes_per_batch;
  options.commands_kept = config.limits.database.commands_kept;
  projector = std::make_unique<projections::Projector>(*log.it, *sink, *keys, clock, progress,
                                                       &metrics, options);
  return {};
}

Result<void> Engine::Parts::build_edges() {
  const auto presign = keys->derive("presign");
  links = std::make_unique<edge::PresignedLinks>(
      std::string(reinterpret_cast<const char*>(presign.data()), presign.size()),
      config.https.public_url, config.limits.link_validity);
  const edge::IntakeLimits sizes{config.limits.report_bytes, config.limits.command_bytes};
  intake = std::make_unique<edge::Intake>(log.it->birth().counts, *log.it, *keys, clock, sizes);
  replies = std::make_unique<edge::Replies>(io.get_executor(), *log.it, reporter.journal());
  mqtt_edge::EdgeOptions broker;
  broker.session = {config.mqtt.uri,          config.mqtt.client_id,
                    config.mqtt.ca.string(),  config.mqtt.certificate.string(),
                    config.mqtt.key.string(), config.mqtt_limits};
  broker.tls = policy;
  mqtt = std::make_unique<mqtt_edge::Edge>(std::move(broker), *intake, metrics, reporter.journal(),
                                           asio::make_strand(io));
  auto forget = [this](VehicleId vehicle) { return sink->erase_vin(vehicle); };
  const auto patience = std::chrono::duration_cast<Duration>(config.https_limits.projector);
  erasure = std::make_unique<edge::Erasure>(*keys, *log.it, *rows, *mqtt, forget, patience);
  return {};
}

void Engine::Parts::build_engine() {
  metrics.describe({"motorcade_envelopes_committed_total",
                    "Envelopes committed by this process's owners.",
                    ports::MetricFamily::Kind::kCounter,
                    {}});
  shell::OwnerWorld world{*log.it,    *log.it,  clock,    *keys,
                          *snapshots, reporter, &metrics, [this] { return ticks_allowed(); }};
  shell::OwnerOptions options;
  options.snapshot_every = config.snapshots.every;
  options.records_per_append = config.limits.owner.records_per_append;
  options.bytes_per_append = config.limits.owner.bytes_per_append;
  owners = std::make_unique<Owners>(world, options, io);
  const shell::EffectsWorld outside{*log.it,      clock, *keys,  *snapshots,
                                    *checkpoints, *mqtt, *links, reporter};
  const auto& notices = config.limits.notices;
  shell::EffectsOptions telling;
  telling.repeat_first = notices.repeat_first;
  telling.repeat_most = notices.repeat_most;
  telling.in_flight = notices.in_flight;
  const auto& counts = log.it->birth().counts;
  for (std::uint16_t n = 0; n < counts.vehicle; ++n)
    effects.push_back(
        make_room<shell::Effects>(io, outside, Partition{Stream::kVehicle, n}, telling));
  const shell::BuildWorld workshop{
      *log.it, *log.it, clock, *keys, reporter, shell::build_on(builders, *artifacts, *signing)};
  for (std::uint16_t n = 0; n < counts.catalog; ++n) {
    boards.push_back(make_room<shell::ReleaseBoard>(io, outside, Partition{Stream::kCatalog, n}));
    workers.push_back(
        make_room<shell::PackageWorker>(io, workshop, Partition{Stream::kCatalog, n}));
  }
}

Result<void> Engine::Parts::build_server() {
  https::Options options;
  options.host = config.https.host;
  options.port = config.https.port;
  options.tls = {config.https.certificate, config.https.key, config.https.client_ca};
  options.policy = policy;
  options.allow_simulator = config.https.allow_simulator;
  options.limits = config.https_limits;
  TRY(https, https::Server::make(io.get_executor(), std::move(options), services()));
  return {};
}

https::Services Engine::Parts::services() {
  https::Services services{
      *intake,
      *replies,
      *keys,
      *rows,
      *artifacts,
      *links,
      *tokens,
      ecus,
      clock,
      metrics,
      owners.get(),
      [](const Configuration& configuration, const std::vector<ReleaseTarget>& content) {
        return core::plan_package(configuration, content);
      },
      [](const PackageContent& content) { return core::key_of(content); },
      [this] { return readiness(); },
      reporter.journal()};
  services.erase_vehicle = [this](std::string vin) { return erasure->erase(std::move(vin)); };
  if (log.checkpoint)
    services.back_up = [this](std::string name) { return back_up(std::move(name)); };
  return services;
}

asio::awaitable<Result<Path>> Engine::Parts::back_up(std::string name) {
  const auto target = config.backups / name;
  if (std::filesystem::exists(target))
    co_return failure(std::errc::file_exists, "the backup " + target.string());
  std::error_code error;
  std::filesystem::create_directories(config.backups, error);
  if (error) co_return failure(error, "making the directory " + config.backups.string());
  CO_TRY_VOID(co_await log.checkpoint(target));
  co_return target;
}

https::Readiness Engine::Parts::readiness() const {
  https::Readiness now{health->missing()};
  if (stopping) now.missing.emplace_back("engine", "shutting down");
  if (projector_failed) now.missing.emplace_back("projector", "has stopped; see the log");
  if (!mqtt->connected())
    now.missing.emplace_back("mqtt", "not connected to the broker");
  else if (!mqtt->subscribed())
    now.missing.emplace_back("mqtt", "the broker has not granted the subscriptions; see the log");
  return now;
}

/// A report beats every timeout that is not yet written: time passes for owners once the broker's
/// queue has been drained.
bool Engine::Parts::ticks_allowed() const {
  return mqtt->drained() || clock.now() - started > config.mqtt.drain_grace;
}

void Engine::Parts::ended(std::exception_ptr e) {
  --running;
  if (!e) return;
  try {
    std::rethrow_exception(e);
  } catch (const boost::system::system_error& error) {
    if (stopping && error.code() == asio::error::operation_aborted)
      return;  // the projector, as it was told
    reporter.report(ports::Severity::kError, "a part of the engine ended with an exception",
                    {{"error", error.what()}});
  } catch (const std::exception& error) {
    reporter.report(ports::Severity::kError, "a part of the engine ended with an exception",
                    {{"error", error.what()}});
  }
  std::abort();  // we are wrong: restart and replay
}

asio::awaitable<void> Engine::Parts::project() {
  const auto projected = co_await projector->run();
  if (projected || stopping) co_return;
  projector_failed = true;
  const auto why = to_string(projected.error());
  reporter.report(ports::Severity::kError,
                  "the projector stopped; the log is whole, rebuild the projections",
                  {{"error", why}});
}

Result<void> Engine::Parts::start_all() {
  started = clock.now();
  TRY_VOID(mqtt->start());
  health.emplace(*pool, *log.it);
  health->start(io);
  owners->each([this](auto& room) { spawn(room); });
  for (auto& room : effects) spawn(room);
  for (auto& room : boards) spawn(room);
  for (auto& room : workers) spawn(room);
  ++running;
  projector_strand = asio::make_strand(io);
  asio::co_spawn(projector_strand, project(),
                 asio::bind_cancellation_slot(stop_projector.slot(),
                                              [this](std::exception_ptr e) { ended(e); }));
  asio::co_spawn(io, serve_requests(), [](std::exception_ptr e) {
    if (e) std::abort();
  });
  return {};
}

/// Once the replies follow the log: a log of several brokers may need a while for its first word.
asio::awaitable<void> Engine::Parts::serve_requests() {
  asio::steady_timer pause(co_await asio::this_coro::executor);
  while (!stopping) {
    const auto begun = co_await replies->start();
    if (begun) break;
    const auto why = to_string(begun.error());
    reporter.report(ports::Severity::kWarning, "the log does not answer yet; asking again",
                    {{"error", why}});
    pause.expires_after(std::chrono::seconds(1));
    co_await pause.async_wait(asio::use_awaitable);
  }
  if (stopping) co_return;
  https->start();
  const auto port = std::to_string(https->port());
  reporter.report(ports::Severity::kInfo, "serving", {{"https_port", port}});
}

/// In order: no more requests, no more reports, then effects and owners come to their ends.
asio::awaitable<void> Engine::Parts::shut_down() {
  stopping = true;
  reporter.report(ports::Severity::kInfo, "shutting down");
  co_await https->stop();
  replies->stop();
  mqtt->stop();
  for (auto& room : effects) room.it->stop();
  for (auto& room : boards) room.it->stop();
  for (auto& room : workers) room.it->stop();
  owners->each([](auto& room) { room.it->stop(); });
  asio::post(projector_strand, [this] { stop_projector.emit(asio::cancellation_type::terminal); });
  const bool all_ended = co_await wait_until_ended();
  if (all_ended) reporter.report(ports::Severity::kInfo, "ended in order");
  io.stop();
}

asio::awaitable<bool> Engine::Parts::wait_until_ended() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (int i = 0; i < 400 && running > 0; ++i) {
    timer.expires_after(std::chrono::milliseconds(25));
    co_await timer.async_wait(asio::use_awaitable);
  }
  const auto left = std::to_string(running.load());
  if (running > 0)
    reporter.report(ports::Severity::kWarning, "some parts did not end in 10 s", {{"parts", left}});
  co_return running == 0;
}

Result<void> Engine::run() {
  auto& parts = *parts_;
  asio::signal_set signals(parts.io, SIGTERM, SIGINT);
  signals.async_wait([&parts](boost::system::error_code error, int) {
    if (!error) asio::co_spawn(parts.io, parts.shut_down(), asio::detached);
  });
  TRY_VOID(parts.start_all());
  std::vector<std::thread> threads;
  for (std::size_t n = 1; n < parts.config.threads; ++n)
    threads.emplace_back([&parts] { parts.io.run(); });
  parts.io.run();
  for (auto& thread : threads) thread.join();
  return {};
}

}  // namespace motorcade::app
