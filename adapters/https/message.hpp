// A request as handlers see it, and their answer.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/verb.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/https/limits.hpp"
#include "adapters/https/problem.hpp"
#include "engine/edge/principal.hpp"

namespace motorcade::https {

namespace asio = boost::asio;
namespace http = boost::beast::http;

/// A body that is read as it comes.
class BodySource {
 public:
  virtual ~BodySource() = default;
  /// The next bytes, valid until the next call; empty: that was all.
  virtual asio::awaitable<Checked<std::string_view>> next() = 0;
};

using Parameters = std::map<std::string, std::string, std::less<>>;

struct Request {
  http::verb method{};
  std::string path;   ///< decoded
  std::string route;  ///< the pattern that fits: safe for logs and metrics
  Parameters params;  ///< from the path
  Parameters query;   ///< from behind the question mark; a name twice is refused
  http::fields headers;
  std::optional<edge::Principal> who;  ///< always there where the route names roles
  std::string body;                    ///< JSON and reports
  std::size_t json_depth = Limits{}.json_depth;
  BodySource* upload = nullptr;    ///< uploads
  asio::any_io_executor executor;  ///< the connection's strand

  /// Empty: it is not there.
  [[nodiscard]] std::string header(std::string_view name) const {
    const auto value = headers[name];
    return {value.data(), value.size()};
  }
  [[nodiscard]] std::string parameter(std::string_view name) const {
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
  }
};

/// An open file, closed by the last who holds it.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();
  /// Nothing: it cannot be opened.
  [[nodiscard]] static std::shared_ptr<File> open(const std::string& path);
  [[nodiscard]] std::uint64_t size_bytes() const;
  /// Reads up to `size` bytes at `offset`; 0: the end, or an error.
  [[nodiscard]] std::size_t read_at(std::uint64_t offset, char* into, std::size_t size) const;

 private:
  int descriptor_;
};

/// A text, then a slice of the file.
struct FilePiece {
  std::string before;
  std::uint64_t offset{}, size_bytes{};
};
struct FileBody {
  std::shared_ptr<File> file;
  std::vector<FilePiece> pieces;
  [[nodiscard]] std::uint64_t size_bytes() const {
    std::uint64_t total = 0;
    for (const auto& piece : pieces) total += piece.before.size() + piece.size_bytes;
    return total;
  }
};

struct Response {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::optional<FileBody> file;  ///< instead of the body
};
using Reply = Checked<Response>;

[[nodiscard]] inline Response json_response(unsigned status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

/// "/a/b?x=1&y=%20" → decoded path and parameters; the absolute form "https://host/a/b?x=1" too
/// (RFC 9112 §3.2.2: what a proxy is sent must be accepted). 400: bad escapes, a parameter twice.
struct Target {
  std::string path;
  Parameters query;
};
[[nodiscard]] Checked<Target> target_from(std::string_view text);

}  // namespace motorcade::https
