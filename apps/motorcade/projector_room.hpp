// The projector of the partitions that this process has.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "motorcade/rooms.hpp"
#include "projections/runner/projector.hpp"

namespace motorcade::app {

class ProjectorRoom final : public Room {
 public:
  /// `failed`: it has ended by itself, with an error that trying again does not mend.
  template <class... Args>
  ProjectorRoom(asio::any_io_executor executor, std::function<void(const Error&)> failed,
                Args&&... args)
      : executor_(std::move(executor)),
        failed_(std::move(failed)),
        projector_(std::forward<Args>(args)...) {}
  [[nodiscard]] asio::any_io_executor executor() const override { return executor_; }
  asio::awaitable<void> run() override {
    auto token = asio::bind_cancellation_slot(stop_.slot(), asio::as_tuple(asio::use_awaitable));
    if (stopping_) co_return;
    auto [thrown, projected] = co_await asio::co_spawn(executor_, projector_.run(), token);
    if (stopping_) co_return;  // cancelled, as it was told
    if (thrown) std::rethrow_exception(thrown);
    if (!projected) failed_(projected.error());
  }
  void stop() override {
    asio::post(executor_, [this] {
      stopping_ = true;
      stop_.emit(asio::cancellation_type::terminal);
    });
  }

 private:
  asio::any_io_executor executor_;
  std::function<void(const Error&)> failed_;
  projections::Projector projector_;
  asio::cancellation_signal stop_;
  bool stopping_ = false;
};

}  // namespace motorcade::app
