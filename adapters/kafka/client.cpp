#include "adapters/kafka/client.hpp"

#include <array>

#include "adapters/kafka/error.hpp"

namespace motorcade::kafka {
namespace {

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  static_cast<Callbacks*>(opaque)->delivered(*message);
}

void on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* places,
                  void* opaque) {
  static_cast<Callbacks*>(opaque)->rebalanced(code, *places);
}

using Configuration = std::unique_ptr<rd_kafka_conf_t, Destroy<&rd_kafka_conf_destroy>>;

Result<void> set(rd_kafka_conf_t* configuration, const std::string& name,
                 const std::string& value) {
  std::array<char, 512> why{};
  if (rd_kafka_conf_set(configuration, name.c_str(), value.c_str(), why.data(), why.size()) ==
      RD_KAFKA_CONF_OK)
    return {};
  return log_failure(LogErrc::kBadRequest, std::string("the Kafka client's setting ") + why.data());
}

}  // namespace

Result<Client> make_client(rd_kafka_type_t type, const Options& options, const Settings& settings,
                           Callbacks* callbacks) {
  Configuration configuration(rd_kafka_conf_new());
  TRY_VOID(set(configuration.get(), "bootstrap.servers", options.bootstrap));
  TRY_VOID(set(configuration.get(), "client.id", options.prefix));
  if (type == RD_KAFKA_PRODUCER) TRY_VOID(set(configuration.get(), "compression.codec", "zstd"));
  for (const auto& [name, value] : options.client) TRY_VOID(set(configuration.get(), name, value));
  for (const auto& [name, value] : settings) TRY_VOID(set(configuration.get(), name, value));
  rd_kafka_conf_set_log_cb(configuration.get(),
                           [](const rd_kafka_t*, int, const char*, const char*) {});
  if (callbacks) {
    rd_kafka_conf_set_opaque(configuration.get(), callbacks);
    if (callbacks->delivered) rd_kafka_conf_set_dr_msg_cb(configuration.get(), &on_delivery);
    if (callbacks->rebalanced) rd_kafka_conf_set_rebalance_cb(configuration.get(), &on_rebalance);
  }
  std::array<char, 512> why{};
  Client client(rd_kafka_new(type, configuration.get(), why.data(), why.size()));
  if (!client)
    return log_failure(LogErrc::kBadRequest, std::string("making a Kafka client: ") + why.data());
  (void)configuration.release();  // the client has it now
  return client;
}

Settings producer_settings(const Options& options) {
  return {{"enable.idempotence", "true"},
          {"acks", "all"},
          {"linger.ms", "1"},
          {"queue.buffering.max.messages", "1000000"},
          {"message.max.bytes", std::to_string(options.max_record_bytes + kFraming)}};
}

Result<Client> make_consumer(const Options& options, std::chrono::milliseconds fetch_wait) {
  const Settings settings{
      {"isolation.level", "read_committed"},
      {"check.crcs", "true"},
      {"enable.partition.eof", "true"},
      {"fetch.wait.max.ms", std::to_string(fetch_wait.count())},
      {"fetch.message.max.bytes", std::to_string(options.max_record_bytes + kFraming)},
      {"queued.max.messages.kbytes", "16384"},
  };
  return make_client(RD_KAFKA_CONSUMER, options, settings);
}

}  // namespace motorcade::kafka
