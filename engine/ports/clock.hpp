// Time, as the shell and the effects see it; virtual in simulation.
#pragma once
#include <boost/asio/awaitable.hpp>

#include "events/ids.hpp"

namespace motorcade::ports {

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Time now() const = 0;
  /// Completes at `when`, or early on cancellation (asio per-operation cancellation).
  virtual boost::asio::awaitable<void> sleep_until(Time when) = 0;
};

}  // namespace motorcade::ports
