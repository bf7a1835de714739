#include "engine/edge/erasure.hpp"

namespace motorcade::edge {

asio::awaitable<Result<VehicleId>> Erasure::erase(std::string vin) {
  const auto vehicle = keys_.id_of(vin);
  CO_TRY_VOID(keys_.destroy(vehicle));
  // What the projector read before this moment may still carry the VIN: its rows are cleared when
  // all of that is in them.
  const auto& counts = log_.birth().counts;
  const Partition partition{Stream::kVehicle, partition_of(vehicle, counts.vehicle)};
  CO_TRY(const Sequence end, co_await log_.end(partition));
  bool caught_up = true;
  if (end.value > 0) {
    const Position last{partition, {end.value - 1}};
    caught_up = co_await rows_.wait_for(last, patience_);
  }
  CO_TRY_VOID(co_await forget_rows_(vehicle));
  if (!caught_up)
    co_return failure(std::errc::timed_out,
                      "the key of " + to_hex(vehicle) +
                          " is destroyed, but the projector lags and may bring the VIN back into "
                          "the rows: erase it again when it has caught up");
  ports::Notice nothing{ports::Channel::kAck, std::move(vin), {}, 0};  // clears what is retained
  const auto cleared = co_await link_.publish(std::move(nothing));
  if (!cleared)
    co_return failure(cleared.error().code,
                      "the key of " + to_hex(vehicle) +
                          " is destroyed, but the broker keeps an acknowledgement under its VIN: "
                          "erase it again (" +
                          cleared.error().context + ")");
  co_return vehicle;
}

}  // namespace motorcade::edge
