#include "motorcade/health.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace motorcade::app {
namespace asio = boost::asio;
namespace {
constexpr auto kBetween = std::chrono::seconds(1);
constexpr auto kTooOld = std::chrono::seconds(5);
}  // namespace

void Health::Part::answered(const Result<void>& answer) {
  const std::lock_guard lock(mutex_);
  why_ = answer ? std::string() : to_string(answer.error());
  at_ = std::chrono::steady_clock::now();
}

std::optional<std::string> Health::Part::why_not() const {
  const std::lock_guard lock(mutex_);
  if (!why_.empty()) return why_;
  if (std::chrono::steady_clock::now() - at_ > kTooOld) return "does not answer";
  return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> Health::missing() const {
  std::vector<std::pair<std::string, std::string>> all;
  if (auto why = pool_ ? database_.why_not() : std::nullopt)
    all.emplace_back("database", *std::move(why));
  if (auto why = log_.why_not()) all.emplace_back("log", *std::move(why));
  return all;
}

void Health::start(asio::io_context& io) {
  if (pool_) asio::co_spawn(asio::make_strand(io), watch_database(), asio::detached);
  asio::co_spawn(asio::make_strand(io), watch_log(), asio::detached);
}

asio::awaitable<void> Health::watch_database() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const auto ask = [](postgres::Session& session) {
    pqxx::nontransaction(session.connection()).exec("select 1");
    return true;
  };
  while (true) {
    std::string what = "asking whether it is there";
    const auto there = co_await pool_->run(std::move(what), ask);
    database_.answered(there ? Result<void>() : tl::unexpected(there.error()));
    timer.expires_after(kBetween);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

/// Trimming nothing writes nothing, but is refused when nothing can be written; on Kafka it asks the
/// partition's leader.
asio::awaitable<void> Health::watch_log() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const Partition any{Stream::kVehicle, 0};
  const InboxPosition nothing{0};
  while (true) {
    const auto trimmed = co_await inbox_.trim(any, nothing);
    log_.answered(trimmed);
    timer.expires_after(kBetween);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace motorcade::app
