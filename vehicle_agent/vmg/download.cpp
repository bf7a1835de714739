#include "vehicle_agent/vmg/download.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <fstream>

#include "otap/source.hpp"
#include "vehicle_agent/vmg/https_connection.hpp"
#include "vehicle_agent/vmg/on_pool.hpp"

namespace motorcade::vmg {

namespace {
namespace asio = boost::asio;
namespace http = boost::beast::http;

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
  asio::awaitable<Result<void>> ask();
  asio::awaitable<Result<void>> receive();
  Result<void> accept_status();
  Result<void> open_at(std::uint64_t offset);
  Result<void> write(std::size_t size);
  [[nodiscard]] bool tell() { return on_bytes_(offset_); }
  const DownloadRequest& request_;
  const DownloadSettings& how_;
  OnBytes& on_bytes_;
  std::unique_ptr<HttpsConnection> connection_;
  http::response_parser<http::buffer_body> parser_;
  std::string chunk_;
  std::uint64_t offset_ = 0;
  int fd_ = -1;
};

asio::awaitable<Result<void>> Attempt::run() {
  CO_TRY(connection_, co_await HttpsConnection::open(request_.url, how_));
  auto asked = co_await ask();
  if (!asked) co_return asked;
  CO_TRY_VOID(accept_status());
  co_return co_await receive();
}

asio::awaitable<Result<void>> Attempt::ask() {
  auto get = connection_->request(http::verb::get, connection_->url().target);
  get.set(http::field::authorization, "Bearer " + request_.token);
  const auto have = bytes_of(request_.file);
  if (have > 0) {
    get.set(http::field::range, "bytes=" + std::to_string(have) + "-");
    if (const auto tag = read_tag(request_.file); !tag.empty()) get.set(http::field::if_range, tag);
  }
  offset_ = have;
  CO_TRY_VOID(co_await connection_->send(std::move(get)));
  parser_.body_limit(request_.size_bytes + 64 * 1024);
  parser_.header_limit(16 * 1024);
  co_return co_await connection_->read_header(parser_);
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
  const auto says = connection_->host() + " answers " + std::to_string(status);
  if (status == 408 || status == 425 || status == 429 || status >= 500)
    return failure(Errc::kLink, says);
  return failure(status == 401 || status == 403 ? Errc::kLinkExpired : Errc::kRefused, says);
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
    CO_TRY_VOID(co_await connection_->read_some(parser_));
    CO_TRY_VOID(write(chunk_.size() - body.size));
    if (!tell()) {
      connection_->cut();
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

}  // namespace motorcade::vmg
