#include "vehicle_agent/vmg/download.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/ssl.hpp>
#include <boost/beast.hpp>
#include <boost/beast/ssl.hpp>
#include <fstream>

#include "otap/source.hpp"
#include "vehicle_agent/vmg/on_pool.hpp"

namespace motorcade::vmg {

namespace {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Stream = beast::ssl_stream<beast::tcp_stream>;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

std::filesystem::path tag_path(const std::filesystem::path& file) {
  return file.string() + ".etag";
}

std::uint64_t bytes_of(const std::filesystem::path& file) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(file, failed);
  return failed ? 0 : size;
}

void discard(const std::filesystem::path& file) {
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  std::filesystem::remove(tag_path(file), ignored);
}

std::string read_tag(const std::filesystem::path& file) {
  std::ifstream in(tag_path(file));
  std::string tag;
  std::getline(in, tag);
  return tag;
}

/// "bytes 5-9/10": first, and size of the whole.
std::optional<std::pair<std::uint64_t, std::uint64_t>> content_range(std::string_view text) {
  unsigned long long first = 0, last = 0, whole = 0;
  if (std::sscanf(std::string(text).c_str(), "bytes %llu-%llu/%llu", &first, &last, &whole) != 3)
    return std::nullopt;
  return std::pair<std::uint64_t, std::uint64_t>(first, whole);
}

/// One attempt: one connection, one request.
class Attempt {
 public:
  Attempt(const DownloadRequest& request, const DownloadSettings& how, OnBytes& on_bytes)
      : request_(request), how_(how), on_bytes_(on_bytes) {}
  ~Attempt() {
    if (fd_ >= 0) ::close(fd_);
  }
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  asio::awaitable<Result<void>> run();

 private:
  asio::awaitable<Result<void>> connect();
  asio::awaitable<Result<void>> ask();
  asio::awaitable<Result<void>> receive();
  Result<void> accept_status();
  Result<void> open_at(std::uint64_t offset);
  Result<void> write(std::size_t size);
  [[nodiscard]] bool tell() { return on_bytes_(offset_); }
  [[nodiscard]] tl::unexpected<Error> lost(std::string_view what,
                                           const boost::system::error_code& why) const {
    return failure(Errc::kLink,
                   std::string(what) + " " + url_.host + ":" + url_.port + ": " + why.message());
  }

  const DownloadRequest& request_;
  const DownloadSettings& how_;
  OnBytes& on_bytes_;
  HttpsUrl url_;
  std::shared_ptr<asio::ssl::context> context_;
  std::optional<Stream> stream_;
  beast::flat_buffer buffer_;
  http::response_parser<http::buffer_body> parser_;
  std::string chunk_;
  std::uint64_t offset_ = 0;
  int fd_ = -1;
};

asio::awaitable<Result<void>> Attempt::run() {
  CO_TRY(url_, parse_https_url(request_.url));
  CO_TRY(context_, make_tls_context(how_.policy, how_.identity));
  auto connected = co_await connect();
  if (!connected) co_return connected;
  auto asked = co_await ask();
  if (!asked) co_return asked;
  CO_TRY_VOID(accept_status());
  co_return co_await receive();
}

asio::awaitable<Result<void>> Attempt::connect() {
  auto executor = co_await asio::this_coro::executor;
  asio::ip::tcp::resolver resolver(executor);
  auto [unresolved, endpoints] = co_await resolver.async_resolve(url_.host, url_.port, as_result);
  if (unresolved) co_return lost("resolving", unresolved);
  stream_.emplace(executor, *context_);
  boost::system::error_code is_name;
  (void)asio::ip::make_address(url_.host, is_name);
  if (is_name) SSL_set_tlsext_host_name(stream_->native_handle(), url_.host.c_str());
  stream_->set_verify_callback(asio::ssl::host_name_verification(url_.host));
  auto& tcp = beast::get_lowest_layer(*stream_);
  tcp.expires_after(how_.timeout);
  auto [unconnected, endpoint] = co_await tcp.async_connect(endpoints, as_result);
  if (unconnected) co_return lost("connecting to", unconnected);
  tcp.expires_after(how_.timeout);
  auto [refused] = co_await stream_->async_handshake(asio::ssl::stream_base::client, as_result);
  if (refused && SSL_get_verify_result(stream_->native_handle()) != X509_V_OK)
    co_return failure(Errc::kTls, "the certificate of " + url_.host + ":" + url_.port +
                                      " is not trusted: " + refused.message());
  if (refused) co_return lost("TLS with", refused);
  co_return check_session(stream_->native_handle(), how_.policy, how_.identity);
}

asio::awaitable<Result<void>> Attempt::ask() {
  http::request<http::empty_body> get(http::verb::get, url_.target, 11);
  get.set(http::field::host, url_.host + ":" + url_.port);
  get.set(http::field::user_agent, "motorcade-vehicle");
  get.set(http::field::authorization, "Bearer " + request_.token);
  const auto have = bytes_of(request_.file);
  if (have > 0) {
    get.set(http::field::range, "bytes=" + std::to_string(have) + "-");
    if (const auto tag = read_tag(request_.file); !tag.empty()) get.set(http::field::if_range, tag);
  }
  offset_ = have;
  beast::get_lowest_layer(*stream_).expires_after(how_.timeout);
  auto [unsent, sent] = co_await http::async_write(*stream_, get, as_result);
  if (unsent) co_return lost("asking", unsent);
  parser_.body_limit(request_.size_bytes + 64 * 1024);
  parser_.header_limit(16 * 1024);
  beast::get_lowest_layer(*stream_).expires_after(how_.timeout);
  auto [unread, read] = co_await http::async_read_header(*stream_, buffer_, parser_, as_result);
  if (unread) co_return lost("no answer from", unread);
  co_return Result<void>{};
}

Result<void> Attempt::accept_status() {
  const auto& answer = parser_.get();
  const auto status = answer.result_int();
  if (status == 200) return open_at(0);
  if (status == 206) {
    const auto range = content_range(answer[http::field::content_range]);
    if (range && range->first == offset_ && range->second == request_.size_bytes)
      return open_at(offset_);
    discard(request_.file);
    return failure(Errc::kLink, "the server gave another range than was asked for");
  }
  if (status == 416) {
    discard(request_.file);
    return failure(Errc::kLink, "the server has no such range; the download begins anew");
  }
  const auto says = url_.host + ":" + url_.port + " answers " + std::to_string(status);
  if (status == 408 || status == 425 || status == 429 || status >= 500)
    return failure(Errc::kLink, says);
  return failure(Errc::kRefused, says);
}

Result<void> Attempt::open_at(std::uint64_t offset) {
  offset_ = offset;
  fd_ = ::open(request_.file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0 || ::ftruncate(fd_, static_cast<off_t>(offset)) != 0)
    return failure(Errc::kStorage, "writing " + request_.file.string());
  if (offset == 0) {
    std::ofstream tag(tag_path(request_.file), std::ios::trunc);
    tag << parser_.get()[http::field::etag];
  }
  return {};
}

Result<void> Attempt::write(std::size_t size) {
  std::string_view rest(chunk_.data(), size);
  if (offset_ + rest.size() > request_.size_bytes) {
    discard(request_.file);
    return failure(Errc::kDamaged, "the server sends more than was offered");
  }
  while (!rest.empty()) {
    const auto written = ::pwrite(fd_, rest.data(), rest.size(), static_cast<off_t>(offset_));
    if (written <= 0)
      return failure(Errc::kStorage, "writing " + request_.file.string() + ": " +
                                         std::generic_category().message(errno));
    rest.remove_prefix(static_cast<std::size_t>(written));
    offset_ += static_cast<std::uint64_t>(written);
  }
  return {};
}

asio::awaitable<Result<void>> Attempt::receive() {
  chunk_.resize(how_.chunk_bytes);
  if (!tell()) co_return failure(Errc::kLink, "cut on request");
  while (!parser_.is_done()) {
    auto& body = parser_.get().body();
    body.data = chunk_.data();
    body.size = chunk_.size();
    beast::get_lowest_layer(*stream_).expires_after(how_.timeout);
    auto [failed, read] = co_await http::async_read_some(*stream_, buffer_, parser_, as_result);
    if (failed && failed != http::error::need_buffer) co_return lost("reading from", failed);
    CO_TRY_VOID(write(chunk_.size() - body.size));
    if (!tell()) {
      beast::get_lowest_layer(*stream_).close();
      co_return failure(Errc::kLink, "cut on request");
    }
  }
  if (offset_ < request_.size_bytes) {
    discard(request_.file);
    co_return failure(Errc::kDamaged, "the server sends less than was offered");
  }
  if (::fdatasync(fd_) != 0) co_return failure(Errc::kStorage, "syncing " + request_.file.string());
  co_return Result<void>{};
}

Result<void> check_digest(const std::filesystem::path& file, const Digest& expected) {
  const auto source = otap::file_source(file);
  if (!source) return failure(Errc::kStorage, otap::to_string(source.error()));
  const auto hash = otap::sha256_of(**source);
  if (!hash) return failure(Errc::kStorage, otap::to_string(hash.error()));
  if (*hash == expected.bytes) return {};
  discard(file);
  return failure(Errc::kDamaged, "its SHA-256 is not the offered one");
}
}  // namespace

asio::awaitable<Result<void>> download(DownloadRequest request,
                                       std::shared_ptr<DownloadSettings> how,
                                       asio::thread_pool& pool, OnBytes on_bytes) {
  if (request.size_bytes == 0 || request.size_bytes > how->most_bytes)
    co_return failure(Errc::kRefused,
                      "an offer of " + std::to_string(request.size_bytes) + " bytes");
  if (bytes_of(request.file) > request.size_bytes) discard(request.file);
  if (bytes_of(request.file) < request.size_bytes) {
    Attempt attempt(request, *how, on_bytes);
    auto got = co_await attempt.run();
    if (!got) co_return got;
  }
  auto check = [file = request.file, digest = request.digest] {
    return check_digest(file, digest);
  };
  co_return co_await on_pool(pool, std::move(check));
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
