// One connection to the server: TLS as the policy wants it, the host's name and key checked.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/beast.hpp>
#include <boost/beast/ssl.hpp>

#include "vehicle_agent/vmg/https_settings.hpp"

namespace motorcade::vmg {

struct HttpsConnection {
  HttpsUrl url;
  std::shared_ptr<boost::asio::ssl::context> context;
  boost::beast::ssl_stream<boost::beast::tcp_stream> stream;

  HttpsConnection(boost::asio::any_io_executor executor, HttpsUrl to,
                  std::shared_ptr<boost::asio::ssl::context> tls)
      : url(std::move(to)), context(std::move(tls)), stream(std::move(executor), *context) {}

  [[nodiscard]] std::string host() const { return url.host + ":" + url.port; }
  template <class Body>
  [[nodiscard]] boost::beast::http::request<Body> request(boost::beast::http::verb verb,
                                                          std::string_view target) const {
    namespace http = boost::beast::http;
    http::request<Body> out(verb, target, 11);
    out.set(http::field::host, host());
    out.set(http::field::user_agent, "motorcade-vehicle");
    return out;
  }
  /// kLink: "{doing} host:port: why".
  [[nodiscard]] tl::unexpected<Error> lost(std::string_view doing,
                                           const boost::system::error_code& why) const {
    return failure(Errc::kLink, std::string(doing) + " " + host() + ": " + why.message());
  }
};

/// `how` outlives it. Errors: kLink, kTls, kPinMismatch, kRefused (no such URL).
[[nodiscard]] boost::asio::awaitable<Result<std::unique_ptr<HttpsConnection>>> connect_https(
    std::string url, const HttpsSettings& how);

}  // namespace motorcade::vmg
