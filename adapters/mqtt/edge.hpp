// The MQTT edge: vehicles' reports into inboxes, notices to vehicles.
//
// A PUBACK is no acknowledgement: the owner acknowledges, on vehicle/{vin}/ack. So the edge checks
// identity (by topic; the broker's ACL has bound the topic to the certificate) and size, appends,
// and knows nothing more. Messages of one vehicle stay in their order.
#pragma once
#include <deque>
#include <map>
#include <semaphore>

#include "adapters/mqtt/session.hpp"
#include "adapters/mqtt/topics.hpp"
#include "engine/edge/intake.hpp"
#include "engine/edge/telemetry_intake.hpp"
#include "engine/edge/tls_policy.hpp"
#include "engine/ports/metrics.hpp"
#include "engine/ports/vehicle_link.hpp"

namespace motorcade::mqtt_edge {

struct EdgeOptions {
  SessionOptions session;
  edge::TlsPolicy tls;
  std::string share = "motorcade";  ///< edges of one share divide the vehicles' messages
  bool hears = true;                ///< false: it subscribes to nothing, and only publishes
};

class Edge : public ports::VehicleLink {
 public:
  /// `executor` is a strand. Everything outlives the edge. Without `telemetry` it is dropped.
  Edge(EdgeOptions options, edge::Intake& intake, edge::TelemetryIntake* telemetry,
       ports::Metrics& metrics, edge::Journal journal, asio::any_io_executor executor);
  ~Edge() override;

  [[nodiscard]] Result<void> start();
  void stop();
  /// Whether everything that the broker held for this edge at the start has been appended: until
  /// then no time passes for owners.
  [[nodiscard]] bool drained() const { return drained_; }
  [[nodiscard]] bool connected() const { return session_.connected(); }
  /// Connected, and every vehicle is heard.
  [[nodiscard]] bool subscribed() const { return session_.subscribed(); }

  asio::awaitable<Result<void>> publish(ports::Notice notice) override;

 private:
  struct Waiting {
    edge::VehicleReport report;
    std::string record;  ///< empty before its turn
  };
  /// What waits for one inbox, in order: while some are appended, the next gather.
  struct Lane {
    std::deque<Waiting> waiting;
    unsigned failures = 0;  ///< in a row
    bool busy = false;
  };
  void receive(mqtt::const_message_ptr message);
  void take(edge::VehicleReport report);
  asio::awaitable<void> append(Partition inbox);
  [[nodiscard]] std::vector<std::string> first_of(Lane& lane);
  void finish(Lane& lane, std::size_t count);
  void tell(const char* event, const Error& error) const;
  asio::awaitable<void> mark();
  void mark_seen();

  EdgeOptions options_;
  edge::Intake& intake_;
  edge::TelemetryIntake* telemetry_;
  ports::Metrics& metrics_;
  edge::Journal journal_;
  asio::any_io_executor executor_;
  std::map<Partition, Lane> lanes_;
  std::counting_semaphore<kMostWaitingReports> room_;  ///< none: the library stops reading
  const std::string marker_;
  std::size_t under_way_ = 0;
  bool marker_seen_ = false;
  std::atomic<bool> drained_{false}, stopping_{false};
  Session session_;
};

}  // namespace motorcade::mqtt_edge
