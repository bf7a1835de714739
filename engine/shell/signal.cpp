#include "engine/shell/signal.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace motorcade::shell {

using namespace asio::experimental::awaitable_operators;

asio::awaitable<std::size_t> first_of(asio::awaitable<void> a, asio::awaitable<void> b) {
  const auto first = co_await (std::move(a) || std::move(b));
  co_return first.index();
}

asio::awaitable<std::size_t> first_of(asio::awaitable<void> a, asio::awaitable<void> b,
                                      asio::awaitable<void> c) {
  const auto first = co_await (std::move(a) || std::move(b) || std::move(c));
  co_return first.index();
}

}  // namespace motorcade::shell
