// One connection: TLS handshake and its assertion, then requests one after the other (HTTP/1.1,
// keep-alive). Runs on a strand of its own; nothing waits without a limit.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <memory>

#include "adapters/https/message.hpp"
#include "adapters/https/router.hpp"
#include "adapters/https/tls.hpp"
#include "adapters/https/work.hpp"

namespace motorcade::https {

using TlsStream = boost::beast::ssl_stream<boost::beast::tcp_stream>;
inline constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
using HeaderParser = http::request_parser<http::empty_body>;

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Work& work, const edge::TlsPolicy& policy, bool allow_simulator,
          asio::ssl::context& context, asio::ip::tcp::socket socket);

  /// Ends when the peer leaves, a limit is passed, or after stop().
  asio::awaitable<void> run();
  /// From any thread: ends it after the request that is under way.
  void stop();
  /// From any thread: ends it now.
  void abort();

 private:
  asio::awaitable<bool> handshake();
  /// One request and its answer; false: the connection is at its end.
  asio::awaitable<bool> serve_one();
  asio::awaitable<bool> read_header(HeaderParser& parser);
  asio::awaitable<Reply> answer(HeaderParser& parser, Request& request);
  asio::awaitable<Reply> dispatch(HeaderParser& parser, Request& request, const Route& route);
  asio::awaitable<Checked<void>> read_body(HeaderParser& parser, Request& request, Body kind);
  asio::awaitable<Checked<void>> continue_if_expected(const Request& request);
  void count(const Request& request, unsigned status, std::chrono::steady_clock::time_point began);
  void limit(std::chrono::milliseconds time);

  Work& work_;
  const edge::TlsPolicy& policy_;
  bool allow_simulator_;
  TlsStream stream_;
  boost::beast::flat_buffer buffer_;
  std::optional<edge::Principal> certificate_;  ///< who the client's certificate says
  bool idle_ = false, stopping_ = false;
  bool body_left_ = false;  ///< part of the request's body was not read
};

}  // namespace motorcade::https
