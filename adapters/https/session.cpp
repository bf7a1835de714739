#include "adapters/https/session.hpp"

#include <boost/asio/post.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include "adapters/https/negotiation.hpp"
#include "adapters/https/send.hpp"

namespace motorcade::https {
namespace {
namespace beast = boost::beast;
constexpr std::size_t kPieceBytes = 64 * 1024;
constexpr auto kFarewell = std::chrono::milliseconds(2000);
constexpr std::size_t kLingerBytes = 16 << 20;

/// The body of an upload, piece by piece.
class UploadSource final : public BodySource {
 public:
  UploadSource(TlsStream& stream, beast::flat_buffer& buffer, HeaderParser&& header,
               const Limits& limits)
      : stream_(stream),
        buffer_(buffer),
        parser_(std::move(header)),
        limits_(limits),
        piece_(kPieceBytes, '\0') {
    parser_.body_limit(limits.upload_bytes);
  }

  asio::awaitable<Checked<std::string_view>> next() override {
    if (parser_.is_done()) co_return std::string_view();
    auto& body = parser_.get().body();
    body.data = piece_.data();
    body.size = piece_.size();
    beast::get_lowest_layer(stream_).expires_after(limits_.transfer);
    auto [error, count] = co_await http::async_read(stream_, buffer_, parser_, as_result);
    if (error == http::error::body_limit)
      co_return refuse(
          too_large("the upload has more than " + std::to_string(limits_.upload_bytes) + " bytes"));
    if (error && error != http::error::need_buffer)
      co_return refuse(malformed("the body broke off: " + error.message()));
    co_return std::string_view(piece_).substr(0, piece_.size() - body.size);
  }
  [[nodiscard]] bool at_end() const { return parser_.is_done(); }

 private:
  TlsStream& stream_;
  beast::flat_buffer& buffer_;
  http::request_parser<http::buffer_body> parser_;
  const Limits& limits_;
  std::string piece_;
};

bool has_body(const HeaderParser& parser) {
  return parser.chunked() || (parser.content_length() && *parser.content_length() > 0);
}

std::string_view media_type(std::string_view header) {
  auto type = header.substr(0, header.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return type;
}
}  // namespace

Session::Session(Work& work, const edge::TlsPolicy& policy, bool allow_simulator,
                 asio::ssl::context& context, asio::ip::tcp::socket socket)
    : work_(work),
      policy_(policy),
      allow_simulator_(allow_simulator),
      stream_(std::move(socket), context),
      buffer_(work.limits.header_bytes + kPieceBytes) {}

void Session::limit(std::chrono::milliseconds time) {
  beast::get_lowest_layer(stream_).expires_after(time);
}

void Session::stop() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    self->stopping_ = true;
    if (self->idle_) beast::get_lowest_layer(self->stream_).close();
  });
}

void Session::abort() {
  asio::post(stream_.get_executor(),
             [self = shared_from_this()] { beast::get_lowest_layer(self->stream_).close(); });
}

asio::awaitable<void> Session::run() {
  if (!co_await handshake()) co_return;
  while (!stopping_ && co_await serve_one()) {
  }
  limit(kFarewell);
  // A peer that is still sending would lose our answer to the reset that an early close makes.
  for (std::size_t left = kLingerBytes; body_left_ && left > 0;) {
    std::array<char, 4096> scrap;
    auto [error, count] =
        co_await stream_.async_read_some(asio::buffer(scrap.data(), scrap.size()), as_result);
    if (error) co_return;
    left -= std::min(left, count);
  }
  co_await stream_.async_shutdown(as_result);
}

asio::awaitable<bool> Session::handshake() {
  auto& metrics = work_.services.metrics;
  limit(work_.limits.handshake);
  auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, as_result);
  if (error) {
    metrics.count("motorcade_https_handshakes_total", {{"group", "none"}, {"result", "refused"}});
    co_return false;
  }
  const auto session = observe(stream_.native_handle());
  const bool good = obeys(session, policy_);
  metrics.count("motorcade_https_handshakes_total",
                {{"group", session.group}, {"result", good ? "agreed" : "outside_policy"}});
  if (!good && work_.services.journal)
    work_.services.journal(edge::Severity::kError, "a TLS session outside the policy was ended",
                           {{"group", session.group}, {"peer_signature", session.peer_signature}});
  if (!session.common_name.empty())
    certificate_ = edge::principal_of_certificate(session.common_name, allow_simulator_);
  co_return good;
}

asio::awaitable<bool> Session::read_header(HeaderParser& parser) {
  parser.header_limit(static_cast<std::uint32_t>(work_.limits.header_bytes));
  parser.body_limit(boost::none);  // the routes say how much they take
  idle_ = true;
  limit(work_.limits.idle);
  auto [error, count] = co_await http::async_read_header(stream_, buffer_, parser, as_result);
  idle_ = false;
  if (!error) co_return true;
  if (error.category() != http::make_error_code(http::error::header_limit).category() ||
      error == http::error::end_of_stream || error == http::error::partial_message)
    co_return false;
  auto problem = malformed("the header is no HTTP/1.1: " + error.message());
  if (error == http::error::header_limit) {
    problem = too_large("the header has more than " + std::to_string(work_.limits.header_bytes) +
                        " bytes");
    problem.status = 431;
  }
  body_left_ = true;
  SendOptions options;
  options.limits = &work_.limits;
  auto response = as_response(problem);
  co_await send(stream_, response, options);
  co_return false;
}

asio::awaitable<bool> Session::serve_one() {
  HeaderParser parser;
  if (!co_await read_header(parser)) co_return false;
  const auto began = std::chrono::steady_clock::now();
  Request request;
  request.method = parser.get().method();
  request.executor = stream_.get_executor();
  request.json_depth = work_.limits.json_depth;
  SendOptions options;
  options.limits = &work_.limits;
  options.head_only = request.method == http::verb::head;
  options.keep_alive = parser.get().keep_alive();
  request.headers = parser.get();
  const std::string target(parser.get().target());

  auto located = target_from(target);
  auto reply = Reply(Response());
  if (located) {
    request.path = std::move(located->path);
    request.query = std::move(located->query);
    reply = co_await answer(parser, request);
  } else {
    reply = tl::unexpected(std::move(located).error());
    body_left_ = has_body(parser);
  }
  auto response = reply ? *std::move(reply) : as_response(reply.error());
  options.keep_alive = options.keep_alive && !body_left_ && !stopping_ &&
                       (reply.has_value() || !reply.error().close);
  const auto status = response.status;
  const bool sent = co_await send(stream_, response, options);
  count(request, status, began);
  co_return sent&& options.keep_alive;
}

asio::awaitable<Reply> Session::answer(HeaderParser& parser, Request& request) {
  body_left_ = has_body(parser);  // until it is read
  CO_TRY(auto match, route_for(request.method, request.path));
  request.route = match.route->pattern;
  if (!match.route->everywhere && !work_.services.no_edge.empty())
    co_return refuse(unavailable(work_.services.no_edge));
  request.params = std::move(match.params);
  request.who = certificate_;
  if (const auto bearer = request.header("Authorization"); bearer.starts_with("Bearer ")) {
    auto known = work_.services.tokens.find(std::string_view(bearer).substr(7));
    if (!known && !match.route->roles.empty())
      co_return refuse(unauthorized("the API token is not known here"));
    if (known && known->roles.any_of(edge::Role::kSimulator) && !allow_simulator_)
      co_return refuse(
          forbidden("the API token has the role simulator, and this server allows none "
                    "(https.allow_simulator)"));
    if (known) request.who = std::move(known);
  }
  CO_TRY_VOID(may(request.who, match.route->roles));
  if (!accepts(request.header("Accept"), *match.route))
    co_return refuse(
        not_acceptable("this path answers application/json, and problems as "
                       "application/problem+json; accept one of them"));
  CO_TRY_VOID(co_await continue_if_expected(request));
  try {
    co_return co_await dispatch(parser, request, *match.route);
  } catch (const std::exception& error) {
    if (work_.services.journal)
      work_.services.journal(edge::Severity::kError, "a request handler failed",
                             {{"route", request.route}, {"error", error.what()}});
  }
  auto problem = unavailable("the server failed; what happened is in its log");
  problem.status = 500;
  co_return refuse(std::move(problem));
}

asio::awaitable<Reply> Session::dispatch(HeaderParser& parser, Request& request,
                                         const Route& route) {
  if (route.body != Body::kUpload) {
    CO_TRY_VOID(co_await read_body(parser, request, route.body));
    co_return co_await route.handler(work_, request);
  }
  const auto length = parser.content_length();
  if (length && *length > work_.limits.upload_bytes)
    co_return refuse(too_large("an upload may have " + std::to_string(work_.limits.upload_bytes) +
                               " bytes, not " + std::to_string(*length)));
  UploadSource source(stream_, buffer_, std::move(parser), work_.limits);
  request.upload = &source;
  auto reply = co_await route.handler(work_, request);
  request.upload = nullptr;
  body_left_ = !source.at_end();
  co_return reply;
}

asio::awaitable<Checked<void>> Session::read_body(HeaderParser& parser, Request& request,
                                                  Body kind) {
  if (!has_body(parser)) co_return Checked<void>{};
  const auto most =
      kind == Body::kReport ? work_.services.intake.limits().report_bytes : work_.limits.json_bytes;
  const auto length = parser.content_length();
  const auto excess = "the body may have " + std::to_string(most) + " bytes";
  if (length && *length > most) co_return refuse(too_large(excess));
  const auto content_type = request.header("Content-Type");
  const auto type = media_type(content_type);
  const bool readable = kind == Body::kNone || type == "application/json" ||
                        (kind == Body::kReport && type == "application/x-protobuf");
  if (!readable)
    co_return refuse(unsupported_media(kind == Body::kReport
                                           ? "send application/json or application/x-protobuf"
                                           : "send application/json"));
  http::request_parser<http::string_body> whole(std::move(parser));
  whole.body_limit(most);
  limit(work_.limits.transfer);
  auto [error, count] = co_await http::async_read(stream_, buffer_, whole, as_result);
  if (error == http::error::body_limit) co_return refuse(too_large(excess));
  if (error) co_return refuse(malformed("the body broke off: " + error.message()));
  body_left_ = false;
  if (kind != Body::kNone) request.body = std::move(whole.get().body());
  co_return Checked<void>{};
}

asio::awaitable<Checked<void>> Session::continue_if_expected(const Request& request) {
  const auto expected = request.header("Expect");
  if (expected.empty()) co_return Checked<void>{};
  if (!beast::iequals(expected, "100-continue")) {
    auto problem = malformed("of all expectations, only 100-continue is met here");
    problem.status = 417;
    co_return refuse(std::move(problem));
  }
  static constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
  limit(work_.limits.transfer);
  if (!co_await write_text(stream_, kGoOn)) co_return refuse(malformed("the peer is gone"));
  co_return Checked<void>{};
}

void Session::count(const Request& request, unsigned status,
                    std::chrono::steady_clock::time_point began) {
  const std::string route = request.route.empty() ? "none" : request.route;
  const std::string method(request.method == http::verb::unknown ? "other"
                                                                 : http::to_string(request.method));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  work_.services.metrics.count(
      "motorcade_https_requests_total",
      {{"method", method}, {"route", route}, {"status", std::to_string(status)}});
  const std::pair<std::string_view, std::string_view> labels[] = {{"route", route}};
  work_.services.metrics.observe("motorcade_https_request_duration_seconds", labels, took.count());
}

}  // namespace motorcade::https
