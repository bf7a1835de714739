// One DoIP connection: frames in, frames out, generic nacks and inactivity. Everything runs on the
// one executor that it was made with, which must be a strand or a single thread.
#pragma once
#include <deque>

#include "vehicle_agent/doip/codec.hpp"
#include "vehicle_agent/doip/stream.hpp"

namespace motorcade::doip {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  [[nodiscard]] static std::shared_ptr<Connection> make(asio::any_io_executor executor,
                                                        std::unique_ptr<Stream> stream,
                                                        Limits limits);
  /// Queues and returns; order is kept. A peer that reads too slowly (queue over 4 x the payload
  /// limit) is cut off.
  void send(const Message& message);
  /// The next message. What the codec refuses is answered here with a generic nack; an error means:
  /// closed.
  [[nodiscard]] asio::awaitable<Result<Message>> receive();
  /// Closes the connection unless called again within `idle`.
  void expire_after(Clock::duration idle);
  /// Closes once everything that was sent has left.
  void close_when_sent();
  void close();
  [[nodiscard]] bool is_open() const { return open_; }

 private:
  Connection(asio::any_io_executor executor, std::unique_ptr<Stream> stream, Limits limits);
  static asio::awaitable<void> drain(std::shared_ptr<Connection> self);
  static asio::awaitable<void> watch(std::shared_ptr<Connection> self);

  asio::any_io_executor executor_;
  std::unique_ptr<Stream> stream_;
  Limits limits_;
  Decoder decoder_;
  Bytes read_buffer_;
  Bytes outgoing_;
  asio::steady_timer deadline_;
  bool open_ = true;
  bool draining_ = false;
  bool watching_ = false;
  bool close_when_sent_ = false;
};

}  // namespace motorcade::doip
