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
    const std::lock_guard lock(mutex_);
    ends_[partition] = end;
    std::erase_if(waiters_, [&](const Waiter& waiter) {
      const bool reached = waiter.partition == partition && end > waiter.from;
      if (reached) wake(waiter.timer);
      return reached;
    });
  }

  [[nodiscard]] std::uint64_t end(Partition partition) const {
    const std::lock_guard lock(mutex_);
    const auto found = ends_.find(partition);
    return found == ends_.end() ? 0 : found->second;
  }

  /// Completes when end(partition) > from, or on cancellation. The awaiting coroutine's executor is
  /// a strand, or run by one thread.
  boost::asio::awaitable<void> wait_beyond(Partition partition, std::uint64_t from) {
    auto timer = std::make_shared<Timer>(co_await boost::asio::this_coro::executor,
                                         Timer::time_point::max());
    const Registration registration{*this, timer};
    if (!add(partition, from, timer)) co_return;
    co_await timer->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }

 private:
  using Timer = boost::asio::steady_timer;
  struct Waiter {
    Partition partition;
    std::uint64_t from;
    std::shared_ptr<Timer> timer;
  };
  struct Registration {
    GrowingEnds& ends;
    std::shared_ptr<Timer> timer;
    ~Registration() { ends.remove(timer); }
  };

  bool add(Partition partition, std::uint64_t from, const std::shared_ptr<Timer>& timer) {
    const std::lock_guard lock(mutex_);
    if (ends_[partition] > from) return false;
    waiters_.push_back({partition, from, timer});
    return true;
  }
  void remove(const std::shared_ptr<Timer>& timer) {
    const std::lock_guard lock(mutex_);
    std::erase_if(waiters_, [&](const Waiter& waiter) { return waiter.timer == timer; });
  }
  /// An expiry in the past also ends a wait that begins only afterwards.
  static void wake(const std::shared_ptr<Timer>& timer) {
    boost::asio::post(timer->get_executor(),
                      [timer] { timer->expires_at(Timer::time_point::min()); });
  }

  mutable std::mutex mutex_;
  std::map<Partition, std::uint64_t> ends_;
  std::list<Waiter> waiters_;
};

}  // namespace motorcade::ports
