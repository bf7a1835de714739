#include "adapters/kafka/sender.hpp"

#include <future>

#include "adapters/kafka/mock_brokers.hpp"

namespace motorcade::kafka {
namespace {

constexpr Feed kInbox{Kind::kInbox, kVehicles};

struct SenderTest : testing::Test {
  std::future<Result<InboxPosition>> start(const std::vector<std::string>& records,
                                           Partition to = kVehicles) {
    auto promise = std::make_shared<std::promise<Result<InboxPosition>>>();
    sender->send(to, records, [promise](Result<InboxPosition> answer) {
      promise->set_value(std::move(answer));
    });
    return promise->get_future();
  }
  std::error_code send(const std::vector<std::string>& records) {
    const auto sent = start(records).get();
    return sent ? std::error_code{} : sent.error().code;
  }
  /// For as long as it is told to.
  void send_patiently(const std::string& record) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    std::error_code last = LogErrc::kBusy;
    while (last && std::chrono::steady_clock::now() < give_up) last = send({record});
    ASSERT_EQ(last, std::error_code{});
  }
  std::vector<std::string> found() {
    EXPECT_TRUE(log.tail->catch_up(kInbox));
    std::vector<std::string> found;
    const auto view = log.tail->view(kInbox, 0, {});
    for (const auto& record : view->records) found.push_back(record.bytes);
    return found;
  }
  using Records = std::vector<std::string>;

  MockBrokers brokers;
  MockLog log{brokers.options};
  std::unique_ptr<Sender> sender = must(Sender::open(brokers.options, *log.tail, log.bases));
};

TEST_F(SenderTest, WhoSendsToASilentPartitionIsAnsweredAndItsRecordsGoOn) {
  ASSERT_TRUE(log.tail->follow(kInbox));
  ASSERT_EQ(send({"a"}), std::error_code{});
  brokers.stop();
  auto first = start({"b", "c"}), second = start({"d"});
  EXPECT_EQ(first.get().error().code, make_error_code(LogErrc::kUnreachable));
  EXPECT_EQ(second.get().error().code, make_error_code(LogErrc::kUnreachable));
  EXPECT_EQ(send({"e"}), make_error_code(LogErrc::kBusy));
  brokers.start();
  send_patiently("f");
  EXPECT_EQ(found(), (Records{"a", "b", "c", "d", "f"}));
}

TEST_F(SenderTest, APartitionOutOfReachHoldsUpNoOther) {
  ASSERT_TRUE(log.tail->follow(kInbox));
  brokers.stop(1);
  auto late = start({"a"});
  EXPECT_TRUE(start({"b"}, kOtherVehicles).get());
  EXPECT_EQ(late.get().error().code, make_error_code(LogErrc::kUnreachable));
  EXPECT_TRUE(start({"c"}, kOtherVehicles).get());
}

struct SenderErrors : SenderTest, testing::WithParamInterface<rd_kafka_resp_err_t> {};

/// Some pass by themselves, some end the producer's session: records that are sent again arrive.
TEST_P(SenderErrors, AreOutlived) {
  ASSERT_TRUE(log.tail->follow(kInbox));
  ASSERT_EQ(send({"a"}), std::error_code{});
  brokers.fail(Request::kProduce, {GetParam()});
  send_patiently("b");
  EXPECT_EQ(found(), (Records{"a", "b"}));
  ASSERT_EQ(send({"c"}), std::error_code{});
}

INSTANTIATE_TEST_SUITE_P(Kafka, SenderErrors,
                         testing::Values(RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                         RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                                         RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                                         RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                                         RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID,
                                         RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
                                         RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED),
                         [](const auto& it) { return rd_kafka_err2name(it.param); });

}  // namespace
}  // namespace motorcade::kafka
