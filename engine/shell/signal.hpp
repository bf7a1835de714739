// Wakes coroutines of one executor that wait for "something changed".
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace motorcade::shell {

namespace asio = boost::asio;
inline constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

/// Completes with the first of them and says which (from 0); the others are cancelled. Throws only
/// if all do. (Asio's ||, which costs the compiler seconds wherever it is written, is written here.)
asio::awaitable<std::size_t> first_of(asio::awaitable<void> a, asio::awaitable<void> b);
asio::awaitable<std::size_t> first_of(asio::awaitable<void> a, asio::awaitable<void> b,
                                      asio::awaitable<void> c);

class Signal {
 public:
  explicit Signal(const asio::any_io_executor& executor)
      : timer_(executor, asio::steady_timer::time_point::max()) {}
  void wake() {
    set_ = true;
    timer_.cancel();
  }
  /// Completes at the next wake(), at once if there was one since the last wait.
  asio::awaitable<void> wait() {
    if (!set_) {
      auto [error] = co_await timer_.async_wait(as_result);
      (void)error;
    }
    set_ = false;
  }

 private:
  asio::steady_timer timer_;
  bool set_ = false;
};

}  // namespace motorcade::shell
