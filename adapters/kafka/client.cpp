#include "adapters/kafka/client.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "adapters/kafka/error.hpp"
#include "adapters/kafka/monitor.hpp"

namespace motorcade::kafka {
namespace {

constexpr std::int64_t kSocketTimeoutMost = 300'000;  ///< of librdkafka, milliseconds

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  static_cast<Callbacks*>(opaque)->delivered(*message);
}

void on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* places,
                  void* opaque) {
  static_cast<Callbacks*>(opaque)->rebalanced(code, *places);
}

Monitor* monitor_of(const rd_kafka_t* client) {
  const auto* callbacks = static_cast<const Callbacks*>(rd_kafka_opaque(client));
  return callbacks ? callbacks->monitor : nullptr;
}

void on_line(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  if (auto* monitor = client ? monitor_of(client) : nullptr)
    monitor->heard_line(level, facility, text);
}

void on_error(rd_kafka_t* client, int code, const char* why, void*) {
  if (auto* monitor = monitor_of(client))
    monitor->heard_error(static_cast<rd_kafka_resp_err_t>(code), why);
}

int on_statistics(rd_kafka_t* client, char* json, std::size_t size, void*) {
  if (auto* monitor = monitor_of(client)) monitor->heard_statistics({json, size});
  return 0;  // librdkafka frees it
}

constexpr int kScramMended = 0x02060100;  // of librdkafka

/// What librdkafka would fail at without saying why.
Result<void> check(const std::string& name, const std::string& value) {
  const auto refuse = [&](const std::string& why) {
    return log_failure(LogErrc::kBadRequest, "the Kafka client's setting " + name + ": " + why);
  };
  if (name.ends_with(".location") && value != "probe" && access(value.c_str(), R_OK) != 0)
    return refuse(value + " cannot be read: " + std::generic_category().message(errno));
  // Since CVE-2024-56128 Kafka looks at the nonce, which older clients send twice.
  const bool scram = name.starts_with("sasl.mechanism") && value.starts_with("SCRAM");
  if (scram && rd_kafka_version() < kScramMended)
    return refuse("Kafka 4 refuses " + value + " of librdkafka " + rd_kafka_version_str() +
                  " (2.6.1 mends it); use PLAIN over TLS, or client certificates alone");
  return {};
}

using Configuration = std::unique_ptr<rd_kafka_conf_t, Destroy<&rd_kafka_conf_destroy>>;

/// A broker that hangs keeps its connection: it is given up after so long, and the partitions' new
/// leader is asked. librdkafka bounds it itself for those who write transactions, by theirs.
Settings patience(const Options& options, const Settings& settings) {
  const bool transactional = std::any_of(settings.begin(), settings.end(), [](const auto& setting) {
    return setting.first == "transactional.id";
  });
  if (transactional) return {};
  const auto most = std::min<std::int64_t>(options.operation_timeout.count(), kSocketTimeoutMost);
  return {{"socket.timeout.ms", std::to_string(most)}};
}

Result<void> set(rd_kafka_conf_t* configuration, const std::string& name,
                 const std::string& value) {
  std::array<char, 512> why{};
  if (rd_kafka_conf_set(configuration, name.c_str(), value.c_str(), why.data(), why.size()) ==
      RD_KAFKA_CONF_OK)
    return {};
  return log_failure(LogErrc::kBadRequest, std::string("the Kafka client's setting ") + why.data());
}

void set_callbacks(rd_kafka_conf_t* configuration, rd_kafka_type_t type, const Options& options,
                   Callbacks* callbacks) {
  auto* monitor = options.monitor.get();
  if (callbacks) callbacks->monitor = monitor;
  if (!callbacks && monitor) callbacks = &monitor->callbacks();
  rd_kafka_conf_set_log_cb(configuration, &on_line);
  if (!callbacks) return;
  rd_kafka_conf_set_opaque(configuration, callbacks);
  rd_kafka_conf_set_stats_cb(configuration, &on_statistics);
  if (type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_error_cb(configuration, &on_error);
  if (callbacks->delivered) rd_kafka_conf_set_dr_msg_cb(configuration, &on_delivery);
  if (callbacks->rebalanced) rd_kafka_conf_set_rebalance_cb(configuration, &on_rebalance);
}

}  // namespace

Result<Client> make_client(rd_kafka_type_t type, const Options& options, const Settings& settings,
                           Callbacks* callbacks) {
  Configuration configuration(rd_kafka_conf_new());
  TRY_VOID(set(configuration.get(), "bootstrap.servers", options.bootstrap));
  TRY_VOID(set(configuration.get(), "client.id", options.prefix));
  if (type == RD_KAFKA_PRODUCER) TRY_VOID(set(configuration.get(), "compression.codec", "zstd"));
  for (const auto& [name, value] : patience(options, settings))
    TRY_VOID(set(configuration.get(), name, value));
  for (const auto& [name, value] : options.client) {
    TRY_VOID(check(name, value));
    TRY_VOID(set(configuration.get(), name, value));
  }
  for (const auto& [name, value] : settings) TRY_VOID(set(configuration.get(), name, value));
  set_callbacks(configuration.get(), type, options, callbacks);
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
          {"message.max.bytes", std::to_string(max_batch_bytes(options))}};
}

Settings statistics_settings(const Options& options) {
  if (!options.monitor || !options.monitor->wants_statistics()) return {};
  return {{"statistics.interval.ms", std::to_string(options.statistics_interval.count())}};
}

Result<Client> make_consumer(const Options& options, std::chrono::milliseconds fetch_wait,
                             const Settings& more) {
  Settings settings{
      {"isolation.level", "read_committed"},
      {"check.crcs", "true"},
      {"enable.partition.eof", "true"},
      {"fetch.wait.max.ms", std::to_string(fetch_wait.count())},
      {"fetch.message.max.bytes", std::to_string(max_batch_bytes(options))},
      {"queued.max.messages.kbytes", "16384"},
  };
  settings.insert(settings.end(), more.begin(), more.end());
  return make_client(RD_KAFKA_CONSUMER, options, settings);
}

Result<std::int64_t> find_offset(rd_kafka_t* client, const std::string& topic, int partition,
                                 std::int64_t which, std::chrono::milliseconds timeout,
                                 const std::string& tried) {
  const Places places(rd_kafka_topic_partition_list_new(1));
  auto* asked = rd_kafka_topic_partition_list_add(places.get(), topic.c_str(), partition);
  asked->offset = which;
  const auto code = rd_kafka_offsets_for_times(client, places.get(), milliseconds(timeout));
  if (!code && !asked->err) return asked->offset;
  return tl::unexpected(error_of(code ? code : asked->err, tried));
}

Result<void> read_to_end(const Options& options, const std::string& topic, int partition,
                         std::int64_t from,
                         const std::function<void(const rd_kafka_message_t&)>& show) {
  TRY(auto client, make_consumer(options, std::chrono::milliseconds(10)));
  const Topic handle(rd_kafka_topic_new(client.get(), topic.c_str(), nullptr));
  if (rd_kafka_consume_start(handle.get(), partition, from) != 0)
    return tl::unexpected(error_of(rd_kafka_last_error(), "reading " + topic));
  auto code = RD_KAFKA_RESP_ERR__TIMED_OUT;
  while (const Message message{
      rd_kafka_consume(handle.get(), partition, milliseconds(options.operation_timeout))}) {
    code = message->err;
    if (code) break;
    show(*message);
  }
  rd_kafka_consume_stop(handle.get(), partition);
  if (code == RD_KAFKA_RESP_ERR__PARTITION_EOF) return {};
  return tl::unexpected(error_of(code ? code : RD_KAFKA_RESP_ERR__TIMED_OUT, "reading " + topic));
}

}  // namespace motorcade::kafka
