#include "projections/runner/progress.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace motorcade::projections {

namespace asio = boost::asio;

void Progress::advance(const Checkpoints& committed) {
  std::vector<Waiter> served;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [partition, next] : committed) checkpoints_[partition] = next;
    const auto split = std::stable_partition(
        waiters_.begin(), waiters_.end(),
        [&](const Waiter& waiter) { return !reached_locked(waiter.position); });
    served.assign(std::make_move_iterator(split), std::make_move_iterator(waiters_.end()));
    waiters_.erase(split, waiters_.end());
  }
  // A timer is not thread-safe: its own executor cancels it.
  for (Waiter& waiter : served) {
    asio::post(waiter.wake->get_executor(),
               [wake = waiter.wake] { wake->expires_at(asio::steady_timer::time_point::min()); });
  }
}

bool Progress::reached(const Position& position) const {
  const std::lock_guard lock(mutex_);
  return reached_locked(position);
}

bool Progress::reached_locked(const Position& position) const {
  const auto found = checkpoints_.find(position.partition);
  return found != checkpoints_.end() && found->second > position.sequence;
}

Checkpoints Progress::checkpoints() const {
  const std::lock_guard lock(mutex_);
  return checkpoints_;
}

asio::awaitable<bool> Progress::wait_for(Position position, Duration timeout) {
  const auto executor = co_await asio::this_coro::executor;
  auto wake = std::make_shared<asio::steady_timer>(executor, timeout);
  {
    const std::lock_guard lock(mutex_);
    if (reached_locked(position)) co_return true;
    waiters_.push_back(Waiter{position, wake});
  }
  co_await wake->async_wait(asio::as_tuple(asio::use_awaitable));
  const std::lock_guard lock(mutex_);
  std::erase_if(waiters_, [&](const Waiter& waiter) { return waiter.wake == wake; });
  co_return reached_locked(position);
}

}  // namespace motorcade::projections
