// The PQC configuration on sessions with the broker, against something that speaks TLS: who is
// outside it hears no word of MQTT.
#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>

#include "adapters/https/certificates.hpp"
#include "adapters/mqtt/session.hpp"
#include "adapters/mqtt/tls_hook.hpp"
#include "support/temporary_directory.hpp"

namespace motorcade::mqtt_edge {
namespace {
using asio::ip::tcp;
namespace ssl = asio::ssl;
constexpr auto kHybrid = "X25519MLKEM768";

class TlsTest : public testing::Test {
 protected:
  /// What became of one connection, as the server saw it.
  struct Seen {
    bool agreed = false;    ///< the handshake was done
    std::size_t bytes = 0;  ///< of MQTT
  };

  TlsTest() {
    const auto mine = authority_.issue("localhost");
    context_.use_certificate_chain_file(mine.certificate.string());
    context_.use_private_key_file(mine.key.string(), ssl::context::pem);
  }

  /// A session under `policy` with a server that takes `groups` only, until that has seen `count`
  /// connections. The server hangs up after the first bytes.
  void run(const std::string& groups, const std::string& policy_group, std::size_t count) {
    SSL_CTX_set1_groups_list(context_.native_handle(), groups.c_str());
    accept();
    edge::TlsPolicy policy;
    policy.group = policy_group;
    auto observe = [this](const AgreedSession& agreed) {
      asio::post(io_, [this, agreed] { agreed_.push_back(agreed); });
    };
    ASSERT_TRUE(enforce_on_clients(policy, observe));
    SessionOptions options;
    options.uri = "ssl://localhost:" + std::to_string(acceptor_.local_endpoint().port());
    options.client_id = "edge-of-the-tests";
    options.filters = {"mine"};
    options.ca = authority_.certificate();
    const auto own = authority_.issue("motorcade-edge");
    options.certificate = own.certificate;
    options.key = own.key;
    options.limits.first_pause = options.limits.longest_pause = std::chrono::milliseconds(1);
    {
      Session session(
          std::move(options), [](auto&&...) {}, [](mqtt::const_message_ptr) {}, [] {},
          io_.get_executor());
      session.start();
      while (seen_.size() < count) io_.run_one();
      EXPECT_FALSE(session.connected());
    }
    acceptor_.close();
    busy_.reset();
    io_.run_for(std::chrono::seconds(5));
  }

  void accept() {
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket socket) {
      if (error) return;
      using Stream = ssl::stream<tcp::socket>;
      auto stream = std::make_shared<Stream>(std::move(socket), context_);
      stream->async_handshake(Stream::server, [this, stream](boost::system::error_code failed) {
        if (failed) return seen_.push_back({});
        auto buffer = std::make_shared<std::array<char, 64>>();
        stream->async_read_some(asio::buffer(*buffer),
                                [this, stream, buffer](boost::system::error_code, std::size_t n) {
                                  seen_.push_back({true, n});
                                  boost::system::error_code ignored;
                                  stream->next_layer().close(ignored);
                                });
      });
      accept();
    });
  }

  motorcade::testing_support::TemporaryDirectory directory_;
  https::testing_support::Authority authority_{directory_.path() / "ca"};
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> busy_{io_.get_executor()};
  tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  ssl::context context_{ssl::context::tls_server};
  std::vector<Seen> seen_;
  std::vector<AgreedSession> agreed_;
};

TEST_F(TlsTest, ABrokerThatIsAsConfiguredIsSpokenToAgainAndAgain) {
  run(kHybrid, kHybrid, 3);
  for (const auto& one : seen_) EXPECT_TRUE(one.agreed && one.bytes > 0);
  ASSERT_GE(agreed_.size(), 3u);
  for (const auto& one : agreed_) {
    EXPECT_TRUE(one.as_configured) << one.group << ' ' << one.peer_signature;
    EXPECT_EQ(one.version, "TLSv1.3");
  }
}

TEST_F(TlsTest, AClassicalBrokerIsRefused) {
  run("X25519", kHybrid, 2);
  for (const auto& one : seen_) EXPECT_FALSE(one.agreed);
  EXPECT_TRUE(agreed_.empty());
}

// Two groups stand for a policy that was not enforced: what was agreed is asserted all the same.
TEST_F(TlsTest, ASessionThatIsNotAsConfiguredEndsBeforeAWordIsSaid) {
  run("X25519", std::string(kHybrid) + ":X25519", 2);
  for (const auto& one : seen_) EXPECT_EQ(one.bytes, 0u) << "the broker was spoken to";
  ASSERT_GE(agreed_.size(), 2u);
  for (const auto& one : agreed_) EXPECT_FALSE(one.as_configured);
}

}  // namespace
}  // namespace motorcade::mqtt_edge
