#include "simulation/broker.hpp"

namespace motorcade::simulation {

void Broker::pass(const std::function<void()>& arrive) {
  if (dice_.chance(faults.lost)) return;
  const auto times = dice_.chance(faults.doubled) ? 2 : 1;
  for (int time = 0; time < times; ++time) {
    const bool late = dice_.chance(faults.late);
    clock_.after(dice_.between(faults.fastest, late ? faults.latest : faults.slowest), arrive);
  }
}

void Broker::report(const edge::VehicleReport& report) {
  pass([this, report] { arrive(report); });
}

void Broker::arrive(const edge::VehicleReport& report) {
  if (servers_.empty())
    held_.push_back(report);
  else
    servers_[dice_.below(servers_.size())]->accept(report);
}

Result<void> Broker::publish(const ports::Notice& notice) {
  if (notice.channel != ports::Channel::kAck && notice.channel != ports::Channel::kControl)
    return {};  // nobody here listens to the alias tree and the notice board
  const bool failed = fails && fails();
  if (!failed || dice_.chance(500)) {
    if (notice.channel == ports::Channel::kAck) {
      if (on_ack) on_ack(notice.address, notice.body);
      desks_[notice.address].ack = notice.body;
    }
    pass([this, notice] { arrive(notice); });
  }
  if (failed) return failure(std::errc::not_connected, "injected: publish");
  return {};
}

void Broker::arrive(const ports::Notice& notice) {
  auto& desk = desks_[notice.address];
  if (desk.vehicle == nullptr) return;
  if (desk.vehicle->connected())
    desk.vehicle->hear(notice.channel, notice.body);
  else if (notice.channel != ports::Channel::kAck)
    desk.waiting.push_back(notice);
}

void Broker::connected(const std::string& vin) {
  auto& desk = desks_[vin];
  auto waiting = std::exchange(desk.waiting, {});
  if (!desk.ack.empty()) waiting.push_back({ports::Channel::kAck, vin, desk.ack, 0});
  for (const auto& notice : waiting) pass([this, notice] { arrive(notice); });
}

}  // namespace motorcade::simulation
