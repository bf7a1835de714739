#include "vehicle_agent/vmg/https_connection.hpp"

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>

namespace motorcade::vmg {

namespace {
namespace asio = boost::asio;
namespace beast = boost::beast;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
}  // namespace

asio::awaitable<Result<std::unique_ptr<HttpsConnection>>> connect_https(std::string url,
                                                                        const HttpsSettings& how) {
  CO_TRY(auto parsed, parse_https_url(url));
  CO_TRY(auto context, make_tls_context(how.policy, how.identity));
  auto executor = co_await asio::this_coro::executor;
  auto made = std::make_unique<HttpsConnection>(executor, std::move(parsed), std::move(context));
  const auto& to = made->url;
  asio::ip::tcp::resolver resolver(executor);
  auto [unresolved, endpoints] = co_await resolver.async_resolve(to.host, to.port, as_result);
  if (unresolved) co_return made->lost("resolving", unresolved);
  boost::system::error_code is_name;
  (void)asio::ip::make_address(to.host, is_name);
  if (is_name) SSL_set_tlsext_host_name(made->stream.native_handle(), to.host.c_str());
  made->stream.set_verify_callback(asio::ssl::host_name_verification(to.host));
  auto& tcp = beast::get_lowest_layer(made->stream);
  tcp.expires_after(how.timeout);
  auto [unconnected, endpoint] = co_await tcp.async_connect(endpoints, as_result);
  if (unconnected) co_return made->lost("connecting to", unconnected);
  tcp.expires_after(how.timeout);
  auto [refused] = co_await made->stream.async_handshake(asio::ssl::stream_base::client, as_result);
  if (refused && SSL_get_verify_result(made->stream.native_handle()) != X509_V_OK)
    co_return failure(
        Errc::kTls, "the certificate of " + made->host() + " is not trusted: " + refused.message());
  if (refused) co_return made->lost("TLS with", refused);
  CO_TRY_VOID(check_session(made->stream.native_handle(), how.policy, how.identity));
  co_return made;
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
