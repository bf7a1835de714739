// Raw telemetry on a real Kafka under the contract, and what only Kafka can do to it.
#include "adapters/kafka/telemetry.hpp"

#include "adapters/kafka/error.hpp"
#include "contract/kafka_harness.hpp"
#include "contract/telemetry_contract.hpp"

namespace motorcade::contract {
namespace {

class KafkaTelemetry final : public TelemetryHarness {
 public:
  KafkaTelemetry() { (void)open_kafka_log(options_); }  // makes the topics
  ports::Telemetry& telemetry() override {
    if (!telemetry_) telemetry_ = kafka::Telemetry::open(options_, kCounts.vehicle).value();
    return *telemetry_;
  }
  ports::TelemetryReader& reader() override { return *reader_; }
  void close() override { telemetry_.reset(); }

 private:
  kafka::Options options_ = kafka_options();
  std::unique_ptr<ports::Telemetry> telemetry_;
  std::unique_ptr<ports::TelemetryReader> reader_ =
      kafka::read_telemetry(options_, kCounts.vehicle);
};

INSTANTIATE_TEST_SUITE_P(Kafka, TelemetryContract,
                         testing::Values([] { return std::make_unique<KafkaTelemetry>(); }),
                         [](const auto&) { return "telemetry"; });

template <class T>
using Owned = std::unique_ptr<T, void (*)(T*)>;
constexpr int kTimeoutMs = 30'000;

/// At the broker; none: there is no such topic.
std::optional<std::string> setting_of(const kafka::Options& options, const std::string& topic,
                                      const std::string& setting) {
  const auto client = kafka::make_client(RD_KAFKA_PRODUCER, options, {}).value();
  const Owned<rd_kafka_ConfigResource_t> asked(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()),
      &rd_kafka_ConfigResource_destroy);
  auto* one = asked.get();
  const kafka::Queue queue(rd_kafka_queue_new(client.get()));
  rd_kafka_DescribeConfigs(client.get(), &one, 1, nullptr, queue.get());
  const Owned<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), kTimeoutMs),
                                      &rd_kafka_event_destroy);
  std::size_t count = 0;
  const auto* const* found = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  if (count != 1 || rd_kafka_ConfigResource_error(found[0])) return std::nullopt;
  const auto* const* entries = rd_kafka_ConfigResource_configs(found[0], &count);
  for (std::size_t i = 0; i < count; ++i)
    if (setting == rd_kafka_ConfigEntry_name(entries[i]))
      return rd_kafka_ConfigEntry_value(entries[i]);
  return "no such setting";
}

void delete_topic(const kafka::Options& options, const std::string& topic) {
  const auto client = kafka::make_client(RD_KAFKA_PRODUCER, options, {}).value();
  auto* asked = rd_kafka_DeleteTopic_new(topic.c_str());
  const kafka::Queue queue(rd_kafka_queue_new(client.get()));
  rd_kafka_DeleteTopics(client.get(), &asked, 1, nullptr, queue.get());
  const Owned<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), kTimeoutMs),
                                      &rd_kafka_event_destroy);
  rd_kafka_DeleteTopic_destroy(asked);
  const auto admin = kafka::Admin::open(options).value();
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (admin.has_topic(topic).value())  // the brokers hear of it a moment later
    if (std::chrono::steady_clock::now() > give_up) throw std::runtime_error(topic + " stays");
}

std::error_code opening(const kafka::Options& options) {
  const auto opened = kafka::Log::open(options);
  return opened ? std::error_code{} : opened.error().code;
}

TEST(KafkaTelemetry, TheTopicExpiresByTimeAsLongAsIsAskedAtItsBirth) {
  auto options = kafka_options();
  options.telemetry_kept = std::chrono::hours(70);
  const auto topic = options.prefix + ".vehicle.telemetry";
  ASSERT_EQ(opening(options), std::error_code{});
  EXPECT_EQ(setting_of(options, topic, "retention.ms"), "252000000");
  EXPECT_EQ(setting_of(options, topic, "segment.ms"), "36000000");
  EXPECT_EQ(setting_of(options, topic, "cleanup.policy"), "delete");
  const auto admin = kafka::Admin::open(options).value();
  EXPECT_TRUE(admin.watermarks(topic, kCounts.vehicle - 1));
  ASSERT_TRUE(admin.set(topic, "retention.ms", "-1"));
  EXPECT_EQ(opening(options), make_error_code(kafka::LogErrc::kUnsafeTopic));
  ASSERT_TRUE(admin.set(topic, "retention.ms", "3600000"));
  EXPECT_EQ(opening(options), std::error_code{});
  EXPECT_EQ(setting_of(options, topic, "retention.ms"), "3600000") << "the operator's choice";
}

/// As a build made it that knew of no telemetry.
TEST(KafkaTelemetry, ALogThatWasMadeWithoutItGetsIt) {
  auto options = kafka_options();
  const auto topic = options.prefix + ".vehicle.telemetry";
  ASSERT_EQ(opening(options), std::error_code{});
  delete_topic(options, topic);
  options.make = false;
  EXPECT_EQ(opening(options), std::error_code{}) << "who only reads takes it as it is";
  EXPECT_TRUE(
      read_all(*kafka::read_telemetry(options, kCounts.vehicle), 1, telemetry_begin()).empty());
  EXPECT_EQ(setting_of(options, topic, "cleanup.policy"), std::nullopt);
  options.make = true;
  EXPECT_EQ(opening(options), std::error_code{});
  EXPECT_EQ(setting_of(options, topic, "retention.ms"), "604800000");
}

TEST(KafkaTelemetry, WithoutABrokerItIsLostAndNobodyWaits) {
  auto options = kafka_options();
  options.bootstrap = "127.0.0.1:1";
  options.operation_timeout = std::chrono::milliseconds(200);
  options.max_queued_bytes = 1 << 20;
  const auto telemetry = kafka::Telemetry::open(options, kCounts.vehicle).value();
  const std::vector<ports::TelemetryRecord> flood(
      20, telemetry_of(1, telemetry_begin(), std::string(64 << 10, 'x')));
  EXPECT_EQ(record_all(*telemetry, flood), flood.size());
}

}  // namespace
}  // namespace motorcade::contract
