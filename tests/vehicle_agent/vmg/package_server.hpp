// A small HTTPS server for downloads, that can misbehave.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <vector>

#include "vehicle_agent/vmg/certificates.hpp"

namespace motorcade::test {

namespace asio = boost::asio;

class PackageServer {
 public:
  struct Behaviour {
    std::string content;
    std::string etag = "\"one\"";
    std::string token = "secret";
    unsigned status = 0;               ///< instead of what is right
    std::size_t cut_after = SIZE_MAX;  ///< closes the connection after so many body bytes
    bool ignore_ranges = false;        ///< 200 with everything
    std::string content_range;         ///< instead of the right one
    std::string check_answer = "{\"offer\":null}";  ///< to POST ota/check
    std::string groups = "X25519MLKEM768";
  };

  PackageServer(asio::any_io_executor executor, const Authority& authority, Behaviour how);
  [[nodiscard]] std::string url() const;
  void close() { acceptor_.close(); }

  Behaviour behaviour;
  std::vector<std::string> ranges;  ///< asked for; "" for none
  std::vector<std::string> checks;  ///< bodies of POST ota/check

 private:
  asio::awaitable<void> accept();
  asio::awaitable<void> serve(asio::ip::tcp::socket socket);

  asio::ssl::context context_;
  asio::ip::tcp::acceptor acceptor_;
};

}  // namespace motorcade::test
