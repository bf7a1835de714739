#include "adapters/https/send.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/http/write.hpp>
#include <sstream>

namespace motorcade::https {
namespace {
namespace beast = boost::beast;
constexpr std::size_t kBufferBytes = 128 * 1024;

std::string header_text(const Response& response, const SendOptions& options) {
  http::response<http::empty_body> out;
  out.version(11);
  out.result(response.status);
  out.keep_alive(options.keep_alive);
  const bool has_content = response.status != 304 && response.status != 204;
  if (has_content) {
    out.set(http::field::content_type, response.content_type);
    out.content_length(response.file ? response.file->size_bytes() : response.body.size());
  }
  out.set("X-Content-Type-Options", "nosniff");
  out.set(http::field::cache_control, "no-store");
  for (const auto& [name, value] : response.headers) out.set(name, value);
  std::ostringstream text;
  text << out.base();
  return std::move(text).str();
}

asio::awaitable<bool> send_file(TlsStream& stream, const FileBody& body, const Limits& limits) {
  std::string buffer(kBufferBytes, '\0');
  for (const auto& piece : body.pieces) {
    beast::get_lowest_layer(stream).expires_after(limits.transfer);
    if (!co_await write_text(stream, piece.before)) co_return false;
    for (std::uint64_t done = 0; done < piece.size_bytes;) {
      const auto want = std::min<std::uint64_t>(buffer.size(), piece.size_bytes - done);
      const auto got = body.file->read_at(piece.offset + done, buffer.data(), want);
      if (got == 0) co_return false;
      beast::get_lowest_layer(stream).expires_after(limits.transfer);
      if (!co_await write_text(stream, std::string_view(buffer).substr(0, got))) co_return false;
      done += got;
    }
  }
  co_return true;
}
}  // namespace

asio::awaitable<bool> write_text(TlsStream& stream, std::string_view text) {
  if (text.empty()) co_return true;
  auto [error, count] =
      co_await asio::async_write(stream, asio::buffer(text.data(), text.size()), as_result);
  co_return !error;
}

asio::awaitable<bool> send(TlsStream& stream, const Response& response, SendOptions options) {
  beast::get_lowest_layer(stream).expires_after(options.limits->transfer);
  auto text = header_text(response, options);
  const bool whole = !response.file && !options.head_only;
  if (whole) text += response.body;  // one write, one TLS record for what is small
  const bool sent = co_await write_text(stream, text);
  if (!sent || whole || options.head_only) co_return sent;
  co_return co_await send_file(stream, *response.file, *options.limits);
}

Response as_response(const Problem& problem) {
  auto response = json_response(problem.status, to_json(problem));
  response.content_type = "application/problem+json";
  response.headers = problem.headers;
  return response;
}

}  // namespace motorcade::https
