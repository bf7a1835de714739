#include "adapters/mqtt/session.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "adapters/mqtt/errc.hpp"
#include "adapters/mqtt/topics.hpp"

namespace motorcade::mqtt_edge {
namespace {

std::string reason_of(const mqtt::token& token) {
  return "return code " + std::to_string(token.get_return_code()) + ", reason code " +
         std::to_string(static_cast<int>(token.get_reason_code()));
}

/// Completes one asynchronous operation of the library, once, and goes away.
class OneShot : public mqtt::iaction_listener {
 public:
  explicit OneShot(std::function<void(bool, std::string)> done) : done_(std::move(done)) {}
  void on_success(const mqtt::token&) override { finish(true, {}); }
  void on_failure(const mqtt::token& token) override { finish(false, reason_of(token)); }
  void finish(bool ok, std::string why) {
    auto done = std::move(done_);
    delete this;
    done(ok, std::move(why));
  }

 private:
  std::function<void(bool, std::string)> done_;
};
}  // namespace

class Session::Connecting : public mqtt::iaction_listener {
 public:
  explicit Connecting(Session& session) : session_(session) {}
  void on_success(const mqtt::token&) override {}  // the connected handler follows
  void on_failure(const mqtt::token& token) override {
    const edge::JournalFields fields{{"reason", reason_of(token)}};
    session_.journal_(edge::Severity::kWarning, "the broker did not take the connection", fields);
    session_.try_again();
  }

 private:
  Session& session_;
};

class Session::Subscribing : public mqtt::iaction_listener {
 public:
  explicit Subscribing(Session& session) : session_(session) {}
  void on_success(const mqtt::token& token) override {
    // The library calls it a success when it has an answer: of several filters, all may be refused.
    const auto& filters = session_.options_.filters;
    std::vector<int> codes;
    try {
      const auto answer = token.get_subscribe_response();
      for (const auto code : answer.get_reason_codes()) codes.push_back(static_cast<int>(code));
    } catch (const mqtt::exception&) {  // the first is refused: the library shows only that one
      return session_.refused(refused_filters({filters.front()}, {token.get_reason_code()}));
    }
    const auto refused = refused_filters(filters, codes);
    if (!refused.empty()) return session_.refused(refused);
    session_.granted();
  }
  void on_failure(const mqtt::token& token) override {
    const auto code = static_cast<int>(token.get_reason_code());
    const auto& filters = session_.options_.filters;
    const auto named = filters.size() == 1 ? refused_filters(filters, {code}) : std::string();
    session_.refused(named.empty() ? reason_of(token) : named);
  }

 private:
  Session& session_;
};

/// The pause before the next attempt. Handlers of its timer share it, so it may outlive the
/// session, but knows then that there is none. Timer and pause are touched on the executor only.
class Session::Retry : public std::enable_shared_from_this<Retry> {
 public:
  Retry(Session& session, asio::any_io_executor executor, const Limits& limits)
      : session_(&session),
        limits_(limits),
        pause_(limits.first_pause),
        timer_(std::move(executor)) {}

  void arm() {
    asio::post(timer_.get_executor(), [self = shared_from_this()] {
      if (self->ended()) return;
      self->timer_.expires_after(self->pause_);
      self->pause_ = std::min(self->pause_ * 2, self->limits_.longest_pause);
      self->timer_.async_wait([self](boost::system::error_code error) {
        const std::lock_guard lock(self->mutex_);
        if (!error && self->session_ != nullptr) self->session_->attempt();
      });
    });
  }
  void succeeded() {
    asio::post(timer_.get_executor(),
               [self = shared_from_this()] { self->pause_ = self->limits_.first_pause; });
  }
  /// When it returns, no attempt is being made or will be.
  void end() {
    {
      const std::lock_guard lock(mutex_);
      session_ = nullptr;
    }
    asio::post(timer_.get_executor(), [self = shared_from_this()] {
      self->timer_.expires_at(asio::steady_timer::time_point::min());
    });
  }

 private:
  bool ended() {
    const std::lock_guard lock(mutex_);
    return session_ == nullptr;
  }

  std::mutex mutex_;  ///< held while the session is used
  Session* session_;
  const Limits limits_;
  std::chrono::milliseconds pause_;
  asio::steady_timer timer_;
};

Session::Session(SessionOptions options, edge::Journal journal, OnMessage on_message,
                 OnSubscribed on_subscribed, asio::any_io_executor executor)
    : options_(std::move(options)),
      journal_(std::move(journal)),
      on_message_(std::move(on_message)),
      on_subscribed_(std::move(on_subscribed)),
      retry_(std::make_shared<Retry>(*this, std::move(executor), options_.limits)),
      connecting_(std::make_unique<Connecting>(*this)),
      subscribing_(std::make_unique<Subscribing>(*this)),
      client_(options_.uri, options_.client_id, mqtt::create_options(MQTTVERSION_5), nullptr) {
  client_.set_message_callback(
      [this](mqtt::const_message_ptr message) { on_message_(std::move(message)); });
  client_.set_connected_handler([this](const std::string&) {
    if (stopping_) return;
    connected_ = true;
    subscribe();
  });
  client_.set_connection_lost_handler([this](const std::string& cause) {
    connected_ = subscribed_ = false;
    journal_(edge::Severity::kWarning, "the connection to the broker was lost", {{"cause", cause}});
    try_again();
  });
}

Session::~Session() {
  stop();
  publishers_.join();
}

void Session::start() {
  connect();
}

void Session::stop() {
  if (stopping_.exchange(true)) return;
  retry_->end();
  try {
    if (connected_) client_.disconnect(2000)->wait_for(std::chrono::seconds(3));
    client_.disable_callbacks();
  } catch (const mqtt::exception&) {  // it is going away anyway
  }
}

void Session::attempt() {
  if (stopping_ || subscribed_) return;
  if (connected_) return subscribe();
  connect();
}

void Session::subscribe() {
  if (options_.filters.empty()) return granted();
  const auto filters = mqtt::string_collection::create(options_.filters);
  const mqtt::iasync_client::qos_collection qos(options_.filters.size(), 1);
  try {
    client_.subscribe(filters, qos, nullptr, *subscribing_);
  } catch (const mqtt::exception& e) {
    refused(e.what());
  }
}

void Session::granted() {
  subscribed_ = true;
  retry_->succeeded();
  on_subscribed_();
}

/// Nothing that it does not grant is heard, so a part of the filters is no start.
void Session::refused(const std::string& reason) {
  if (stopping_) return;
  subscribed_ = false;
  journal_(edge::Severity::kError,
           "the broker refuses subscriptions: no vehicle is heard until it grants them all; "
           "trying again",
           {{"reason", reason}});
  try_again();
}

void Session::connect() {
  if (stopping_) return;
  try {
    auto tls = mqtt::ssl_options_builder()
                   .trust_store(options_.ca)
                   .key_store(options_.certificate)
                   .private_key(options_.key)
                   .verify(true)  // the broker's name too, not only its issuer
                   .finalize();
    const bool hears = !options_.filters.empty();
    mqtt::properties properties{
        {mqtt::property::SESSION_EXPIRY_INTERVAL, std::int32_t{hears ? -1 : 0}},
        {mqtt::property::RECEIVE_MAXIMUM, static_cast<std::int32_t>(options_.limits.in_flight)}};
    auto connect = mqtt::connect_options_builder()
                       .mqtt_version(MQTTVERSION_5)
                       .clean_start(!hears)
                       .keep_alive_interval(options_.limits.keep_alive)
                       .connect_timeout(std::chrono::seconds(10))
                       .properties(std::move(properties))
                       .ssl(std::move(tls))
                       .finalize();
    client_.connect(std::move(connect), nullptr, *connecting_);
  } catch (const mqtt::exception& e) {
    journal_(edge::Severity::kWarning, "connecting to the broker failed", {{"reason", e.what()}});
    try_again();
  }
}

void Session::try_again() {
  if (!stopping_) retry_->arm();
}

asio::awaitable<Result<void>> Session::complete(
    std::function<mqtt::token_ptr(mqtt::iaction_listener&)> begin, std::string what) {
  auto initiate = [this, &begin, &what](auto handler) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    auto executor = asio::get_associated_executor(*shared);
    auto* listener = new OneShot([shared, executor, what](bool ok, std::string why) {
      Result<void> result;
      if (!ok) result = failure(Errc::kRefused, what + ": " + why);
      asio::post(executor, [shared, result = std::move(result)]() mutable {
        std::move (*shared)(std::move(result));
      });
    });
    asio::post(publishers_, [this, listener, begin = std::move(begin)] {
      try {
        begin(*listener);
      } catch (const mqtt::exception& e) {
        listener->finish(false, connected_ ? e.what() : "not connected to the broker");
      }
    });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result<void>)>(
      initiate, asio::use_awaitable);
}

asio::awaitable<Result<void>> Session::publish(Sending sending) {
  if (!connected_)
    co_return failure(Errc::kNotConnected, "publishing to " + sending.topic.substr(0, 8) + "…");
  auto message = mqtt::make_message(sending.topic, sending.body, 1, sending.retained);
  mqtt::properties properties;
  properties.add({mqtt::property::CONTENT_TYPE, "application/json"});
  if (sending.expiry_seconds > 0)
    properties.add({mqtt::property::MESSAGE_EXPIRY_INTERVAL,
                    static_cast<std::int32_t>(sending.expiry_seconds)});
  message->set_properties(std::move(properties));
  std::function<mqtt::token_ptr(mqtt::iaction_listener&)> begin =
      [this, message](mqtt::iaction_listener& listener) {
        return client_.publish(message, nullptr, listener);
      };
  std::string what = "publishing";
  co_return co_await complete(std::move(begin), std::move(what));
}

}  // namespace motorcade::mqtt_edge
