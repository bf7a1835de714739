// What goes wrong around an engine: each seed has its own weather. Crashes at any commit and at any
// time, takeovers while the old process lives on, power cuts, appends whose outcome is unknown,
// aborted or fenced, sends that fail, storage that fails for a while.
#pragma once
#include "simulation/world.hpp"

namespace motorcade::simulation {

class Chaos {
 public:
  Chaos(World& world, Dice dice);

  void begin();
  /// No more of it: what is down comes up, and stays.
  void end();
  [[nodiscard]] std::string describe() const;

 private:
  /// Per mille of appends, sends and other writes.
  struct Weather {
    std::uint64_t dies = 0, unknown = 0, aborted = 0, fenced = 0, send_fails = 0;
    bool outages = false, crashes = false, takeovers = false, power_cuts = false, stops = false;
    bool slow = false;
  };
  EngineOptions options_for(std::size_t process);
  memory::AppendFate append_fate(std::size_t process, std::size_t envelopes);
  memory::SendFault send_fate();
  void brew();
  void strike();
  void die(std::size_t process);
  void come_back(Duration least, Duration most);
  void ensure_an_engine();
  bool write_fails() { return !over_ && outage_; }

  World& world_;
  Dice dice_;
  Weather weather_;
  bool outage_ = false, over_ = false, no_power_ = false;
};

}  // namespace motorcade::simulation
