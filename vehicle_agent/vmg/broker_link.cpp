#include "vehicle_agent/vmg/broker_link.hpp"

#include <mqtt/async_client.h>

#include <boost/asio.hpp>

namespace motorcade::vmg {

namespace {
namespace asio = boost::asio;

BrokerMessage message_of(const mqtt::message& from) {
  BrokerMessage to;
  to.topic = from.get_topic();
  to.body = from.get_payload_str();
  const auto& properties = from.get_properties();
  if (properties.contains(mqtt::property::CONTENT_TYPE) &&
      mqtt::get<mqtt::string>(properties, mqtt::property::CONTENT_TYPE) == "application/x-protobuf")
    to.content_type = ContentType::kProtobuf;
  const auto count = properties.count(mqtt::property::USER_PROPERTY);
  for (std::size_t i = 0; i < count; ++i) {
    const auto [name, value] =
        mqtt::get<mqtt::string_pair>(properties, mqtt::property::USER_PROPERTY, i);
    if (name == "kind" && value == "response") to.response = true;
  }
  return to;
}

/// "vehicle/{vin}/ack": what a log may say of a topic.
std::string without_vin(const std::string& topic, const std::string& vin) {
  const auto at = topic.find(vin);
  return vin.empty() || at == topic.npos ? topic
                                         : std::string(topic).replace(at, vin.size(), "{vin}");
}

class PahoLink final : public BrokerLink, public std::enable_shared_from_this<PahoLink> {
 public:
  PahoLink(asio::any_io_executor executor, const std::string& client_id, BrokerSettings settings,
           std::vector<std::string> topics, Listener listener)
      : executor_(executor),
        vin_(client_id),
        settings_(std::move(settings)),
        topics_(mqtt::string_collection::create(topics)),
        listener_(std::move(listener)),
        retry_(executor),
        guard_(executor),
        wait_(settings_.first_retry),
        client_(settings_.uri, client_id, mqtt::create_options(MQTTVERSION_5), nullptr) {}

  void start() override {
    connected_.done = then(&PahoLink::on_connected);
    subscribed_.done = then(&PahoLink::on_subscribed);
    subscribed_.wrong_with = [this](const mqtt::token& token) { return refused_by(token); };
    // Weak: Paho keeps the callbacks as long as the client.
    std::weak_ptr<PahoLink> weak = shared_from_this();
    client_.set_message_callback([weak](const mqtt::const_message_ptr& message) {
      auto got = message_of(*message);
      on_executor(weak, [got = std::move(got)](PahoLink& self) mutable {
        self.listener_.on_message(std::move(got));
      });
    });
    client_.set_connection_lost_handler([weak](const std::string& why) {
      on_executor(weak, [why](PahoLink& self) { self.went_down(why.empty() ? "lost" : why); });
    });
    client_.set_disconnected_handler([weak](const mqtt::properties&, mqtt::ReasonCode code) {
      on_executor(weak, [code](PahoLink& self) {
        self.went_down("the broker disconnects: " + std::to_string(code));
      });
    });
    connect();
  }

  void stop() override {
    stopped_ = true;
    retry_.cancel();
    guard_.cancel();
    disconnect();
  }

  void drop(std::chrono::milliseconds pause) override {
    if (stopped_) return;
    disconnect();
    wait_ = pause;
    went_down("dropped on request");
  }

  bool publish(const std::string& topic, std::string body, int qos,
               const UserProperties& user) override {
    if (!up_) return false;
    mqtt::properties properties;
    properties.add({mqtt::property::CONTENT_TYPE, std::string("application/json")});
    for (const auto& [name, value] : user)
      properties.add({mqtt::property::USER_PROPERTY, name, value});
    auto message = mqtt::message::create(topic, std::move(body), qos, false, properties);
    try {
      client_.publish(std::move(message));
      return true;
    } catch (const mqtt::exception&) {
      return false;  // full or just lost: the outbox sends it again
    }
  }

 private:
  struct Outcome final : mqtt::iaction_listener {
    std::function<void(bool, std::string)> done;
    /// What is wrong with an answer that the library calls a success; empty: nothing.
    std::function<std::string(const mqtt::token&)> wrong_with;
    void on_success(const mqtt::token& token) override {
      const auto wrong = wrong_with ? wrong_with(token) : std::string();
      done(wrong.empty(), wrong);
    }
    void on_failure(const mqtt::token& token) override {
      done(false, "return code " + std::to_string(token.get_return_code()) + ", reason " +
                      std::to_string(token.get_reason_code()));
    }
  };
  template <class Act>
  static void on_executor(const std::weak_ptr<PahoLink>& weak, Act act) {
    auto self = weak.lock();
    if (!self) return;
    // The strong reference must end on the executor: the client cannot be destroyed by its thread.
    auto executor = self->executor_;
    asio::post(executor, [self = std::move(self), act = std::move(act)]() mutable {
      if (!self->stopped_) act(*self);
    });
  }
  [[nodiscard]] std::function<void(bool, std::string)> then(
      void (PahoLink::*next)(bool, const std::string&)) {
    return [weak = weak_from_this(), next](bool good, std::string why) {
      on_executor(weak, [next, good, why](PahoLink& self) { (self.*next)(good, why); });
    };
  }

  void connect() {
    auto tls = mqtt::ssl_options_builder()
                   .trust_store(settings_.ca.string())
                   .key_store(settings_.certificate.string())
                   .private_key(settings_.key.string())
                   .verify(true)
                   .finalize();
    mqtt::properties properties;
    properties.add({mqtt::property::SESSION_EXPIRY_INTERVAL,
                    static_cast<std::int32_t>(settings_.session_expiry.count())});
    auto options = mqtt::connect_options_builder()
                       .mqtt_version(MQTTVERSION_5)
                       .clean_start(false)
                       .properties(properties)
                       .keep_alive_interval(settings_.keep_alive)
                       .connect_timeout(settings_.connect_timeout)
                       .max_inflight(128)
                       .ssl(std::move(tls))
                       .finalize();
    watch_attempt();
    try {
      client_.connect(std::move(options), nullptr, connected_);
    } catch (const mqtt::exception& refused) {
      went_down(refused.what());
    }
  }

  /// Paho says nothing at all of a CONNECT that was overtaken by the end of the last connection.
  void watch_attempt() {
    guard_.expires_after(settings_.connect_timeout);
    guard_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
      const auto self = weak.lock();
      if (cancelled || !self || self->stopped_ || self->up_) return;
      self->disconnect();
      self->went_down("no answer to CONNECT");
    });
  }

  void on_connected(bool good, const std::string& why) {
    if (!good) return went_down(why);
    // Without No Local (Paho C++ 1.2 crashes on a list of options): own answers come back, and are
    // known by their kind.
    const mqtt::iasync_client::qos_collection qos(topics_->size(), 1);
    try {
      client_.subscribe(topics_, qos, nullptr, subscribed_);
    } catch (const mqtt::exception& refused) {
      went_down(refused.what());
    }
  }

  /// The topics that a SUBACK refuses, with its reason codes (MQTT 5 §3.9.3). Of several, the library
  /// calls it a success even if all are refused. On Paho's thread: reads only what never changes.
  [[nodiscard]] std::string refused_by(const mqtt::token& token) const {
    constexpr int least_refusal = 0x80;
    std::vector<int> codes;
    try {
      const auto answer = token.get_subscribe_response();
      for (const auto code : answer.get_reason_codes()) codes.push_back(static_cast<int>(code));
    } catch (const mqtt::exception&) {  // the first is refused: the library shows only that one
      codes.assign(topics_->size(), 0);
      codes.front() = token.get_reason_code();
    }
    std::string out;
    for (std::size_t i = 0; i < topics_->size(); ++i) {
      const int code = i < codes.size() ? codes[i] : least_refusal;
      if (code < least_refusal) continue;
      out += (out.empty() ? "" : ", ") + without_vin((*topics_)[i], vin_) + " (reason code " +
             std::to_string(code) + ")";
    }
    return out;
  }

  void on_subscribed(bool good, const std::string& why) {
    if (!good) {
      disconnect();
      return went_down("the broker refuses the subscriptions: " + why +
                       "; its access rules must let the vehicle read them");
    }
    wait_ = settings_.first_retry;
    up_ = true;
    guard_.cancel();
    listener_.on_up();
  }

  void went_down(const std::string& why) {
    if (stopped_ || waiting_) return;
    up_ = false;
    listener_.on_down(why);
    waiting_ = true;
    retry_.expires_after(wait_);
    wait_ = std::min(wait_ * 2, settings_.last_retry);
    retry_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
      const auto self = weak.lock();
      if (cancelled || !self || self->stopped_) return;
      self->waiting_ = false;
      self->connect();
    });
  }

  void disconnect() {
    up_ = false;
    try {
      if (client_.is_connected()) client_.disconnect(100);
    } catch (const mqtt::exception&) {  // it is gone already
    }
  }

  asio::any_io_executor executor_;
  const std::string vin_;
  BrokerSettings settings_;
  mqtt::const_string_collection_ptr topics_;
  Listener listener_;
  asio::steady_timer retry_, guard_;
  std::chrono::milliseconds wait_;
  bool up_ = false, waiting_ = false, stopped_ = false;
  Outcome connected_, subscribed_;
  mqtt::async_client client_;  // last: destroyed first, while what its callbacks use still lives
};
}  // namespace

Result<std::shared_ptr<BrokerLink>> make_broker_link(asio::any_io_executor executor,
                                                     std::string client_id, BrokerSettings settings,
                                                     std::vector<std::string> topics,
                                                     BrokerLink::Listener listener) {
  try {
    return std::make_shared<PahoLink>(std::move(executor), client_id, std::move(settings),
                                      std::move(topics), std::move(listener));
  } catch (const mqtt::exception& refused) {
    return failure(Errc::kBroker, refused.what());
  }
}

}  // namespace motorcade::vmg
