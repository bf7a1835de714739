#include "vehicle_agent/vmg/https_connection.hpp"

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <sstream>

namespace motorcade::vmg {

namespace {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
}  // namespace

HttpsConnection::HttpsConnection(asio::any_io_executor executor, HttpsUrl to,
                                 std::shared_ptr<asio::ssl::context> tls, const HttpsSettings& how)
    : url_(std::move(to)),
      how_(how),
      context_(std::move(tls)),
      stream_(std::move(executor), *context_) {}

auto HttpsConnection::open(std::string url, const HttpsSettings& how)
    -> Task<Result<std::unique_ptr<HttpsConnection>>> {
  CO_TRY(auto parsed, parse_https_url(url));
  CO_TRY(auto context, make_tls_context(how.policy, how.identity));
  auto executor = co_await asio::this_coro::executor;
  auto made =
      std::make_unique<HttpsConnection>(executor, std::move(parsed), std::move(context), how);
  CO_TRY_VOID(co_await made->connect());
  co_return made;
}

auto HttpsConnection::connect() -> Task<Result<void>> {
  asio::ip::tcp::resolver resolver(stream_.get_executor());
  auto [unresolved, endpoints] = co_await resolver.async_resolve(url_.host, url_.port, as_result);
  if (unresolved) co_return lost("resolving", unresolved);
  boost::system::error_code is_name;
  (void)asio::ip::make_address(url_.host, is_name);
  if (is_name) SSL_set_tlsext_host_name(stream_.native_handle(), url_.host.c_str());
  stream_.set_verify_callback(asio::ssl::host_name_verification(url_.host));
  limit();
  auto [unconnected, endpoint] =
      co_await beast::get_lowest_layer(stream_).async_connect(endpoints, as_result);
  if (unconnected) co_return lost("connecting to", unconnected);
  limit();
  auto [refused] = co_await stream_.async_handshake(asio::ssl::stream_base::client, as_result);
  if (refused && SSL_get_verify_result(stream_.native_handle()) != X509_V_OK)
    co_return failure(Errc::kTls,
                      "the certificate of " + host() + " is not trusted: " + refused.message());
  if (refused) co_return lost("TLS with", refused);
  co_return check_session(stream_.native_handle(), how_.policy, how_.identity);
}

HttpsConnection::Request HttpsConnection::request(http::verb verb, std::string_view target) const {
  Request out(verb, target, 11);
  out.set(http::field::host, host());
  out.set(http::field::user_agent, "motorcade-vehicle");
  return out;
}

auto HttpsConnection::send(Request request) -> Task<Result<void>> {
  request.prepare_payload();
  std::ostringstream header;
  header << request.base();
  const auto text = std::move(header).str() + request.body();
  limit();
  auto [unsent, sent] = co_await asio::async_write(stream_, asio::buffer(text), as_result);
  if (unsent) co_return lost("asking", unsent);
  co_return Result<void>{};
}

auto HttpsConnection::read_header(Answer& answer) -> Task<Result<void>> {
  limit();
  auto [unread, read] = co_await http::async_read_header(stream_, buffer_, answer, as_result);
  if (unread) co_return lost("no answer from", unread);
  co_return Result<void>{};
}

auto HttpsConnection::read_some(Answer& answer) -> Task<Result<void>> {
  limit();
  auto [unread, read] = co_await http::async_read_some(stream_, buffer_, answer, as_result);
  if (unread && unread != http::error::need_buffer) co_return lost("reading from", unread);
  co_return Result<void>{};
}

auto HttpsConnection::read_all(Answer& answer) -> Task<Result<void>> {
  limit();
  auto [unread, read] = co_await http::async_read(stream_, buffer_, answer, as_result);
  if (unread) co_return lost("no answer from", unread);
  co_return Result<void>{};
}

void HttpsConnection::cut() {
  beast::get_lowest_layer(stream_).close();
}

tl::unexpected<Error> HttpsConnection::lost(std::string_view doing,
                                            const boost::system::error_code& why) const {
  return failure(Errc::kLink, std::string(doing) + " " + host() + ": " + why.message());
}

void HttpsConnection::limit() {
  beast::get_lowest_layer(stream_).expires_after(how_.timeout);
}

Result<HttpsUrl> parse_https_url(std::string_view url) {
  constexpr std::string_view kScheme = "https://";
  if (!url.starts_with(kScheme)) return failure(Errc::kRefused, "a URL that is not https");
  url.remove_prefix(kScheme.size());
  const auto slash = std::min(url.find('/'), url.size());
  auto authority = url.substr(0, slash);
  HttpsUrl out{"", "443", std::string(url.substr(slash))};
  if (out.target.empty()) out.target = "/";
  const auto colon = authority.rfind(':');
  if (colon != authority.npos && authority.find(']', colon) == authority.npos) {
    out.port = authority.substr(colon + 1);
    authority = authority.substr(0, colon);
  }
  if (authority.starts_with('[') && authority.ends_with(']'))
    authority = authority.substr(1, authority.size() - 2);
  out.host = authority;
  const bool digits = out.port.find_first_not_of("0123456789") == out.port.npos;
  const bool clean = url.find_first_of(" \r\n\t") == url.npos;
  if (out.host.empty() || out.port.empty() || !digits || !clean)
    return failure(Errc::kRefused, "a URL without a host that can be reached");
  return out;
}

}  // namespace motorcade::vmg
