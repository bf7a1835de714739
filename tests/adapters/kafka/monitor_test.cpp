#include "adapters/kafka/monitor.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "adapters/kafka/log.hpp"
#include "adapters/kafka/mock_brokers.hpp"
#include "adapters/kafka/sender.hpp"
#include "engine/edge/metrics_registry.hpp"
#include "support/temporary_directory.hpp"

namespace motorcade::kafka {
namespace {

class KeptReports final : public ports::Reporter {
 public:
  void report(ports::Severity severity, std::string_view, Fields fields) override {
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(severity, ports::Severity::kWarning);
    for (const auto& [name, value] : fields) all_ += std::string(value) + "\n";
  }
  std::string all() {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  std::mutex mutex_;
  std::string all_;
};

/// Answers what is no TLS to whoever begins a handshake.
class Stranger {
 public:
  Stranger() : thread_([this] { io_.run(); }) { accept(); }
  ~Stranger() {
    io_.stop();
    thread_.join();
  }
  [[nodiscard]] std::string address() const {
    return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }

 private:
  void accept() {
    acceptor_.async_accept([this](boost::system::error_code failed, Socket socket) {
      if (failed) return;
      std::array<char, 4096> hello{};
      socket.read_some(boost::asio::buffer(hello), failed);
      boost::asio::write(socket, boost::asio::buffer("220 no broker here\r\n", 20), failed);
      visitors_.push_back(std::move(socket));
      accept();
    });
  }
  using Socket = boost::asio::ip::tcp::socket;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_ =
      boost::asio::make_work_guard(io_);
  boost::asio::ip::tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::vector<Socket> visitors_;
  std::thread thread_;
};

TEST(KafkaMonitor, WhoIsRefusedHearsWhy) {
  const Stranger stranger;
  KeptReports reports;
  Options options;
  options.bootstrap = stranger.address();
  options.operation_timeout = std::chrono::seconds(2);
  options.monitor = std::make_shared<Monitor>(&reports, nullptr);
  options.client["security.protocol"] = "ssl";
  const auto opened = Log::open(options);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, make_error_code(LogErrc::kRefused));
  EXPECT_NE(opened.error().context.find("wrong version number"), std::string::npos)
      << opened.error().context;
  EXPECT_NE(reports.all().find("wrong version number"), std::string::npos) << reports.all();
}

TEST(KafkaMonitor, BrokersThatAreAwayRefuseNobody) {
  MockBrokers brokers;
  auto options = brokers.options;
  brokers.stop();
  const auto opened = Log::open(options);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, make_error_code(LogErrc::kUnreachable));
}

/// In TLS 1.3 a certificate is refused after the client's handshake is done.
TEST(KafkaMonitor, AnAlertIsARefusalAndAnyOtherBreakIsTold) {
  Monitor monitor(nullptr, nullptr);
  const Error silent{make_error_code(LogErrc::kUnreachable), "listing topics"};
  monitor.heard_error(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down");
  EXPECT_EQ(monitor.explain(silent).context, silent.context);
  monitor.heard_error(RD_KAFKA_RESP_ERR__TRANSPORT, "connection refused");
  EXPECT_EQ(monitor.explain(silent).code, silent.code);
  EXPECT_NE(monitor.explain(silent).context.find("connection refused"), std::string::npos);
  monitor.heard_error(RD_KAFKA_RESP_ERR__TRANSPORT, "SSL routines::unexpected eof while reading");
  EXPECT_EQ(monitor.explain(silent).code, silent.code);
  Monitor other(nullptr, nullptr);
  other.heard_error(RD_KAFKA_RESP_ERR__TRANSPORT, "SSL routines::wrong version number");
  EXPECT_EQ(other.explain(silent).code, make_error_code(LogErrc::kRefused));
  monitor.heard_error(RD_KAFKA_RESP_ERR__TRANSPORT, "bad certificate: SSL alert number 42");
  monitor.heard_error(RD_KAFKA_RESP_ERR__TRANSPORT, "connection refused");
  const auto refused = monitor.explain(silent);
  EXPECT_EQ(refused.code, make_error_code(LogErrc::kRefused));
  EXPECT_NE(refused.context.find("ssl.certificate.location"), std::string::npos) << refused.context;
  monitor.heard_error(RD_KAFKA_RESP_ERR__TRANSPORT, "handshake failure: SSL alert number 40");
  const auto disagreed = monitor.explain(silent);  // about groups or signatures
  EXPECT_EQ(disagreed.code, make_error_code(LogErrc::kRefused));
  EXPECT_NE(disagreed.context.find("alert number 40"), std::string::npos) << disagreed.context;
  EXPECT_EQ(disagreed.context.find("certificate"), std::string::npos) << disagreed.context;
}

TEST(KafkaMonitor, LinesAreReportedOnceInAWhile) {
  KeptReports reports;
  Monitor monitor(&reports, nullptr);
  monitor.heard_line(6, "INFO", "[thrd:a]: of no interest");
  monitor.heard_line(3, "FAIL", "[thrd:a]: after 1 ms");
  monitor.heard_line(3, "FAIL", "[thrd:a]: after 2 ms");
  monitor.heard_line(3, "FAIL", "[thrd:b]: after 3 ms");
  EXPECT_EQ(reports.all(), "FAIL\n[thrd:a]: after 1 ms\nFAIL\n[thrd:b]: after 3 ms\n");
}

TEST(KafkaMonitor, CountersOutliveTheClientThatCounts) {
  edge::MetricsRegistry metrics;
  Monitor monitor(nullptr, &metrics);
  for (const int total : {3, 5, 2})  // the third is of a new client
    monitor.heard_statistics(R"({"type":"producer","brokers":{"x":{"nodeid":1,"txerrs":)" +
                             std::to_string(total) + "}}}");
  EXPECT_NE(metrics.text().find(R"(motorcade_kafka_transmit_errors_total{broker="1"} 7)"),
            std::string::npos)
      << metrics.text();
  monitor.heard_statistics("no JSON");
  monitor.heard_statistics("[]");
  monitor.heard_statistics(R"({"type":"producer","brokers":{"x":1}})");
  monitor.heard_statistics(R"({"type":"consumer","topics":{"x":{"partitions":{"0":[]}}}})");
}

TEST(KafkaMonitor, StatisticsBecomeMetrics) {
  MockBrokers brokers;
  edge::MetricsRegistry metrics;
  brokers.options.monitor = std::make_shared<Monitor>(nullptr, &metrics);
  brokers.options.statistics_interval = std::chrono::milliseconds(100);
  const MockLog log(brokers.options);
  const auto sender = must(Sender::open(brokers.options, *log.tail, log.bases));
  ASSERT_TRUE(log.tail->follow({Kind::kInbox, kVehicles}));
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  const auto has = [&](const std::string& series) {
    return metrics.text().find(series) != std::string::npos;
  };
  bool all = false;
  while (!all && std::chrono::steady_clock::now() < give_up) {
    sender->send(kVehicles, {"x"}, [](Result<InboxPosition>) {});
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    all = has(R"(motorcade_kafka_broker_round_trip_seconds{broker="1"} )") &&
          has(R"(motorcade_kafka_transmit_errors_total{broker="1"} 0)") &&
          has(R"(motorcade_kafka_request_timeouts_total{broker="1"} 0)") &&
          has("motorcade_kafka_queued_records ") && has("motorcade_kafka_queued_bytes ") &&
          has(R"(motorcade_kafka_consumer_lag_records{topic="mock.vehicle.inbox",partition="0"})");
  }
  EXPECT_TRUE(all) << metrics.text();
  const testing_support::TemporaryDirectory directory;
  const auto file = directory.path() / "metrics";
  std::ofstream(file) << metrics.text();
  EXPECT_EQ(std::system(("promtool check metrics < " + file.string()).c_str()), 0);
}

}  // namespace
}  // namespace motorcade::kafka
