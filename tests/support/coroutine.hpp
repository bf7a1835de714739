// Coroutines in tests.
#pragma once
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

namespace motorcade::testing_support {

/// Runs a coroutine to its end on this thread.
template <class T>
T run(boost::asio::awaitable<T> task) {
  boost::asio::io_context io;
  std::optional<T> result;
  boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr failed, T value) {
    if (failed) std::rethrow_exception(failed);
    result.emplace(std::move(value));
  });
  io.run();
  return *std::move(result);
}

}  // namespace motorcade::testing_support
