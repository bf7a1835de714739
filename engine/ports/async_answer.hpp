// How an adapter's own thread answers a coroutine: on the coroutine's executor, once, never inline.
#pragma once
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <utility>

namespace motorcade::ports {

/// Called once, from any thread. If it is dropped uncalled, the waiting coroutine ends with it.
template <class T>
using Answer = std::function<void(T)>;

/// Suspends, hands an Answer to `start`, and resumes with what it was called with. Cancellation
/// does not reach the operation: it completes.
template <class T>
boost::asio::awaitable<T> async_answer(std::function<void(Answer<T>)> start) {
  namespace asio = boost::asio;
  auto initiation = [](auto handler, std::function<void(Answer<T>)> begin) {
    using Handler = decltype(handler);
    const auto executor = asio::get_associated_executor(handler);
    struct Waiting {
      Handler handler;
      asio::executor_work_guard<std::decay_t<decltype(executor)>> work;
    };
    auto waiting =
        std::make_shared<Waiting>(Waiting{std::move(handler), asio::make_work_guard(executor)});
    begin([waiting](T value) {
      const auto target = waiting->work.get_executor();
      asio::post(target, [waiting, answer = std::move(value)]() mutable {
        auto resume = std::move(waiting->handler);
        waiting->work.reset();
        std::move(resume)(std::move(answer));
      });
    });
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(T)>(
      initiation, asio::use_awaitable, std::move(start));
}

/// Runs `work` on `pool` and resumes with its result.
template <class T, class Executor>
boost::asio::awaitable<T> offload(const Executor& pool, std::function<T()> work) {
  return async_answer<T>([pool, task = std::move(work)](Answer<T> answer) {
    boost::asio::post(pool, [task, answer = std::move(answer)] { answer(task()); });
  });
}

}  // namespace motorcade::ports
