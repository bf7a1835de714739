// A fixed number of PostgreSQL connections, each used by one thread at a time. libpqxx blocks, so
// its calls run on the pool's own threads; callers await them on their own executor.
//
// A connection that was lost while it lay idle is made again and the call tried once more, so the
// work of a call may run twice. Exceptions of libpqxx end here, as errors.
#pragma once
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <pqxx/pqxx>
#include <set>
#include <string>
#include <vector>

#include "adapters/postgres/errc.hpp"
#include "events/ids.hpp"
#include "events/result.hpp"

namespace motorcade::postgres {

struct Options {
  std::string uri;                   ///< as libpq takes it: postgresql://… or key=value …
  std::string schema = "motorcade";  ///< where the tables are
  std::size_t connections = 4;
  std::size_t max_waiting = 1000;  ///< calls that wait for a connection; more are refused
  Duration connect_timeout = std::chrono::seconds(5);
  Duration statement_timeout = std::chrono::seconds(30);
  Duration wait_timeout = std::chrono::seconds(10);  ///< for a free connection
  /// False for rows: they and their checkpoint are lost together, and the log has them.
  bool synchronous_commit = true;
};

/// One connection, its search path set to the schema, its prepared statements known.
class Session {
 public:
  explicit Session(const Options& options);
  [[nodiscard]] pqxx::connection& connection() { return connection_; }
  /// Prepares on first use; answers the name.
  const std::string& prepared(const std::string& name, const std::string& sql);

 private:
  pqxx::connection connection_;
  std::set<std::string> prepared_;
};

class Pool {
 public:
  explicit Pool(Options options);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Runs `work(Session&)` on a thread of the pool and answers what it returns; what it throws is
  /// an error. `what` names the call in errors. Not interrupted by cancellation: the statement
  /// timeout bounds it.
  template <class Work>
  [[nodiscard]] boost::asio::awaitable<Result<std::invoke_result_t<Work&, Session&>>> run(
      std::string what, Work work) {
    using Answer = std::invoke_result_t<Work&, Session&>;
    // Shared with the thread: the awaiting coroutine may be destroyed before it is done.
    struct State {
      Work work;
      std::optional<Answer> answer;
    };
    auto state = std::make_shared<State>(State{std::move(work), std::nullopt});
    std::function<void(Session&)> job = [state](Session& session) {
      state->answer.emplace(state->work(session));
    };
    const Result<void> done = co_await execute(std::move(what), std::move(job));
    if (!done) co_return tl::unexpected(done.error());
    co_return std::move(*state->answer);
  }

  /// The same on the calling thread, for start-up and tools.
  template <class Work>
  [[nodiscard]] Result<std::invoke_result_t<Work&, Session&>> run_here(const std::string& what,
                                                                       Work work) {
    std::optional<std::invoke_result_t<Work&, Session&>> answer;
    const Result<void> done =
        perform(what, [&](Session& session) { answer.emplace(work(session)); });
    if (!done) return tl::unexpected(done.error());
    return std::move(*answer);
  }

  [[nodiscard]] const Options& options() const { return options_; }

 private:
  boost::asio::awaitable<Result<void>> execute(std::string what, std::function<void(Session&)> job);
  Result<void> perform(const std::string& what, const std::function<void(Session&)>& job);
  Result<void> attempt(const std::string& what, const std::function<void(Session&)>& job,
                       std::unique_ptr<Session>& session);
  std::unique_ptr<Session> take();
  void give_back(std::unique_ptr<Session> session);

  Options options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Session>> idle_;
  std::atomic<std::size_t> waiting_{0};
  boost::asio::thread_pool threads_;
};

}  // namespace motorcade::postgres
