// Many vehicles in one process, on one executor: each with its own certificate, MQTT connection,
// outbox and directory.
#pragma once
#include "vehicle_agent/fleet/vehicle.hpp"

namespace motorcade::fleet {

struct FleetSettings {
  /// Between two vehicles' starts, so that a broker is not stormed.
  std::chrono::milliseconds stagger{10};
  std::chrono::milliseconds look_after{500};
};

struct FleetStatus {
  std::size_t vehicles = 0, started = 0, linked = 0;
  std::map<std::string, std::size_t> phases;
  std::uint64_t outbox = 0, reports_sent = 0;
  std::vector<std::string> errors;  ///< the newest of each kind, at most ten
};
/// One line of JSON.
[[nodiscard]] std::string to_json(const FleetStatus& status);

class Fleet : public std::enable_shared_from_this<Fleet> {
 public:
  Fleet(boost::asio::any_io_executor executor, boost::asio::thread_pool& pool,
        FleetSettings settings, std::vector<VehicleSpec> vehicles,
        std::function<vmg::Log(const VehicleSpec&)> log_of);
  /// Starts them one after the other; the first that cannot live at all ends it: `on_failure`.
  void start(std::function<void(const Error&)> on_failure);
  void stop();
  [[nodiscard]] FleetStatus status() const;
  [[nodiscard]] const std::vector<std::unique_ptr<Vehicle>>& vehicles() const { return vehicles_; }

 private:
  void start_next();
  void look_after();

  FleetSettings settings_;
  std::vector<std::unique_ptr<Vehicle>> vehicles_;
  std::size_t started_ = 0;
  bool stopped_ = false;
  boost::asio::steady_timer stagger_, look_after_;
  std::function<void(const Error&)> on_failure_;
};

}  // namespace motorcade::fleet
