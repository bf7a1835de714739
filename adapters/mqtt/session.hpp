// One session with the broker, over Paho. Its callbacks run on the library's threads and only post
// to our executor, or wait, as backpressure, for what is done there. After stop() nothing connects
// any more, and nothing of the session outlives it.
#pragma once
#include <mqtt/async_client.h>

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/mqtt/limits.hpp"
#include "engine/edge/journal.hpp"
#include "events/result.hpp"

namespace motorcade::mqtt_edge {

namespace asio = boost::asio;

struct SessionOptions {
  std::string uri;                   ///< ssl://host:8883
  std::string client_id;             ///< names the persistent session at the broker
  std::string ca, certificate, key;  ///< PEM files
  Limits limits = {};
  /// Subscribed to on every connection, at QoS 1. None: the broker keeps no session either.
  std::vector<std::string> filters = {};
};

struct Sending {
  std::string topic, body;
  bool retained{};
  std::uint32_t expiry_seconds{};
};

class Session {
 public:
  using OnMessage = std::function<void(mqtt::const_message_ptr)>;
  using OnSubscribed = std::function<void()>;
  /// `executor` is a strand, or run by one thread: the pauses before connecting again pass there.
  Session(SessionOptions options, edge::Journal journal, OnMessage on_message,
          OnSubscribed on_subscribed, asio::any_io_executor executor);
  ~Session();

  /// Connects and subscribes, and again whenever the connection is lost or the broker refuses, with
  /// a growing pause; returns at once.
  void start();
  void stop();
  [[nodiscard]] bool connected() const { return connected_; }
  /// Connected, and the broker has granted every filter (SUBACK's reason codes say so).
  [[nodiscard]] bool subscribed() const { return subscribed_; }

  /// Completes when the broker has taken it (QoS 1).
  asio::awaitable<Result<void>> publish(Sending sending);

 private:
  class Connecting;
  class Subscribing;
  class Retry;
  void attempt();
  void connect();
  void subscribe();
  void try_again();
  void granted();
  void refused(const std::string& reason);
  asio::awaitable<Result<void>> complete(
      std::function<mqtt::token_ptr(mqtt::iaction_listener&)> begin, std::string what);

  SessionOptions options_;
  edge::Journal journal_;
  OnMessage on_message_;
  OnSubscribed on_subscribed_;
  std::atomic<bool> connected_{false}, subscribed_{false}, stopping_{false};
  std::shared_ptr<Retry> retry_;
  std::unique_ptr<mqtt::iaction_listener> connecting_, subscribing_;
  mqtt::async_client client_;  ///< last but one: while it goes away, it may still call back
  /// The library holds its lock while it calls back, and a callback may wait for room that only our
  /// executor makes: who publishes there could wait for ever.
  asio::thread_pool publishers_{1};
};

}  // namespace motorcade::mqtt_edge
