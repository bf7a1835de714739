// The vehicle's one MQTT connection: MQTT 5 over TLS, persistent session, QoS 1, reconnecting by
// itself. Paho's threads only post to the executor; everything here runs on it.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "events/envelope.hpp"
#include "vehicle_agent/vmg/errc.hpp"

namespace motorcade::vmg {

struct BrokerSettings {
  std::string uri;  ///< ssl://host:port
  std::filesystem::path ca, certificate, key;
  std::chrono::seconds keep_alive{30};
  std::chrono::seconds session_expiry{7 * 24 * 3600};
  std::chrono::milliseconds first_retry{500}, last_retry{30'000};
  std::chrono::milliseconds connect_timeout{5000};
};

struct BrokerMessage {
  std::string topic, body;
  ContentType content_type = ContentType::kJson;
  bool response = false;  ///< user property kind = response
};
using UserProperties = std::vector<std::pair<std::string, std::string>>;

class BrokerLink {
 public:
  struct Listener {
    std::function<void()> on_up;  ///< connected and subscribed
    std::function<void(std::string why)> on_down;
    std::function<void(BrokerMessage)> on_message;
  };
  virtual ~BrokerLink() = default;
  virtual void start() = 0;
  /// Takes leave; nothing is heard of it afterwards.
  virtual void stop() = 0;
  /// The link is lost, and comes back after `pause` (a fault on request).
  virtual void drop(std::chrono::milliseconds pause) = 0;
  /// False: not connected. True promises nothing: only an ack counts.
  virtual bool publish(const std::string& topic, std::string body, int qos,
                       const UserProperties& properties) = 0;
};

/// `client_id` is the VIN. Errors: kBroker.
[[nodiscard]] Result<std::shared_ptr<BrokerLink>> make_broker_link(
    boost::asio::any_io_executor executor, std::string client_id, BrokerSettings settings,
    std::vector<std::string> topics, BrokerLink::Listener listener);
/// Tests put a link of their own in its place.
using MakeBrokerLink = std::function<decltype(make_broker_link)>;

}  // namespace motorcade::vmg
