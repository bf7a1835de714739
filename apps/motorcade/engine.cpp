#include "motorcade/engine.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/strand.hpp>
#include <thread>

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
#include "engine/shell/package_worker.hpp"
#include "engine/shell/release_board.hpp"
#include "motorcade/health.hpp"
#include "motorcade/options.hpp"
#include "motorcade/owners.hpp"
#include "motorcade/projector_room.hpp"
#include "motorcade/stores.hpp"
#include "motorcade/system_clock.hpp"

namespace motorcade::app {

namespace asio = boost::asio;

struct Engine::Parts {
  Parts(Config c, JsonReporter& r)
      : config(std::move(c)), reporter(r), io(static_cast<int>(config.threads)) {}

  Config config;
  JsonReporter& reporter;
  asio::io_context io;
  SystemClock clock;
  edge::MetricsRegistry metrics;
  Stores stores;
  std::unique_ptr<edge::PresignedLinks> links;
  std::unique_ptr<postgres::Pool> pool;
  projections::Progress progress;
  std::unique_ptr<postgres::PostgresReadModel> rows;
  std::unique_ptr<postgres::PostgresRowSink> sink;
  std::unique_ptr<edge::Intake> intake;
  std::shared_ptr<ports::Telemetry> telemetry_place;
  std::unique_ptr<edge::TelemetryIntake> telemetry;
  std::unique_ptr<edge::Replies> replies;
  std::unique_ptr<mqtt_edge::Edge> mqtt;
  std::unique_ptr<edge::Erasure> erasure;
  asio::thread_pool builders{1};
  std::unique_ptr<Owners> owners;
  /// A role whose partitions this process shares with others.
  struct Share {
    Role role;
    asio::any_io_executor strand;
    std::unique_ptr<ports::PartitionWork> work;
    std::unique_ptr<ports::Membership> membership;
  };
  std::vector<Share> shares;
  std::optional<Health> health;
  std::unique_ptr<https::Server> https;
  std::atomic<int> running{0};  ///< rooms
  std::atomic<bool> projector_failed{false}, stopping{false};

  [[nodiscard]] bool has(Role role) const { return config.roles.contains(role); }
  [[nodiscard]] bool needs_database() const { return has(Role::kEdge) || has(Role::kProjector); }
  [[nodiscard]] ports::MovableLog& log() const { return *stores.log.it; }

  Result<void> open_database();
  Result<void> build_edge();
  Result<void> build_telemetry();
  void build_owners();
  Result<void> open_roles();
  Result<void> divide(Role role, Rooms::Make make);
  Result<void> divide_rows();
  std::shared_ptr<Room> make_effects(Partition partition);
  std::shared_ptr<Room> make_builder(Partition partition);
  std::shared_ptr<Room> make_projector(std::vector<Partition> partitions);
  [[nodiscard]] House house();
  Result<void> build_server();
  [[nodiscard]] https::Services services();
  asio::awaitable<Result<Path>> back_up(std::string name);
  [[nodiscard]] https::Readiness readiness() const;
  [[nodiscard]] bool drained() const;
  Result<void> start_all();
  asio::awaitable<void> serve_requests();
  asio::awaitable<void> shut_down();
  asio::awaitable<bool> leave_all();
  void failed(const std::exception_ptr& e);
};

Engine::Engine(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::make(Config config, JsonReporter& reporter) {
  auto parts = std::make_unique<Parts>(std::move(config), reporter);
  TRY_VOID(parts->stores.open(parts->config, reporter, parts->metrics));
  TRY_VOID(parts->open_database());
  TRY_VOID(parts->build_edge());
  parts->build_owners();
  TRY_VOID(parts->open_roles());
  TRY_VOID(parts->build_server());
  return std::unique_ptr<Engine>(new Engine(std::move(parts)));
}

// --- roles ---

/// What each role runs in this process. The edge has the HTTPS server, and hears what vehicles say
/// (build_edge, start_all); the others have rooms, one per partition that is this process's.
Result<void> Engine::Parts::open_roles() {
  if (has(Role::kOwner))
    TRY_VOID(divide(Role::kOwner, [this](Partition p) { return owners->make(p); }));
  if (has(Role::kEffects))
    TRY_VOID(divide(Role::kEffects, [this](Partition p) { return make_effects(p); }));
  if (has(Role::kBuilder))
    TRY_VOID(divide(Role::kBuilder, [this](Partition p) { return make_builder(p); }));
  if (has(Role::kProjector)) TRY_VOID(divide_rows());
  return {};
}

Result<void> Engine::Parts::divide(Role role, Rooms::Make make) {
  TRY(auto membership, stores.log.membership(role));
  const asio::any_io_executor strand = asio::make_strand(io);
  auto work = std::make_unique<Rooms>(house(), strand, std::move(make));
  shares.push_back({role, strand, std::move(work), std::move(membership)});
  return {};
}

Result<void> Engine::Parts::divide_rows() {
  TRY(auto membership, stores.log.membership(Role::kProjector));
  const asio::any_io_executor strand = asio::make_strand(io);
  auto make = [this](std::vector<Partition> all) { return make_projector(std::move(all)); };
  auto work = std::make_unique<OneRoom>(house(), strand, std::move(make));
  shares.push_back({Role::kProjector, strand, std::move(work), std::move(membership)});
  return {};
}

House Engine::Parts::house() {
  return {reporter, running, [this](const std::exception_ptr& e) { failed(e); }};
}

void Engine::Parts::build_owners() {
  metrics.describe({"motorcade_envelopes_committed_total",
                    "Envelopes committed by this process's owners.",
                    ports::MetricFamily::Kind::kCounter,
                    {}});
  shell::OwnerWorld world{
      log(), log(), clock, *stores.keys, *stores.snapshots, reporter, &metrics, [this] {
        return drained();
      }};
  shell::OwnerOptions options;
  options.drain_grace = config.mqtt.drain_grace;
  options.snapshot_every = config.snapshots.every;
  options.records_per_append = config.limits.owner.records_per_append;
  options.bytes_per_append = config.limits.owner.bytes_per_append;
  owners = std::make_unique<Owners>(std::move(world), options, io);
}

/// What vehicles are told, each by itself, and all of them of releases.
std::shared_ptr<Room> Engine::Parts::make_effects(Partition partition) {
  const shell::EffectsWorld outside{
      log(), clock, *stores.keys, *stores.snapshots, *stores.checkpoints, *mqtt, *links, reporter};
  if (partition.stream == Stream::kCatalog)
    return std::make_shared<RoomOf<shell::ReleaseBoard>>(asio::make_strand(io), outside, partition);
  const auto& notices = config.limits.notices;
  shell::EffectsOptions telling;
  telling.repeat_first = notices.repeat_first;
  telling.repeat_most = notices.repeat_most;
  telling.in_flight = notices.in_flight;
  return std::make_shared<RoomOf<shell::Effects>>(asio::make_strand(io), outside, partition,
                                                  telling);
}

std::shared_ptr<Room> Engine::Parts::make_builder(Partition partition) {
  const shell::BuildWorld workshop{
      log(),        log(),    clock,
      *stores.keys, reporter, shell::build_on(builders, *stores.artifacts, *stores.signing)};
  return std::make_shared<RoomOf<shell::PackageWorker>>(asio::make_strand(io), workshop, partition);
}

std::shared_ptr<Room> Engine::Parts::make_projector(std::vector<Partition> partitions) {
  projections::ProjectorOptions options;
  options.max_envelopes = config.limits.database.envelopes_per_batch;
  options.commands_kept = config.limits.database.commands_kept;
  options.partitions = std::move(partitions);
  auto failed = [this](const Error& error) {
    projector_failed = true;
    const auto why = to_string(error);
    reporter.report(ports::Severity::kError,
                    "the projector stopped; the log is whole, rebuild the projections",
                    {{"error", why}});
  };
  return std::make_shared<ProjectorRoom>(asio::make_strand(io), std::move(failed), log(), *sink,
                                         *stores.keys, clock, progress, &metrics, options);
}

// --- the edges ---

Result<void> Engine::Parts::open_database() {
  pool = std::make_unique<postgres::Pool>(postgres_options(config));
  // Somebody else's projector does not tell this process how far it is: the rows do.
  rows =
      std::make_unique<postgres::PostgresReadModel>(*pool, stores.log.alone ? &progress : nullptr);
  sink = std::make_unique<postgres::PostgresRowSink>(*pool);
  if (!needs_database()) return {};
  TRY(const auto applied, postgres::migrate(*pool));
  const auto count = std::to_string(applied);
  reporter.report(ports::Severity::kInfo, "the database is at the newest version",
                  {{"migrations_applied", count}});
  return {};
}

Result<void> Engine::Parts::build_edge() {
  const auto presign = stores.keys->derive("presign");
  links = std::make_unique<edge::PresignedLinks>(
      std::string(reinterpret_cast<const char*>(presign.data()), presign.size()),
      config.https.public_url, config.limits.link_validity);
  const edge::IntakeLimits sizes{config.limits.report_bytes, config.limits.command_bytes};
  intake = std::make_unique<edge::Intake>(log().birth().counts, log(), *stores.keys, clock, sizes);
  replies = std::make_unique<edge::Replies>(io.get_executor(), log(), reporter.journal());
  if (!has(Role::kEdge) && !has(Role::kEffects)) return {};
  if (has(Role::kEdge)) TRY_VOID(build_telemetry());
  mqtt_edge::EdgeOptions broker;
  broker.session = {config.mqtt.uri,          config.mqtt.client_id,
                    config.mqtt.ca.string(),  config.mqtt.certificate.string(),
                    config.mqtt.key.string(), config.mqtt_limits};
  broker.tls = stores.policy;
  broker.hears = has(Role::kEdge);
  mqtt = std::make_unique<mqtt_edge::Edge>(std::move(broker), *intake, telemetry.get(), metrics,
                                           reporter.journal(), asio::make_strand(io));
  auto forget = [this](VehicleId vehicle) { return sink->erase_vin(vehicle); };
  const auto patience = std::chrono::duration_cast<Duration>(config.https_limits.projector);
  erasure = std::make_unique<edge::Erasure>(*stores.keys, log(), *rows, *mqtt, forget, patience);
  return {};
}

Result<void> Engine::Parts::build_telemetry() {
  TRY(telemetry_place, stores.log.telemetry());
  const edge::TelemetryLimits sizes{config.limits.telemetry_bytes};
  telemetry = std::make_unique<edge::TelemetryIntake>(*telemetry_place, *stores.keys, clock,
                                                      metrics, reporter.journal(), sizes);
  return {};
}

Result<void> Engine::Parts::build_server() {
  https::Options options;
  options.host = config.https.host;
  options.port = config.https.port;
  options.tls = {config.https.certificate, config.https.key, config.https.client_ca};
  options.policy = stores.policy;
  options.allow_simulator = config.https.allow_simulator;
  options.limits = config.https_limits;
  TRY(https, https::Server::make(io.get_executor(), std::move(options), services()));
  return {};
}

https::Services Engine::Parts::services() {
  https::Services services{
      *intake,
      *replies,
      *stores.keys,
      *rows,
      *stores.artifacts,
      *links,
      *stores.tokens,
      stores.ecus,
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
  if (stores.log.checkpoint)
    services.back_up = [this](std::string name) { return back_up(std::move(name)); };
  if (!has(Role::kEdge))
    services.no_edge = "this process has the roles " + to_string(config.roles) +
                       ", not edge: ask a process that has it";
  return services;
}

asio::awaitable<Result<Path>> Engine::Parts::back_up(std::string name) {
  const auto target = config.backups / name;
  if (std::filesystem::exists(target))
    co_return failure(std::errc::file_exists, "the backup " + target.string());
  std::error_code error;
  std::filesystem::create_directories(config.backups, error);
  if (error) co_return failure(error, "making the directory " + config.backups.string());
  CO_TRY_VOID(co_await stores.log.checkpoint(target));
  co_return target;
}

/// What this process's roles need, and have not got.
https::Readiness Engine::Parts::readiness() const {
  https::Readiness now{health->missing()};
  if (stopping) now.missing.emplace_back("engine", "shutting down");
  for (const auto& share : shares)
    if (auto why = share.membership->missing())
      now.missing.emplace_back(to_string(share.role), *std::move(why));
  if (projector_failed) now.missing.emplace_back("projector", "has stopped; see the log");
  if (mqtt && !mqtt->connected())
    now.missing.emplace_back("mqtt", "not connected to the broker");
  else if (mqtt && !mqtt->subscribed())
    now.missing.emplace_back("mqtt", "the broker has not granted the subscriptions; see the log");
  return now;
}

/// Only who is the one edge can know; elsewhere reports that a predecessor's process was about to
/// take in come by another's hand.
bool Engine::Parts::drained() const {
  return stores.log.alone && has(Role::kEdge) && mqtt->drained();
}

// --- from the start to the end ---

Result<void> Engine::Parts::start_all() {
  if (mqtt) TRY_VOID(mqtt->start());
  health.emplace(needs_database() ? pool.get() : nullptr, log());
  health->start(io);
  for (auto& share : shares) share.membership->join(*share.work, share.strand);
  asio::co_spawn(io, serve_requests(), [](std::exception_ptr e) {
    if (e) std::abort();
  });
  return {};
}

/// An edge: once the replies follow the log. A log of several brokers may need a while for its first
/// word.
asio::awaitable<void> Engine::Parts::serve_requests() {
  asio::steady_timer pause(co_await asio::this_coro::executor);
  while (has(Role::kEdge) && !stopping) {
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
  const auto port = std::to_string(https->port()), roles = to_string(config.roles);
  reporter.report(ports::Severity::kInfo, "serving", {{"https_port", port}, {"roles", roles}});
}

void Engine::Parts::failed(const std::exception_ptr& e) {
  try {
    std::rethrow_exception(e);
  } catch (const std::exception& error) {
    reporter.report(ports::Severity::kError, "a part of the engine ended with an exception",
                    {{"error", error.what()}});
  }
  std::abort();  // we are wrong: restart and replay
}

/// In order: no more requests, no more reports, then the rooms come to their ends, and the other
/// processes have the partitions.
asio::awaitable<void> Engine::Parts::shut_down() {
  stopping = true;
  reporter.report(ports::Severity::kInfo, "shutting down");
  co_await https->stop();
  replies->stop();
  if (mqtt) mqtt->stop();
  const bool in_order = co_await leave_all();
  reporter.report(in_order ? ports::Severity::kInfo : ports::Severity::kWarning,
                  in_order ? "ended in order" : "some parts did not end in time");
  io.stop();
}

asio::awaitable<bool> Engine::Parts::leave_all() {
  const auto left = std::make_shared<std::atomic<std::size_t>>(0);
  for (auto& share : shares)
    asio::co_spawn(io, share.membership->leave(), [left](const std::exception_ptr&) { ++*left; });
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (*left < shares.size() && std::chrono::steady_clock::now() < deadline) {
    timer.expires_after(std::chrono::milliseconds(25));
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_return *left == shares.size() && running == 0;
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
