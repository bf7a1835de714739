// Just enough of an MQTT 5 broker to say no: it takes every connection, and answers subscriptions as
// the test wants. On the test's own executor, without TLS.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace motorcade::testing_support {

namespace asio = boost::asio;

class FakeMqttBroker {
 public:
  /// The reason codes of the `attempt`th SUBACK (0, 1 …), one per filter (MQTT 5 §3.9.3).
  using Answer = std::function<std::vector<unsigned char>(int attempt,
                                                          const std::vector<std::string>& filters)>;

  FakeMqttBroker(asio::io_context& io, Answer answer)
      : acceptor_(io, {asio::ip::address_v4::loopback(), 0}), answer_(std::move(answer)) {
    asio::co_spawn(io, accept(), asio::detached);
  }
  [[nodiscard]] std::string uri() const {
    return "tcp://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  /// Takes no more connections, and leaves those that it has.
  void stop() {
    acceptor_.close();
    for (const auto& socket : sockets_) socket->close();
  }

  /// A message to who connected last, at QoS 0; `properties` as they are on the wire, fewer than
  /// 128 bytes.
  void say(const std::string& topic, const std::string& body = "{}",
           const std::string& properties = "") {
    const auto size = topic.size() + properties.size() + body.size() + 3;
    std::string packet(1, 0x30);
    if (size >= 128) packet += static_cast<char>(size % 128 | 128);
    packet += static_cast<char>(size >= 128 ? size / 128 : size);
    packet.append(1, '\0').append(1, static_cast<char>(topic.size())).append(topic);
    packet.append(1, static_cast<char>(properties.size())).append(properties).append(body);
    asio::write(*sockets_.back(), asio::buffer(packet));
  }

  int subscribes = 0;               ///< answered so far
  std::vector<std::string> topics;  ///< published to it

 private:
  using Socket = std::shared_ptr<asio::ip::tcp::socket>;
  static constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

  asio::awaitable<void> accept() {
    while (acceptor_.is_open()) {
      auto [error, socket] = co_await acceptor_.async_accept(as_result);
      if (error) co_return;
      sockets_.push_back(std::make_shared<asio::ip::tcp::socket>(std::move(socket)));
      asio::co_spawn(acceptor_.get_executor(), serve(sockets_.back()), asio::detached);
    }
  }
  asio::awaitable<void> serve(Socket socket) {
    while (true) {
      unsigned char first = 0, digit = 0x80;
      auto [failed, count] = co_await asio::async_read(*socket, asio::buffer(&first, 1), as_result);
      if (failed) co_return;
      std::size_t size = 0;
      for (int shift = 0; digit >= 0x80; shift += 7) {
        auto [error, n] = co_await asio::async_read(*socket, asio::buffer(&digit, 1), as_result);
        if (error) co_return;
        size |= static_cast<std::size_t>(digit & 0x7F) << shift;
      }
      std::string body(size, '\0');
      auto [error, n] = co_await asio::async_read(*socket, asio::buffer(body), as_result);
      if (error) co_return;
      const auto answer = answer_to(first >> 4, body);
      if (answer.empty()) continue;
      auto [unsent, m] = co_await asio::async_write(*socket, asio::buffer(answer), as_result);
      if (unsent) co_return;
    }
  }

  std::string answer_to(int type, const std::string& body) {
    constexpr int connect = 1, publish = 3, subscribe = 8, ping = 12;
    if (type == connect) return {0x20, 3, 0, 0, 0};
    if (type == ping) return {static_cast<char>(0xD0), 0};
    if (type == publish) {  // QoS 1
      topics.push_back(text_at(body, 0));
      return {0x40, 2, body[2 + topics.back().size()], body[3 + topics.back().size()]};
    }
    if (type != subscribe) return {};
    std::vector<std::string> filters;
    for (std::size_t at = 3 + static_cast<std::size_t>(body[2]); at < body.size();
         at += 3 + filters.back().size())
      filters.push_back(text_at(body, at));
    const auto codes = answer_(subscribes++, filters);
    std::string suback{static_cast<char>(0x90), static_cast<char>(3 + codes.size()), body[0],
                       body[1], 0};
    return suback.append(codes.begin(), codes.end());
  }
  static std::string text_at(const std::string& body, std::size_t at) {
    const auto size =
        static_cast<unsigned char>(body[at]) * 256U + static_cast<unsigned char>(body[at + 1]);
    return body.substr(at + 2, size);
  }

  asio::ip::tcp::acceptor acceptor_;
  Answer answer_;
  std::vector<Socket> sockets_;
};

}  // namespace motorcade::testing_support
