#include "vehicle_agent/doip/connection.hpp"

namespace motorcade::doip {

std::shared_ptr<Connection> Connection::make(asio::any_io_executor executor,
                                             std::unique_ptr<Stream> stream, Limits limits) {
  return std::shared_ptr<Connection>(
      new Connection(std::move(executor), std::move(stream), limits));
}

Connection::Connection(asio::any_io_executor executor, std::unique_ptr<Stream> stream,
                       Limits limits)
    : executor_(std::move(executor)),
      stream_(std::move(stream)),
      limits_(limits),
      decoder_(limits),
      read_buffer_(16 * 1024),
      deadline_(executor_, Clock::time_point::max()) {}

void Connection::send(const Message& message) {
  if (!open_ || close_when_sent_) return;
  const auto bytes = encode(message, decoder_.peer_version());
  outgoing_.insert(outgoing_.end(), bytes.begin(), bytes.end());
  if (outgoing_.size() > 4 * std::size_t{limits_.max_payload_bytes}) return close();
  if (draining_) return;
  draining_ = true;
  asio::co_spawn(executor_, drain(shared_from_this()), asio::detached);
}

asio::awaitable<void> Connection::drain(std::shared_ptr<Connection> self) {
  Bytes writing;
  while (self->open_ && !self->outgoing_.empty()) {
    writing.clear();
    std::swap(writing, self->outgoing_);
    auto written = co_await self->stream_->write(asio::buffer(writing));
    if (!written) self->close();
  }
  self->draining_ = false;
  if (self->close_when_sent_) self->close();
}

asio::awaitable<Result<Message>> Connection::receive() {
  const auto self = shared_from_this();
  while (open_) {
    if (auto decoded = decoder_.next()) {
      if (auto* message = std::get_if<Message>(&*decoded)) co_return std::move(*message);
      const auto& refused = std::get<Rejected>(*decoded);
      send(GenericNack{refused.code});
      if (!refused.close) continue;
      close_when_sent();
      co_return failure(Errc::malformed, refused.what);
    }
    auto count = co_await stream_->read_some(asio::buffer(read_buffer_));
    if (!count) {
      close();
      co_return tl::unexpected(std::move(count).error());
    }
    decoder_.feed(ByteView(read_buffer_).first(*count));
  }
  co_return failure(Errc::closed, "DoIP connection");
}

void Connection::expire_after(Clock::duration idle) {
  if (!open_) return;
  deadline_.expires_after(idle);  // wakes the watcher, which waits anew
  if (watching_) return;
  watching_ = true;
  asio::co_spawn(executor_, watch(shared_from_this()), asio::detached);
}

asio::awaitable<void> Connection::watch(std::shared_ptr<Connection> self) {
  while (self->open_ && Clock::now() < self->deadline_.expiry())
    co_await self->deadline_.async_wait(as_result);
  self->close();
}

void Connection::close_when_sent() {
  if (!draining_) return close();
  close_when_sent_ = true;
}

void Connection::close() {
  if (!open_) return;
  open_ = false;
  stream_->close();
  deadline_.cancel();
}

}  // namespace motorcade::doip
