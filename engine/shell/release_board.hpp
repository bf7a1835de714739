// The notice board as a broadcast: the newest available release of each ECU type, retained at the
// broker.
#pragma once
#include "engine/shell/effects.hpp"

namespace motorcade::shell {

/// Follows one catalog partition (a type's releases are all in one). Repeats the whole board at
/// each start.
class ReleaseBoard {
 public:
  ReleaseBoard(EffectsWorld world, Partition partition, asio::any_io_executor executor);
  asio::awaitable<void> run();
  void stop();

 private:
  asio::awaitable<Result<void>> follow();
  /// False: something could not be published now.
  asio::awaitable<bool> announce();

  EffectsWorld world_;
  Partition partition_;
  asio::any_io_executor executor_;
  Follower<core::catalogs::Catalog> follower_;
  std::map<std::string, ReleaseId> announced_;  ///< by ECU type
  Signal signal_;
  bool stopping_ = false;
};

}  // namespace motorcade::shell
