#include "adapters/https/rig.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json.hpp>
#include <future>
#include <thread>

#include "adapters/files/artifact_store.hpp"
#include "engine/edge/metrics_registry.hpp"
#include "support/temporary_directory.hpp"

namespace motorcade::https::testing_support {
namespace asio = boost::asio;
namespace {
class WallClock final : public ports::Clock {
 public:
  [[nodiscard]] Time now() const override {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  }
  asio::awaitable<void> sleep_until(Time) override { co_return; }
};

ports::LogBirth birth() {
  return {Incarnation{{1}}, {2, 2, 2}};
}
constexpr auto kPresignKey = "the presign key of the tests";
}  // namespace

struct Rig::Parts {
  motorcade::testing_support::TemporaryDirectory directory;
  asio::io_context io;
  asio::executor_work_guard<asio::io_context::executor_type> busy{io.get_executor()};
  Authority authority{directory.path() / "ca"};
  std::unique_ptr<files::KeyFiles> keys =
      files::KeyFiles::open(directory.path() / "keys", files::Access::kWrite).value();
  std::unique_ptr<files::ArtifactFiles> artifacts =
      files::ArtifactFiles::open(directory.path() / "artifacts").value();
  memory::Log log{std::make_shared<memory::Store>(birth())};
  WallClock clock;
  FakeOwner owner{log, *keys};
  FakeRows rows;
  edge::MetricsRegistry metrics;
  edge::TokenStore tokens;
  edge::EcuRegistry ecus{{{"ECU_001", "ECM", "ZG_POWERTRAIN", "TC375", {1, 0, 0}},
                          {"ECU_002", "TCM", "ZG_POWERTRAIN", "TC375", {1, 0, 0}}}};
  edge::PresignedLinks links{kPresignKey, "https://localhost"};
  edge::Intake intake{birth().counts, log, *keys, clock};
  edge::Replies replies{io.get_executor(), log};
  std::unique_ptr<Server> server;
  std::thread thread;
  bool stopped = false;
  std::atomic<int> hanging{0};  ///< requests that never end

  Services services() {
    Services out{intake, replies, *keys,   rows, *artifacts, links, tokens, ecus,
                 clock,  metrics, nullptr, {},   {},         {},    {}};
    out.plan_package = [](const Configuration& configuration, const std::vector<ReleaseTarget>&) {
      PackageContent content;
      for (const auto& zone : configuration.zones)
        content.zones.push_back(
            {zone.gateway, zone.model, {{"ECU_001", "TC375", {1, 0, 0}, {2, 0, 0}, {}, 1}}});
      return content;
    };
    out.package_key = [](const PackageContent&) { return PackageKey{{9}}; };
    out.erase_vehicle = [this](std::string vin) -> asio::awaitable<Result<VehicleId>> {
      const auto vehicle = keys->identify(vin);
      if (vehicle && keys->destroy(*vehicle)) co_return *vehicle;
      co_return failure(std::errc::io_error, "erasing");
    };
    out.back_up = [this](std::string name) -> asio::awaitable<Result<std::filesystem::path>> {
      const auto target = directory.path() / "backups" / name;
      if (!std::filesystem::create_directories(target))
        co_return failure(std::errc::file_exists, name);
      co_return target;
    };
    return out;
  }
};

Rig::Rig(RigOptions options) : parts_(std::make_unique<Parts>()) {
  auto& p = *parts_;
  using edge::Role;
  p.tokens.add("token-of-alice", "alice", Role::kOperator | Role::kViewer);
  p.tokens.add("token-of-bob", "bob", Role::kApprover | Role::kOperator);
  p.tokens.add("token-of-audrey", "audrey", Role::kAuditor);
  p.tokens.add("token-of-carol", "carol", Role::kAdmin);
  p.tokens.add("token-of-sim", "sim", Role::kSimulator);
  p.tokens.add("token-of-simone", "simone", Role::kOperator | Role::kSimulator);
  const auto own = p.authority.issue("localhost");
  Options server;
  server.host = "127.0.0.1";
  server.port = 0;
  server.tls = {own.certificate, own.key, p.authority.certificate()};
  server.policy = options.policy;
  server.allow_simulator = options.allow_simulator;
  server.limits = options.limits;
  auto services = p.services();
  services.readiness = std::move(options.readiness);
  services.no_edge = std::move(options.no_edge);
  if (options.backups_never_end)
    services.back_up = [&p](std::string) -> asio::awaitable<Result<std::filesystem::path>> {
      ++p.hanging;
      asio::steady_timer never(p.io, asio::steady_timer::time_point::max());
      co_await never.async_wait(asio::use_awaitable);
      co_return failure(std::errc::timed_out, "never");
    };
  p.server = Server::make(p.io.get_executor(), server, std::move(services)).value();
  for (const auto stream : {Stream::kVehicle, Stream::kCampaign, Stream::kCatalog})
    for (std::uint16_t n = 0; n < birth().counts.of(stream); ++n)
      asio::co_spawn(p.io, p.owner.own({stream, n}), asio::detached);
  p.thread = std::thread([&p] { p.io.run(); });
  MOTORCADE_ASSERT(asio::co_spawn(p.io, p.replies.start(), asio::use_future).get().has_value());
  asio::post(p.io, [&p] { p.server->start(); });
}

Rig::~Rig() {
  stop();
  auto& p = *parts_;
  p.replies.stop();
  p.busy.reset();
  p.io.stop();
  p.thread.join();
}

Connect Rig::connect() const {
  Connect out;
  out.port = parts_->server->port();
  out.ca = parts_->authority.certificate();
  return out;
}

Client Rig::vehicle(const std::string& vin) {
  auto out = connect();
  out.identity = parts_->authority.issue(vin);
  return Client(out);
}

void Rig::inside(std::function<void(FakeOwner&, FakeRows&)> what) {
  std::promise<void> done;
  asio::post(parts_->io, [&] {
    what(parts_->owner, parts_->rows);
    done.set_value();
  });
  done.get_future().get();
}

Digest Rig::store(std::string_view bytes) {
  auto writer = parts_->artifacts->create().value();
  MOTORCADE_ASSERT(writer->write(bytes).has_value());
  return writer->finish(std::nullopt).value().digest;
}

std::string Rig::link_token(const Digest& digest, std::chrono::seconds validity) const {
  const edge::PresignedLinks links(kPresignKey, "https://localhost", validity);
  return links.link(Artifact{digest, 0}, parts_->clock.now()).token;
}

void Rig::stop() {
  if (std::exchange(parts_->stopped, true)) return;
  asio::co_spawn(parts_->io, parts_->server->stop(), asio::use_future).get();
}

int Rig::hanging() const {
  return parts_->hanging;
}

const edge::PresignedLinks& Rig::links() const {
  return parts_->links;
}
std::string Rig::metrics() const {
  return parts_->metrics.text();
}
std::filesystem::path Rig::directory() const {
  return parts_->directory.path();
}

Headers json_as(const std::string& name) {
  return plus(kJson, {Rig::as(name)});
}

boost::json::value json_of(const Answer& answer) {
  boost::system::error_code error;
  return boost::json::parse(answer.body, error);
}

std::string member(const Answer& answer, const std::string& name) {
  const auto value = json_of(answer);
  const auto* object = value.if_object();
  const auto* found = object == nullptr ? nullptr : object->if_contains(name);
  if (found == nullptr) return "";
  return found->is_string() ? std::string(found->get_string()) : boost::json::serialize(*found);
}

}  // namespace motorcade::https::testing_support
