// The HTTPS edge: REST under /api/v1, packages, health and metrics, over TLS 1.3 as the policy
// says. Everything it needs comes through Services; docs/api.md describes what it offers.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "adapters/https/services.hpp"
#include "adapters/https/tls.hpp"
#include "engine/edge/tls_policy.hpp"

namespace motorcade::https {

struct Options {
  std::string host = "0.0.0.0";
  std::uint16_t port = 8443;  ///< 0: any that is free
  TlsFiles tls;
  edge::TlsPolicy policy;
  bool allow_simulator = false;  ///< a certificate with CN "simulator" may speak for any vehicle
  Limits limits;
};

class Server {
 public:
  /// Reads the certificates and binds the port; nothing is accepted before start().
  [[nodiscard]] static Result<std::unique_ptr<Server>> make(boost::asio::any_io_executor executor,
                                                            Options options, Services services);
  ~Server();

  void start();
  [[nodiscard]] std::uint16_t port() const;
  /// Accepts no more, lets what is under way end (at most limits.shutdown), then closes the rest
  /// and gives it a moment. When it completes, the server may be destroyed; a request that even so
  /// has not ended (the log does not answer it) goes with the executor's context.
  [[nodiscard]] boost::asio::awaitable<void> stop();

 private:
  struct Impl;
  explicit Server(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
};

}  // namespace motorcade::https
