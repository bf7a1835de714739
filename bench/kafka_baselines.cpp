#include "adapters/kafka/client.hpp"
#include "adapters/kafka/error.hpp"
#include "adapters/kafka/feed.hpp"
#include "bench/kafka.hpp"

namespace motorcade::bench::on_kafka {
namespace {

constexpr int kTimeoutMs = 30'000;

void check(rd_kafka_resp_err_t code, const std::string& tried) {
  if (code) give_up(to_string(kafka::error_of(code, tried)));
}
void check(rd_kafka_error_t* error, const std::string& tried) {
  if (error) give_up(to_string(kafka::error_of(error, tried)));
}

/// Of one partition, from its beginning.
kafka::Client consumer_of(const kafka::Options& options, const std::string& topic) {
  auto consumer = must(kafka::make_client(RD_KAFKA_CONSUMER, options,
                                          {{"isolation.level", "read_committed"},
                                           {"group.id", options.prefix + ".bare"},
                                           {"enable.auto.commit", "false"},
                                           {"auto.offset.reset", "earliest"}}));
  rd_kafka_poll_set_consumer(consumer.get());
  const kafka::Places places(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(places.get(), topic.c_str(), 0)->offset =
      RD_KAFKA_OFFSET_BEGINNING;
  check(rd_kafka_assign(consumer.get(), places.get()), "assigning");
  return consumer;
}

kafka::Message next_of(rd_kafka_t* consumer) {
  while (true) {
    kafka::Message message(rd_kafka_consumer_poll(consumer, kTimeoutMs));
    if (!message) give_up("a bare consumer got nothing");
    if (!message->err) return message;
  }
}

}  // namespace

double bare_transactions(const kafka::Options& from, std::size_t records) {
  const auto target = options_for("bare");
  const auto log = open(target);  // makes the topics
  const auto inbox = kafka::topic_of(from.prefix, kafka::Kind::kInbox, Stream::kVehicle);
  const auto events = kafka::topic_of(target.prefix, kafka::Kind::kEvents, Stream::kVehicle);
  const auto consumer = consumer_of(from, inbox);
  kafka::Callbacks callbacks{[](const rd_kafka_message_t&) {}};
  auto settings = kafka::producer_settings(target);
  settings.emplace_back("transactional.id", target.prefix + ".bare");
  const auto producer = must(kafka::make_client(RD_KAFKA_PRODUCER, target, settings, &callbacks));
  check(rd_kafka_init_transactions(producer.get(), kTimeoutMs), "init_transactions");
  const kafka::Topic topic(rd_kafka_topic_new(producer.get(), events.c_str(), nullptr));
  const kafka::Places places(rd_kafka_topic_partition_list_new(1));
  auto* offset = rd_kafka_topic_partition_list_add(places.get(), inbox.c_str(), 0);
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t done = 0; done < records; done += kTransaction) {
    check(rd_kafka_begin_transaction(producer.get()), "begin_transaction");
    for (std::size_t i = 0; i < kTransaction; ++i) {
      const auto message = next_of(consumer.get());
      while (rd_kafka_produce(topic.get(), 0, RD_KAFKA_MSG_F_COPY, message->payload, message->len,
                              nullptr, 0, nullptr) != 0)
        rd_kafka_poll(producer.get(), 1);
      offset->offset = message->offset + 1;
    }
    auto* group = rd_kafka_consumer_group_metadata(consumer.get());
    check(rd_kafka_send_offsets_to_transaction(producer.get(), places.get(), group, kTimeoutMs),
          "send_offsets_to_transaction");
    rd_kafka_consumer_group_metadata_destroy(group);
    check(rd_kafka_commit_transaction(producer.get(), kTimeoutMs), "commit_transaction");
  }
  const auto rate = static_cast<double>(records) / seconds_since(begin);
  rd_kafka_consumer_close(consumer.get());
  return rate;
}

}  // namespace motorcade::bench::on_kafka
