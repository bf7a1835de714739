#include "adapters/postgres/pool.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace motorcade::postgres {
namespace {

namespace asio = boost::asio;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// libpq has no other way to say these; what the URI says itself stays.
std::string conninfo(const Options& options) {
  const bool is_uri = options.uri.find("://") != std::string::npos;
  std::string info = options.uri;
  const auto add = [&](const std::string& name, long long value) {
    if (info.find(name + "=") != std::string::npos) return;
    if (is_uri) {
      info += info.find('?') == std::string::npos ? '?' : '&';
    } else {
      info += ' ';
    }
    info += name + "=" + std::to_string(value);
  };
  add("connect_timeout",
      std::max<long long>(2, duration_cast<seconds>(options.connect_timeout).count()));
  add("tcp_user_timeout", duration_cast<milliseconds>(options.statement_timeout).count());
  return info;
}

Error error_of(const std::string& what, const std::exception& thrown) {
  if (const auto* sql = dynamic_cast<const pqxx::sql_error*>(&thrown)) {
    const std::string& state = sql->sqlstate();
    if (state == "57014") return {errc::kTimedOut, what};
    // 57: the operator intervened; 53: out of resources; 08: connection; 40: rolled back by a
    // conflict. All pass.
    for (const char* passing : {"57", "53", "08", "40"}) {
      if (state.starts_with(passing)) return {errc::kUnavailable, what + ": " + sql->what()};
    }
    if (!state.empty()) return {errc::kRefused, what + ": " + sql->what()};
  }
  if (dynamic_cast<const pqxx::broken_connection*>(&thrown) != nullptr ||
      dynamic_cast<const pqxx::in_doubt_error*>(&thrown) != nullptr ||
      dynamic_cast<const pqxx::sql_error*>(&thrown) != nullptr) {
    return {errc::kUnavailable, what + ": " + thrown.what()};
  }
  return {errc::kRefused, what + ": " + thrown.what()};
}

}  // namespace

Session::Session(const Options& options) : connection_(conninfo(options)) {
#if PQXX_VERSION_MAJOR < 7
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection_.inhibit_reactivation(true);  // the pool makes a new one, with all its settings
#pragma GCC diagnostic pop
#endif
  pqxx::nontransaction settings(connection_);
  settings.exec0("SET search_path TO " + connection_.quote_name(options.schema));
  settings.exec0("SET statement_timeout TO " +
                 std::to_string(duration_cast<milliseconds>(options.statement_timeout).count()));
  settings.exec0("SET client_min_messages TO warning");
  settings.exec0("SET timezone TO 'UTC'");
  if (!options.synchronous_commit) settings.exec0("SET synchronous_commit TO off");
}

const std::string& Session::prepared(const std::string& name, const std::string& sql) {
  const auto [place, added] = prepared_.insert(name);
  if (added) {
    try {
      connection_.prepare(name, sql);
    } catch (...) {
      prepared_.erase(place);
      throw;
    }
  }
  return *place;
}

Pool::Pool(Options options)
    : options_(std::move(options)), threads_(std::max<std::size_t>(1, options_.connections)) {}

Pool::~Pool() {
  threads_.join();
}

asio::awaitable<Result<void>> Pool::execute(std::string what, std::function<void(Session&)> job) {
  if (waiting_ >= options_.max_waiting) co_return failure(errc::kOverloaded, std::move(what));
  const auto deadline = std::chrono::steady_clock::now() + options_.wait_timeout;
  auto initiate = [this, deadline, what = std::move(what),
                   job = std::move(job)](auto handler) mutable {
    ++waiting_;
    auto executor = asio::get_associated_executor(handler);
    auto work = asio::prefer(executor, asio::execution::outstanding_work.tracked);
    asio::post(threads_, [this, deadline, what = std::move(what), job = std::move(job),
                          work = std::move(work), handler = std::move(handler)]() mutable {
      --waiting_;
      Result<void> done = std::chrono::steady_clock::now() > deadline
                              ? failure(errc::kOverloaded, what)
                              : perform(what, job);
      job = nullptr;
      asio::post(work, [handler = std::move(handler), done = std::move(done)]() mutable {
        std::move(handler)(std::move(done));
      });
    });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result<void>)>(
      std::move(initiate), asio::use_awaitable);
}

Result<void> Pool::perform(const std::string& what, const std::function<void(Session&)>& job) {
  std::unique_ptr<Session> session = take();
  const bool reused = session != nullptr;
  Result<void> done = attempt(what, job, session);
  // The server may have restarted since the connection was last used.
  if (!done && reused && done.error().code == errc::kUnavailable) {
    session.reset();
    done = attempt(what, job, session);
  }
  // After anything but a refusal the connection's state is doubtful.
  const bool clean = done || done.error().code == errc::kRefused;
  if (clean && session && session->connection().is_open()) give_back(std::move(session));
  return done;
}

Result<void> Pool::attempt(const std::string& what, const std::function<void(Session&)>& job,
                           std::unique_ptr<Session>& session) {
  try {
    if (!session) session = std::make_unique<Session>(options_);
    job(*session);
    return {};
  } catch (const std::exception& thrown) {
    return tl::unexpected(error_of(what, thrown));
  }
}

std::unique_ptr<Session> Pool::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return nullptr;
  auto session = std::move(idle_.back());
  idle_.pop_back();
  return session;
}

void Pool::give_back(std::unique_ptr<Session> session) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < options_.connections) idle_.push_back(std::move(session));
}

}  // namespace motorcade::postgres
