// What a DoIP connection stands on: an ordered stream of bytes. TCP today; TLS is another
// implementation.
#pragma once
#include <boost/asio.hpp>
#include <boost/asio/as_tuple.hpp>
#include <chrono>
#include <memory>

#include "vehicle_agent/doip/error.hpp"

namespace motorcade::doip {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
inline constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

/// Used by one reader and one writer at a time, both on the stream's executor.
class Stream {
 public:
  virtual ~Stream() = default;
  [[nodiscard]] virtual asio::awaitable<Result<std::size_t>> read_some(
      asio::mutable_buffer into) = 0;
  [[nodiscard]] virtual asio::awaitable<Result<void>> write(asio::const_buffer bytes) = 0;
  /// Pending reads and writes end with an error. May be called twice.
  virtual void close() = 0;
};

/// Plain TCP (port 13400 by the standard; any port here).
class TcpStream final : public Stream {
 public:
  explicit TcpStream(asio::ip::tcp::socket socket);
  asio::awaitable<Result<std::size_t>> read_some(asio::mutable_buffer into) override;
  asio::awaitable<Result<void>> write(asio::const_buffer bytes) override;
  void close() override;

 private:
  asio::ip::tcp::socket socket_;
};

/// Connects on the caller's executor, or fails after `timeout`.
[[nodiscard]] asio::awaitable<Result<std::unique_ptr<Stream>>> connect_tcp(
    asio::ip::tcp::endpoint endpoint, Clock::duration timeout);

}  // namespace motorcade::doip
