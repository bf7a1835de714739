// A blocking HTTP/1.1 client over TLS 1.3 that sends what it is told to, byte by byte if need be.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/https/certificates.hpp"

namespace motorcade::https::testing_support {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Answer {
  unsigned status = 0;                         ///< 0: the connection ended without an answer
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
  [[nodiscard]] std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

struct Connect {
  std::uint16_t port{};
  std::filesystem::path ca;
  std::optional<Identity> identity;
  std::string groups = "X25519MLKEM768";
  std::string signatures = "ecdsa_secp256r1_sha256";
};

class Client {
 public:
  explicit Client(Connect connect);
  ~Client();
  [[nodiscard]] bool connected() const;
  [[nodiscard]] std::string group() const;

  /// With Host and, if there is a body, Content-Length.
  Answer send(const std::string& method, const std::string& target, const Headers& headers = {},
              const std::string& body = "");
  bool write(std::string_view bytes);
  /// The answer to what was written; `head`: to a HEAD request.
  Answer read(bool head = false);
  /// Whether the server has closed (waits for it).
  bool closed();

 private:
  struct Connection;
  void open();
  Connect connect_;
  std::unique_ptr<Connection> connection_;
  bool closing_ =
      false;  ///< the last answer said "Connection: close": the next request opens another
};

}  // namespace motorcade::https::testing_support
