// Work that blocks or computes for long, away from the executor that everything else runs on.
#pragma once
#include <boost/asio.hpp>

namespace motorcade::vmg {

/// Runs `work` on the pool; the coroutine goes on where it was. `work` must own what it uses.
template <class Work>
[[nodiscard]] boost::asio::awaitable<std::invoke_result_t<Work&>> on_pool(
    boost::asio::thread_pool& pool, Work work) {
  namespace asio = boost::asio;
  using Value = std::invoke_result_t<Work&>;
  auto guard = asio::make_work_guard(co_await asio::this_coro::executor);
  auto initiate = [&pool](auto handler, auto back, Work job) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    asio::post(pool, [shared, back, job = std::move(job)]() mutable {
      auto value = std::make_shared<Value>(job());
      asio::post(back.get_executor(), [shared, value] { std::move (*shared)(std::move(*value)); });
    });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Value)>(
      std::move(initiate), asio::use_awaitable, std::move(guard), std::move(work));
}

}  // namespace motorcade::vmg
