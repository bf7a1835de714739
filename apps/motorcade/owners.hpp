// The owners of this process: made as partitions come, asked for their states.
#pragma once
#include <mutex>

#include "engine/ports/owner_states.hpp"
#include "engine/shell/owner.hpp"
#include "motorcade/rooms.hpp"

namespace motorcade::app {

/// Thread-safe.
class Owners final : public ports::OwnerStates {
 public:
  Owners(shell::OwnerWorld world, shell::OwnerOptions options, asio::io_context& io);
  [[nodiscard]] std::shared_ptr<Room> make(Partition partition);
  asio::awaitable<std::vector<ports::OwnerState>> states() override;

 private:
  class OwnerRoom : public Room {
   public:
    virtual asio::awaitable<std::optional<ports::OwnerState>> state() = 0;
  };
  template <core::Machine M>
  class OwnerRoomOf;
  template <core::Machine M>
  std::shared_ptr<OwnerRoom> make_of(Partition partition);

  shell::OwnerWorld world_;
  shell::OwnerOptions options_;
  asio::io_context& io_;
  std::mutex mutex_;
  std::map<Partition, std::weak_ptr<OwnerRoom>> rooms_;
};

}  // namespace motorcade::app
