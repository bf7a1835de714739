#include <boost/asio/experimental/awaitable_operators.hpp>

#include "vehicle_agent/doip/stream.hpp"

namespace motorcade::doip {
namespace {

std::string name_of(const asio::ip::tcp::endpoint& endpoint) {
  return endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
}

}  // namespace

TcpStream::TcpStream(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

asio::awaitable<Result<std::size_t>> TcpStream::read_some(asio::mutable_buffer into) {
  auto [error, count] = co_await socket_.async_read_some(into, as_result);
  if (error == asio::error::eof) co_return failure(Errc::closed, "the peer closed the connection");
  if (error) co_return failure(error, "reading from a DoIP peer");
  co_return count;
}

asio::awaitable<Result<void>> TcpStream::write(asio::const_buffer bytes) {
  auto [error, count] = co_await asio::async_write(socket_, bytes, as_result);
  if (error)
    co_return failure(error, "writing to a DoIP peer after " + std::to_string(count) + " bytes");
  co_return Result<void>{};
}

void TcpStream::close() {
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

asio::awaitable<Result<std::unique_ptr<Stream>>> connect_tcp(asio::ip::tcp::endpoint endpoint,
                                                             Clock::duration timeout) {
  using namespace asio::experimental::awaitable_operators;
  const auto executor = co_await asio::this_coro::executor;
  asio::ip::tcp::socket socket(executor);
  asio::steady_timer timer(executor, timeout);
  auto outcome =
      co_await (socket.async_connect(endpoint, as_result) || timer.async_wait(as_result));
  if (outcome.index() == 1)
    co_return failure(Errc::timed_out, "connecting to DoIP entity " + name_of(endpoint));
  if (const auto error = std::get<0>(std::get<0>(outcome)); error)
    co_return failure(error, "connecting to DoIP entity " + name_of(endpoint));
  std::unique_ptr<Stream> stream = std::make_unique<TcpStream>(std::move(socket));
  co_return stream;
}

}  // namespace motorcade::doip
