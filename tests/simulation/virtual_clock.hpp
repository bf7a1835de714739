// Virtual time: it stands still while anything moves, and then jumps to the next thing that waits.
// One thread; outlives whoever sleeps by it.
#pragma once
#include <functional>
#include <map>

#include "engine/ports/clock.hpp"

namespace motorcade::simulation {

class VirtualClock final : public ports::Clock {
 public:
  [[nodiscard]] Time now() const override { return now_; }
  boost::asio::awaitable<void> sleep_until(Time when) override;

  /// Does it at `when`, or now if that is over; things of one instant in the order of these calls.
  void at(Time when, std::function<void()> act) { waiting_.emplace(place(when), std::move(act)); }
  void after(Duration wait, std::function<void()> act) { at(now_ + wait, std::move(act)); }
  /// Jumps to the next thing that waits, and does it. False: there is none up to `end`, and now
  /// it is `end`.
  bool jump(Time end);

 private:
  using Place = std::pair<Time, std::uint64_t>;
  struct Sleeper;
  Place place(Time when) { return {std::max(when, now_), ++count_}; }

  Time now_ = Time(std::chrono::seconds(1'800'000'000));
  std::uint64_t count_ = 0;
  std::map<Place, std::function<void()>> waiting_;
};

}  // namespace motorcade::simulation
