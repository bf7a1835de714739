#include "adapters/kafka/mock_brokers.hpp"

namespace motorcade::kafka {

MockBrokers::MockBrokers() {
  options.prefix = "mock";
  options.operation_timeout = std::chrono::seconds(3);
  options.transaction_timeout = std::chrono::seconds(3);
  options.client["reconnect.backoff.max.ms"] = "200";
  client_ = must(make_client(RD_KAFKA_PRODUCER, options, {}));
  cluster_.reset(rd_kafka_mock_cluster_new(client_.get(), kBrokers));
  options.bootstrap = rd_kafka_mock_cluster_bootstraps(cluster_.get());
  for (const auto stream : {Stream::kVehicle, Stream::kCampaign, Stream::kCatalog})
    for (const auto kind : {Kind::kEvents, Kind::kInbox})
      rd_kafka_mock_topic_create(cluster_.get(), topic_of(options.prefix, kind, stream).c_str(), 2,
                                 kBrokers);
  move_leader({Kind::kEvents, kVehicles}, 1);
  move_leader({Kind::kInbox, kVehicles}, 1);
  move_leader({Kind::kInbox, kOtherVehicles}, 3);
  move_coordinator(2);
}

void MockBrokers::fail(Request request, const std::vector<rd_kafka_resp_err_t>& errors) {
  rd_kafka_mock_push_request_errors_array(cluster_.get(), static_cast<std::int16_t>(request),
                                          errors.size(), errors.data());
}

void MockBrokers::stop() {
  for (int broker = 1; broker <= kBrokers; ++broker) stop(broker);
}

void MockBrokers::stop(int broker) {
  rd_kafka_mock_broker_set_down(cluster_.get(), broker);
}

void MockBrokers::start() {
  for (int broker = 1; broker <= kBrokers; ++broker)
    rd_kafka_mock_broker_set_up(cluster_.get(), broker);
}

void MockBrokers::move_coordinator(int broker) {
  rd_kafka_mock_coordinator_set(cluster_.get(), "transaction", "mock.vehicle.0", broker);
}

void MockBrokers::move_leader(const Feed& feed, int broker) {
  const auto topic = topic_of(options.prefix, feed.kind, feed.partition.stream);
  rd_kafka_mock_partition_set_leader(cluster_.get(), topic.c_str(), feed.partition.number, broker);
}

}  // namespace motorcade::kafka
