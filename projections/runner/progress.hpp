// How far this process's projector has come: what a read that brings a position token waits for.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <vector>

#include "projections/runner/row_sink.hpp"

namespace motorcade::projections {

/// Thread-safe: the projector and the readers may run on different executors.
class Progress {
 public:
  void advance(const Checkpoints& committed);
  [[nodiscard]] bool reached(const Position& position) const;
  [[nodiscard]] Checkpoints checkpoints() const;
  /// True when the rows hold this position's envelope; false after the timeout.
  [[nodiscard]] boost::asio::awaitable<bool> wait_for(Position position, Duration timeout);

 private:
  struct Waiter {
    Position position;
    std::shared_ptr<boost::asio::steady_timer> wake;
  };
  [[nodiscard]] bool reached_locked(const Position& position) const;

  mutable std::mutex mutex_;
  Checkpoints checkpoints_;
  std::vector<Waiter> waiters_;
};

}  // namespace motorcade::projections
