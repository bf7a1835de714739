// Everything between vehicles and engine. It loses, doubles, delays and so reorders what passes,
// holds what comes while nobody serves or listens, and keeps the newest acknowledgement for each
// vehicle.
#pragma once
#include <vector>

#include "engine/edge/intake.hpp"
#include "engine/ports/vehicle_link.hpp"
#include "simulation/dice.hpp"
#include "simulation/stores.hpp"
#include "simulation/virtual_clock.hpp"

namespace motorcade::simulation {

/// Per mille of all messages, in both directions.
struct LinkFaults {
  std::uint64_t lost = 0, doubled = 0, late = 0;
  Duration fastest = std::chrono::milliseconds(5), slowest = std::chrono::milliseconds(200);
  Duration latest = std::chrono::minutes(3);  ///< of those that are late
};

/// A vehicle, as the broker sees it.
class Subscriber {
 public:
  virtual ~Subscriber() = default;
  [[nodiscard]] virtual bool connected() const = 0;
  virtual void hear(ports::Channel channel, const std::string& body) = 0;
};

/// An engine's process, as the broker sees it.
class Server {
 public:
  virtual ~Server() = default;
  virtual void accept(edge::VehicleReport report) = 0;
};

class Broker {
 public:
  Broker(VirtualClock& clock, Dice dice) : clock_(clock), dice_(std::move(dice)) {}
  LinkFaults faults;
  Fails fails;  ///< a notice that an engine publishes
  /// Sees each acknowledgement before anybody else does.
  std::function<void(const std::string& vin, const std::string& body)> on_ack;

  void attach(const std::string& vin, Subscriber& vehicle) { desks_[vin].vehicle = &vehicle; }
  /// A vehicle publishes.
  void report(const edge::VehicleReport& report);
  /// A vehicle has connected: it gets the retained acknowledgement and what waited for it.
  void connected(const std::string& vin);

  void serve(Server& server) { servers_.push_back(&server); }
  void leave(Server& server) { std::erase(servers_, &server); }
  [[nodiscard]] std::vector<edge::VehicleReport> take_held() { return std::exchange(held_, {}); }
  /// An engine publishes. An error: nothing is known of it.
  Result<void> publish(const ports::Notice& notice);

 private:
  struct Desk {
    Subscriber* vehicle = nullptr;
    std::string ack;  ///< retained
    std::vector<ports::Notice> waiting;
  };
  /// Once, twice or never, sooner or later.
  void pass(const std::function<void()>& arrive);
  void arrive(const edge::VehicleReport& report);
  void arrive(const ports::Notice& notice);

  VirtualClock& clock_;
  Dice dice_;
  std::map<std::string, Desk> desks_;
  std::vector<Server*> servers_;
  std::vector<edge::VehicleReport> held_;
};

}  // namespace motorcade::simulation
