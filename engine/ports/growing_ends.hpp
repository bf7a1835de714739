// The ends of growing partitions, and the coroutines that wait for them to grow: what
// implementations of log.hpp share. Thread-safe.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>

#include "events/ids.hpp"

namespace motorcade::ports {

class GrowingEnds {
 public:
  /// Wakes whoever waits for less than `end`, on their own executors.
  void publish(Partition partition, std::uint64_t end) {
    const std::lock_guard lock(state_->mutex);
    state_->ends[partition] = end;
    std::erase_if(state_->waiters, [&](const Waiter& waiter) {
      const bool reached = waiter.partition == partition && end > waiter.from;
      if (reached) wake(waiter.timer);
      return reached;
    });
  }

  [[nodiscard]] std::uint64_t end(Partition partition) const {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->ends.find(partition);
    return found == state_->ends.end() ? 0 : found->second;
  }

  /// Completes when end(partition) > from, or on cancellation. The awaiting coroutine's executor is
  /// a strand, or run by one thread. Who still waits may be destroyed after this, as happens to what
  /// an io_context never resumed.
  boost::asio::awaitable<void> wait_beyond(Partition partition, std::uint64_t from) {
    return wait(state_, partition, from);
  }

 private:
  using Timer = boost::asio::steady_timer;
  struct Waiter {
    Partition partition;
    std::uint64_t from;
    std::shared_ptr<Timer> timer;
  };
  struct State {
    std::mutex mutex;
    std::map<Partition, std::uint64_t> ends;
    std::list<Waiter> waiters;
  };
  struct Registration {
    std::shared_ptr<State> state;
    std::shared_ptr<Timer> timer;
    ~Registration() {
      const std::lock_guard lock(state->mutex);
      std::erase_if(state->waiters, [&](const Waiter& waiter) { return waiter.timer == timer; });
    }
  };

  static boost::asio::awaitable<void> wait(std::shared_ptr<State> state, Partition partition,
                                           std::uint64_t from) {
    auto timer = std::make_shared<Timer>(co_await boost::asio::this_coro::executor,
                                         Timer::time_point::max());
    const Registration registration{state, timer};
    if (!add(*state, {partition, from, timer})) co_return;
    co_await timer->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
  static bool add(State& state, Waiter waiter) {
    const std::lock_guard lock(state.mutex);
    if (state.ends[waiter.partition] > waiter.from) return false;
    state.waiters.push_back(std::move(waiter));
    return true;
  }
  /// An expiry in the past also ends a wait that begins only afterwards.
  static void wake(const std::shared_ptr<Timer>& timer) {
    boost::asio::post(timer->get_executor(),
                      [timer] { timer->expires_at(Timer::time_point::min()); });
  }

  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace motorcade::ports
