// Effects of one vehicle partition: acknowledgements, offers and commands to vehicles, made from
// committed facts.
//
// Delivered at least once: the checkpoint is written after delivery, and what a vehicle has not
// answered is repeated until it is answered or has expired. Every command has an id, so a repeated
// one acts once. Acknowledgements go first: the vehicles wait for them. A notice that the broker
// refuses again and again is left, and repeated like an unanswered one.
#pragma once
#include <map>
#include <set>
#include <unordered_map>

#include "engine/ports/checkpoint_store.hpp"
#include "engine/ports/package_links.hpp"
#include "engine/ports/vehicle_link.hpp"
#include "engine/shell/follower.hpp"

namespace motorcade::shell {

/// What effects share; outlives them.
struct EffectsWorld {
  ports::EventLog& events;
  ports::Clock& clock;
  ports::KeyStore& keys;
  ports::SnapshotStore& snapshots;
  ports::CheckpointStore& checkpoints;
  ports::VehicleLink& link;
  ports::PackageLinks& packages;
  ports::Reporter& reporter;
};

struct EffectsOptions {
  Duration repeat_first =
      std::chrono::seconds(15);  ///< an unanswered command, then twice as long each time …
  Duration repeat_most = std::chrono::minutes(10);  ///< … up to this
  Duration retry = std::chrono::milliseconds(500);
  std::size_t in_flight = 64;  ///< notices on their way to the broker at once
  std::size_t repeats = 1000;  ///< in one round; between rounds new facts and acks have their turn
  Duration spread =
      std::chrono::milliseconds(1);  ///< after a start, between one repeat and the next
  std::uint32_t refusals = 5;        ///< by the broker, before a notice is left
};

class Effects {
 public:
  Effects(EffectsWorld world, Partition partition, EffectsOptions options,
          asio::any_io_executor executor);
  /// Until stop(). Failures of the world are reported and tried again.
  asio::awaitable<void> run();
  void stop();

 private:
  using Shard = core::shard::Shard;
  struct Repeat {
    CommandId command;
    Time due;
    Duration interval{};
  };

  asio::awaitable<Result<void>> follow();
  void see(const Fold<Shard>& fold);
  void see_fact(const Fold<Shard>& fold, const vehicle::Event& event);
  void acknowledge(const VehicleId& vehicle, const core::OutboxCursor& cursor);
  void offer(const VehicleId& vehicle, const core::Assignment& assignment);
  void command(const vehicle::CommandIssued& issued);
  void watch_again();
  void watch(const VehicleId& vehicle, const CommandId& command, Duration first);
  void repeat_unanswered();
  bool say_again(const VehicleId& id, const CommandId& command, Time now);
  asio::awaitable<void> deliver_all();
  asio::awaitable<void> deliver(std::vector<ports::Notice> notices);
  asio::awaitable<void> deliver_one(const ports::Notice& notice);
  asio::awaitable<void> wait_for_work();

  EffectsWorld world_;
  Partition partition_;
  EffectsOptions options_;
  asio::any_io_executor executor_;
  Follower<Shard> follower_;
  std::map<VehicleId, ports::Notice> acks_;  ///< the newest of each vehicle
  std::vector<ports::Notice> notices_;
  std::unordered_map<VehicleId, Repeat> unanswered_;
  std::set<std::pair<Time, VehicleId>> due_;  ///< of the unanswered
  bool broker_away_ = false;
  Signal signal_;
  bool stopping_ = false;
};

}  // namespace motorcade::shell
