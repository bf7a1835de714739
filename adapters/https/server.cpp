#include "adapters/https/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <mutex>
#include <set>

#include "adapters/https/errc.hpp"
#include "adapters/https/session.hpp"

namespace motorcade::https {
namespace {
using asio::ip::tcp;
constexpr auto kPauseAfterError = std::chrono::milliseconds(100);
constexpr auto kLook = std::chrono::milliseconds(10);
constexpr auto kMoment = std::chrono::seconds(2);  ///< for sessions that were closed to end

void describe(ports::Metrics& metrics) {
  using Kind = ports::MetricFamily::Kind;
  metrics.describe({"motorcade_https_requests_total", "Requests answered.", Kind::kCounter, {}});
  metrics.describe({"motorcade_https_request_duration_seconds",
                    "From a request's header to the end of its answer.",
                    Kind::kHistogram,
                    {0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60}});
  metrics.describe({"motorcade_https_connections", "Open connections.", Kind::kGauge, {}});
  metrics.describe({"motorcade_https_connections_refused_total",
                    "Connections closed at once: there were too many.",
                    Kind::kCounter,
                    {}});
  metrics.describe({"motorcade_https_handshakes_total",
                    "TLS handshakes by the group agreed on.",
                    Kind::kCounter,
                    {}});
}
}  // namespace

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
  Impl(asio::any_io_executor executor, Options options_, Services services,
       asio::ssl::context context_)
      : options(std::move(options_)),
        work{std::move(services), options.limits},
        context(std::move(context_)),
        strand(asio::make_strand(executor)),
        acceptor(strand) {}

  Result<void> listen();
  asio::awaitable<void> accept_all();
  void begin(tcp::socket socket);
  std::size_t open_sessions() {
    const std::lock_guard lock(mutex);
    return sessions.size() + (accepting ? 1 : 0);
  }
  template <class F>
  void each_session(F&& f) {
    const std::lock_guard lock(mutex);
    for (const auto& session : sessions) f(*session);
  }

  Options options;
  Work work;
  asio::ssl::context context;
  asio::strand<asio::any_io_executor> strand;
  tcp::acceptor acceptor;
  std::mutex mutex;
  std::set<std::shared_ptr<Session>> sessions;
  bool accepting = false;
};

Result<void> Server::Impl::listen() {
  boost::system::error_code error;
  const auto where = options.host + ':' + std::to_string(options.port);
  const auto address = asio::ip::make_address(options.host, error);
  if (error) return failure(Errc::kListen, where + " (the host must be an IP address)");
  const tcp::endpoint endpoint(address, options.port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return failure(Errc::kListen, where + " (" + error.message() + ")");
  return {};
}

asio::awaitable<void> Server::Impl::accept_all() {
  asio::steady_timer pause(strand);
  while (acceptor.is_open()) {
    auto [error, socket] =
        co_await acceptor.async_accept(asio::make_strand(strand.get_inner_executor()), as_result);
    if (error == asio::error::operation_aborted || !acceptor.is_open()) break;
    if (error) {  // out of descriptors, or the peer has left already
      pause.expires_after(kPauseAfterError);
      co_await pause.async_wait(as_result);
      continue;
    }
    begin(std::move(socket));
  }
  const std::lock_guard lock(mutex);
  accepting = false;
}

void Server::Impl::begin(tcp::socket socket) {
  auto& metrics = work.services.metrics;
  boost::system::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const auto executor = socket.get_executor();
  auto session = std::make_shared<Session>(work, options.policy, options.allow_simulator, context,
                                           std::move(socket));
  {
    const std::lock_guard lock(mutex);
    if (sessions.size() >= options.limits.connections) {
      metrics.count("motorcade_https_connections_refused_total");
      return;
    }
    sessions.insert(session);
  }
  metrics.count("motorcade_https_connections", {}, 1);
  asio::co_spawn(executor, session->run(),
                 [self = shared_from_this(), session](std::exception_ptr broken) {
                   if (broken && self->work.services.journal)
                     self->work.services.journal(edge::Severity::kError,
                                                 "a connection ended in an exception", {});
                   self->work.services.metrics.count("motorcade_https_connections", {}, -1);
                   const std::lock_guard lock(self->mutex);
                   self->sessions.erase(session);
                 });
}

Result<std::unique_ptr<Server>> Server::make(asio::any_io_executor executor, Options options,
                                             Services services) {
  TRY(auto context, make_tls_context(options.policy, options.tls));
  describe(services.metrics);
  auto impl = std::make_shared<Impl>(std::move(executor), std::move(options), std::move(services),
                                     std::move(context));
  TRY_VOID(impl->listen());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::~Server() = default;

void Server::start() {
  impl_->accepting = true;
  asio::co_spawn(impl_->strand, impl_->accept_all(), [impl = impl_](std::exception_ptr) {});
}

std::uint16_t Server::port() const {
  boost::system::error_code error;
  return impl_->acceptor.local_endpoint(error).port();
}

asio::awaitable<void> Server::stop() {
  const auto impl = impl_;
  asio::post(impl->strand, [impl] {
    boost::system::error_code ignored;
    impl->acceptor.close(ignored);
  });
  asio::steady_timer look(co_await asio::this_coro::executor);
  const auto deadline = std::chrono::steady_clock::now() + impl->options.limits.shutdown;
  while (impl->open_sessions() > 0) {  // again each time: one may have come in the meantime
    const auto now = std::chrono::steady_clock::now();
    if (now > deadline + kMoment) {
      if (const auto& journal = impl->work.services.journal; journal)
        journal(edge::Severity::kWarning, "requests that nobody answers are left",
                {{"sessions", std::to_string(impl->open_sessions())}});
      co_return;
    }
    const bool patient = now < deadline;
    impl->each_session([patient](Session& session) { patient ? session.stop() : session.abort(); });
    look.expires_after(kLook);
    co_await look.async_wait(as_result);
  }
}

}  // namespace motorcade::https
