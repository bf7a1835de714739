#include "simulation/virtual_clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace motorcade::simulation {

namespace asio = boost::asio;

/// Takes a sleeper off the clock, also when its coroutine is destroyed.
struct VirtualClock::Sleeper {
  VirtualClock& clock;
  Place place;
  ~Sleeper() { clock.waiting_.erase(place); }
};

asio::awaitable<void> VirtualClock::sleep_until(Time when) {
  auto timer = std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor,
                                                    asio::steady_timer::time_point::max());
  const Sleeper sleeper{*this, place(when)};
  // An expiry in the past also ends a wait that begins only afterwards.
  waiting_.emplace(sleeper.place,
                   [timer] { timer->expires_at(asio::steady_timer::time_point::min()); });
  co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
}

bool VirtualClock::jump(Time end) {
  if (waiting_.empty() || waiting_.begin()->first.first > end) {
    now_ = std::max(now_, end);
    return false;
  }
  const auto next = waiting_.extract(waiting_.begin());
  now_ = next.key().first;
  next.mapped()();
  return true;
}

}  // namespace motorcade::simulation
