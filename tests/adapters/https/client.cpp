#include "adapters/https/client.hpp"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

namespace motorcade::https::testing_support {

struct Client::Connection {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* ssl = nullptr;
  int socket = -1;
  bool good = false;
  std::string unread;

  ~Connection() {
    SSL_free(ssl);
    SSL_CTX_free(context);
    if (socket >= 0) ::close(socket);
  }
  bool more() {
    char piece[16 * 1024];
    const int got = SSL_read(ssl, piece, sizeof piece);
    if (got > 0) unread.append(piece, static_cast<std::size_t>(got));
    return got > 0;
  }
};

Client::Client(Connect connect) : connect_(std::move(connect)) {
  std::signal(SIGPIPE, SIG_IGN);
  open();
}

void Client::open() {
  connection_ = std::make_unique<Connection>();
  closing_ = false;
  const auto& connect = connect_;
  auto& c = *connection_;
  SSL_CTX_set_min_proto_version(c.context, TLS1_2_VERSION);
  SSL_CTX_load_verify_file(c.context, connect.ca.c_str());
  SSL_CTX_set_verify(c.context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set1_groups_list(c.context, connect.groups.c_str());
  SSL_CTX_set1_sigalgs_list(c.context, connect.signatures.c_str());
  if (connect.identity) {
    SSL_CTX_use_certificate_chain_file(c.context, connect.identity->certificate.c_str());
    SSL_CTX_use_PrivateKey_file(c.context, connect.identity->key.c_str(), SSL_FILETYPE_PEM);
  }
  c.socket = ::socket(AF_INET, SOCK_STREAM, 0);
  const timeval patience{60, 0};
  ::setsockopt(c.socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(connect.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(c.socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return;
  c.ssl = SSL_new(c.context);
  SSL_set_fd(c.ssl, c.socket);
  c.good = SSL_connect(c.ssl) == 1;
}
Client::~Client() = default;

bool Client::connected() const {
  return connection_->good;
}

std::string Client::group() const {
  const char* name = SSL_get0_group_name(connection_->ssl);
  return name == nullptr ? "" : name;
}

bool Client::write(std::string_view bytes) {
  return bytes.empty() ||
         SSL_write(connection_->ssl, bytes.data(), static_cast<int>(bytes.size())) ==
             static_cast<int>(bytes.size());
}

Answer Client::send(const std::string& method, const std::string& target, const Headers& headers,
                    const std::string& body) {
  std::string request = method + ' ' + target + " HTTP/1.1\r\nHost: localhost\r\n";
  for (const auto& [name, value] : headers) request += name + ": " + value + "\r\n";
  if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  if (closing_) open();
  write(request + "\r\n" + body);
  auto answer = read(method == "HEAD");
  closing_ = answer.header("connection") == "close";
  return answer;
}

Answer Client::read(bool head) {
  auto& c = *connection_;
  Answer answer;
  std::size_t end = 0;
  while ((end = c.unread.find("\r\n\r\n")) == std::string::npos)
    if (!c.more()) return answer;
  std::string lines = c.unread.substr(0, end + 2);
  c.unread.erase(0, end + 4);
  answer.status = static_cast<unsigned>(std::stoul(lines.substr(9, 3)));
  for (std::size_t at = lines.find("\r\n") + 2; at < lines.size();) {
    const auto stop = lines.find("\r\n", at), colon = lines.find(':', at);
    auto name = lines.substr(at, colon - at);
    std::ranges::transform(name, name.begin(), [](unsigned char x) { return std::tolower(x); });
    answer.headers[name] = lines.substr(colon + 2, stop - colon - 2);
    at = stop + 2;
  }
  if (answer.status == 100) return read(head);
  const auto length = answer.header("content-length");
  const std::size_t size = head || length.empty() ? 0 : std::stoul(length);
  while (c.unread.size() < size)
    if (!c.more()) break;
  answer.body = c.unread.substr(0, size);
  c.unread.erase(0, size);
  return answer;
}

bool Client::closed() {
  char byte = 0;
  return connection_->unread.empty() && SSL_read(connection_->ssl, &byte, 1) <= 0;
}

}  // namespace motorcade::https::testing_support
