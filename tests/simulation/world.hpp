// A world of one thread and virtual time: disks and network that outlive an engine, the engine's
// processes (none, one, or two while one takes over), and an auditor.
#pragma once
#include "simulation/engine.hpp"
#include "simulation/watcher.hpp"

namespace motorcade::simulation {

class World {
 public:
  World(PartitionCounts counts, Dice dice);

  VirtualClock clock;
  std::shared_ptr<memory::Store> store;
  Snapshots snapshots;
  Checkpoints checkpoints;
  Keys keys;
  Artifacts artifacts;
  Broker broker;
  Watcher watcher;
  Dice dice;
  /// Of the next process; called with it before it runs.
  std::function<EngineOptions(std::size_t process)> options = [](std::size_t) {
    return EngineOptions{};
  };

  /// Another process; those that run already go on until they find themselves fenced, or end.
  void start_engine();
  [[nodiscard]] std::size_t engines() const { return engines_.size(); }
  [[nodiscard]] Engine* newest() { return engines_.empty() ? nullptr : engines_.back().get(); }
  [[nodiscard]] Engine* oldest() { return engines_.empty() ? nullptr : engines_.front().get(); }
  [[nodiscard]] Engine* process(std::size_t number);
  [[nodiscard]] std::size_t processes() const { return started_; }  ///< ever started

  /// Runs until finish(), a problem, or `end`; false unless it was finish().
  bool run(Time end);
  void finish() { finished_ = true; }
  void problem(std::string what) { problems_.push_back(std::move(what)); }
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

  /// What an operator asks; lost if no engine runs.
  void request(const campaign::Command& command, const CampaignId& campaign);
  void request(const catalog::Command& command, const std::string& ecu_type);

  /// Live state = replayed state, from zero and from snapshots; the chain holds. At rest only.
  void check_states();

 private:
  void settle();
  void check_acknowledgement(const std::string& vin, const std::string& body);
  void check_snapshots(const std::vector<ports::OwnerState>& replayed);

  std::vector<std::unique_ptr<Engine>> engines_;
  std::map<Engine*, std::size_t> numbers_;
  std::size_t started_ = 0;
  bool finished_ = false;
  std::vector<std::string> problems_;
};

}  // namespace motorcade::simulation
