// One connection to the server: TLS as the policy wants it, the host's name and key checked; then
// requests and answers, each step within the settings' time limit. The file beside it is the only
// one that compiles Beast's and Asio's TLS operations.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "vehicle_agent/vmg/https_settings.hpp"

namespace motorcade::vmg {

class HttpsConnection {
 public:
  using Request = boost::beast::http::request<boost::beast::http::string_body>;
  using Answer = boost::beast::http::basic_parser</*isRequest=*/false>;
  template <class T>
  using Task = boost::asio::awaitable<T>;

  /// `how` outlives it. Errors: kLink, kTls, kPinMismatch, kRefused (no such URL).
  static Task<Result<std::unique_ptr<HttpsConnection>>> open(std::string url,
                                                             const HttpsSettings& how);
  HttpsConnection(boost::asio::any_io_executor executor, HttpsUrl to,
                  std::shared_ptr<boost::asio::ssl::context> tls, const HttpsSettings& how);

  [[nodiscard]] const HttpsUrl& url() const { return url_; }
  [[nodiscard]] std::string host() const { return url_.host + ":" + url_.port; }
  [[nodiscard]] Request request(boost::beast::http::verb verb, std::string_view target) const;

  /// Each of these: kLink if the peer or the time is gone.
  Task<Result<void>> send(Request request);
  Task<Result<void>> read_header(Answer& answer);
  /// What is there of the body, as far as the answer's buffer takes it.
  Task<Result<void>> read_some(Answer& answer);
  Task<Result<void>> read_all(Answer& answer);
  /// Without a goodbye.
  void cut();

 private:
  Task<Result<void>> connect();
  /// kLink: "{doing} host:port: why".
  [[nodiscard]] tl::unexpected<Error> lost(std::string_view doing,
                                           const boost::system::error_code& why) const;
  void limit();

  HttpsUrl url_;
  const HttpsSettings& how_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  boost::beast::ssl_stream<boost::beast::tcp_stream> stream_;
  boost::beast::flat_buffer buffer_;
};

}  // namespace motorcade::vmg
