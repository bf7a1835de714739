// One process of the engine on its ports: every partition's owner, effects and package worker, and
// the edges' way in. It can end at any moment; what it leaves is `Grounds`.
#pragma once
#include <boost/asio/io_context.hpp>
#include <memory>

#include "adapters/memory/log.hpp"
#include "engine/shell/effects.hpp"
#include "engine/shell/owner.hpp"
#include "engine/shell/package_worker.hpp"
#include "simulation/broker.hpp"

namespace motorcade::simulation {

namespace asio = boost::asio;

/// What outlives an engine's processes: disks, the network, time.
struct Grounds {
  VirtualClock& clock;
  std::shared_ptr<memory::Store> store;
  Snapshots& snapshots;
  Checkpoints& checkpoints;
  Keys& keys;
  Artifacts& artifacts;
  Broker& broker;
};

struct EngineOptions {
  memory::Faults faults;
  shell::OwnerOptions owner{.drain_grace = Duration::max()};  ///< it knows what is on its way
  shell::EffectsOptions effects;
  Duration build_takes = std::chrono::seconds(20);
};

class Engine final : public Server {
 public:
  Engine(Grounds grounds, EngineOptions options, Dice dice);
  ~Engine() override;

  /// Runs what is ready, at most so many steps; how many it ran.
  std::size_t poll(std::size_t most_steps);
  /// Ends at once: nothing that is under way is applied or sent any more. The rest follows when it
  /// is destroyed (it may be its own coroutine that calls this).
  void kill();
  [[nodiscard]] bool alive() const { return alive_; }
  /// SIGTERM; it has ended in order when ended().
  void stop();
  [[nodiscard]] bool stopping() const { return stopping_; }
  [[nodiscard]] bool ended() const { return running_ == 0; }

  void accept(edge::VehicleReport report) override;
  /// Like a POST whose answer nobody waits for.
  void request(const campaign::Command& command, const CampaignId& campaign);
  void request(const catalog::Command& command, const std::string& ecu_type);
  /// The live state of every partition, when the probes have answered (poll).
  void probe(std::function<void(std::vector<ports::OwnerState>)> answer);

 private:
  class Uplink;
  struct Rooms;
  asio::awaitable<void> take(edge::VehicleReport report, bool from_before);
  void send(Result<InboxRecord> record);
  void spawn(asio::awaitable<void> task);

  Grounds grounds_;
  Dice dice_;
  asio::io_context io_{1};
  bool alive_ = true, stopping_ = false;
  std::size_t running_ = 0;   ///< rooms that have not ended
  std::size_t draining_ = 0;  ///< reports of before the start that are not in an inbox yet
  memory::Log log_;
  Links links_;
  QuietReporter reporter_;
  std::unique_ptr<Uplink> uplink_;
  edge::Intake intake_;
  std::unique_ptr<Rooms> rooms_;
  std::exception_ptr failed_;
};

}  // namespace motorcade::simulation
