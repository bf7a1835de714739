// The machine's clock.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/system_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/ports/clock.hpp"

namespace motorcade::app {

class SystemClock final : public ports::Clock {
 public:
  [[nodiscard]] Time now() const override {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  }
  boost::asio::awaitable<void> sleep_until(Time when) override {
    boost::asio::system_timer timer(co_await boost::asio::this_coro::executor, when);
    auto [error] = co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    (void)error;
  }
};

}  // namespace motorcade::app
