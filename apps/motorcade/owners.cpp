#include "motorcade/owners.hpp"

#include <boost/asio/strand.hpp>

namespace motorcade::app {

template <core::Machine M>
class Owners::OwnerRoomOf final : public RoomOf<shell::Owner<M>, OwnerRoom> {
 public:
  using RoomOf<shell::Owner<M>, OwnerRoom>::RoomOf;
  asio::awaitable<std::optional<ports::OwnerState>> state() override { return this->it_.state(); }
};

Owners::Owners(shell::OwnerWorld world, shell::OwnerOptions options, asio::io_context& io)
    : world_(std::move(world)), options_(options), io_(io) {}

template <core::Machine M>
std::shared_ptr<Owners::OwnerRoom> Owners::make_of(Partition partition) {
  return std::make_shared<OwnerRoomOf<M>>(asio::make_strand(io_), world_, partition, options_);
}

std::shared_ptr<Room> Owners::make(Partition partition) {
  std::shared_ptr<OwnerRoom> room;
  switch (partition.stream) {
    case Stream::kVehicle:
      room = make_of<core::shard::Shard>(partition);
      break;
    case Stream::kCampaign:
      room = make_of<core::campaigns::Campaigns>(partition);
      break;
    case Stream::kCatalog:
      room = make_of<core::catalogs::Catalog>(partition);
      break;
  }
  const std::lock_guard lock(mutex_);
  rooms_[partition] = room;
  return room;
}

asio::awaitable<std::vector<ports::OwnerState>> Owners::states() {
  std::vector<std::shared_ptr<OwnerRoom>> rooms;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [partition, it] : rooms_)
      if (auto room = it.lock()) rooms.push_back(std::move(room));
  }
  std::vector<ports::OwnerState> states;
  for (const auto& room : rooms)
    if (const auto state = co_await room->state()) states.push_back(*state);
  co_return states;
}

}  // namespace motorcade::app
