// A coroutine, run to its end on this thread: what commands do with the engine's rooms.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

namespace motorcade::app {

template <class T>
T run_here(boost::asio::awaitable<T> work) {
  boost::asio::io_context io(1);
  std::optional<T> answer;
  boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr e, T value) {
    if (e) std::rethrow_exception(e);
    answer = std::move(value);
  });
  io.run();
  return *std::move(answer);
}

}  // namespace motorcade::app
