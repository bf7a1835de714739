#include "vehicle_agent/vmg/package_server.hpp"

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast.hpp>
#include <boost/beast/ssl.hpp>
#include <sstream>

namespace motorcade::test {
namespace {
namespace beast = boost::beast;
namespace http = beast::http;

http::response<http::string_body> answer_to(PackageServer& server,
                                            const http::request<http::string_body>& request) {
  http::response<http::string_body> answer(http::status::ok, 11);
  if (request.method() == http::verb::post && request.target() == "/api/v1/ota/check") {
    server.checks.push_back(request.body());
    answer.body() = server.behaviour.check_answer;
    answer.prepare_payload();
    return answer;
  }
  const std::string range(request[http::field::range]);
  server.ranges.push_back(range);
  answer.set(http::field::etag, server.behaviour.etag);
  answer.body() = server.behaviour.content;
  const bool same = request[http::field::if_range] == server.behaviour.etag;
  if (request[http::field::authorization] != "Bearer " + server.behaviour.token) {
    answer.result(http::status::unauthorized);
  } else if (server.behaviour.status != 0) {
    answer.result(server.behaviour.status);
  } else if (!range.empty() && same && !server.behaviour.ignore_ranges) {
    const auto first = std::stoull(range.substr(6));
    answer.result(http::status::partial_content);
    answer.body() = server.behaviour.content.substr(first);
    const auto whole = server.behaviour.content.size();
    answer.set(http::field::content_range, server.behaviour.content_range.empty()
                                               ? "bytes " + std::to_string(first) + "-" +
                                                     std::to_string(whole - 1) + "/" +
                                                     std::to_string(whole)
                                               : server.behaviour.content_range);
  }
  answer.prepare_payload();
  return answer;
}
}  // namespace

PackageServer::PackageServer(asio::any_io_executor executor, const Authority& authority,
                             Behaviour how)
    : behaviour(std::move(how)),
      context_(asio::ssl::context::tls_server),
      acceptor_(executor, {asio::ip::address_v4::loopback(), 0}) {
  context_.use_certificate_chain_file(authority.file("server.crt").string());
  context_.use_private_key_file(authority.file("server.key").string(), asio::ssl::context::pem);
  SSL_CTX_set1_groups_list(context_.native_handle(), behaviour.groups.c_str());
  asio::co_spawn(executor, accept(), asio::detached);
}

std::string PackageServer::url() const {
  return "https://localhost:" + std::to_string(acceptor_.local_endpoint().port()) + "/package";
}

asio::awaitable<void> PackageServer::accept() {
  while (true) {
    auto [failed, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
    if (failed) co_return;
    auto executor = acceptor_.get_executor();
    asio::co_spawn(executor, serve(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> PackageServer::serve(asio::ip::tcp::socket socket) {
  beast::ssl_stream<beast::tcp_stream> stream(std::move(socket), context_);
  auto token = asio::as_tuple(asio::use_awaitable);
  auto [refused] = co_await stream.async_handshake(asio::ssl::stream_base::server, token);
  if (refused) co_return;
  beast::flat_buffer buffer;
  http::request<http::string_body> request;
  auto [failed, got] = co_await http::async_read(stream, buffer, request, token);
  if (failed) co_return;
  const auto answer = answer_to(*this, request);
  std::ostringstream header;
  header << answer.base();
  const auto text = std::move(header).str() + answer.body().substr(0, behaviour.cut_after);
  (void)co_await asio::async_write(stream, asio::buffer(text), token);
  if (behaviour.cut_after >= answer.body().size()) {
    (void)co_await stream.async_shutdown(token);
    co_return;
  }
  beast::get_lowest_layer(stream).close();
}

}  // namespace motorcade::test
