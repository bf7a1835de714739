#include "adapters/kafka/telemetry.hpp"

#include "adapters/kafka/admin.hpp"
#include "adapters/kafka/error.hpp"

namespace motorcade::kafka {
namespace {

using Milliseconds = std::chrono::milliseconds;
using Reply = ports::Answer<Result<void>>;
constexpr int kPollMs = 100;
constexpr int kPatience = 3;                ///< operation timeouts until a record is given up
constexpr std::size_t kTelemetryShare = 4;  ///< it may have one part in so many of queued_bytes
constexpr Milliseconds kLastWords{1000};

std::int64_t milliseconds_of(Time time) {
  return std::chrono::duration_cast<Milliseconds>(time.time_since_epoch()).count();
}

Settings telemetry_settings(const Options& options) {
  return {{"enable.idempotence", "false"},
          {"acks", "1"},
          {"max.in.flight.requests.per.connection", "1"},
          {"message.timeout.ms", std::to_string(kPatience * options.operation_timeout.count())},
          {"linger.ms", "50"},
          {"queue.buffering.max.messages", "1000000"},
          {"queue.buffering.max.kbytes",
           std::to_string(options.max_queued_bytes / kTelemetryShare >> 10)},
          {"message.max.bytes", std::to_string(max_batch_bytes(options))}};
}

ports::TelemetryRecord record_in(const rd_kafka_message_t& message) {
  const std::string_view key(static_cast<const char*>(message.key), message.key_len);
  const std::string_view value(static_cast<const char*>(message.payload), message.len);
  ports::TelemetryRecord record;
  if (key.size() != record.vehicle.bytes.size() || value.empty()) return record;  // none of ours
  record.vehicle = *id_from_bytes<VehicleId>(key);
  record.received_at = Time(Milliseconds(rd_kafka_message_timestamp(&message, nullptr)));
  record.content_type = static_cast<ContentType>(value.front());
  record.body = value.substr(1);
  return record;
}

class Reader final : public ports::TelemetryReader {
 public:
  Reader(const Options& options, std::uint16_t partitions)
      : options_(options), partitions_(partitions), topic_(telemetry_topic(options_)) {}

  Result<void> read(const VehicleId& vehicle, Time from, const See& see) override {
    TRY(const auto admin, Admin::open(options_));
    TRY(const bool exists, admin.has_topic(topic_));
    if (!exists) return {};
    const auto partition = partition_of(vehicle, partitions_);
    TRY(const auto marks, admin.watermarks(topic_, partition));
    TRY(const auto client, make_consumer(options_, Milliseconds(10)));
    const auto time = std::max<std::int64_t>(0, milliseconds_of(from));
    TRY(const auto begin, find_offset(client.get(), topic_, partition, time,
                                      options_.operation_timeout, "finding a time in " + topic_));
    if (begin < 0 || begin >= marks.stable) return {};
    auto* settings = rd_kafka_topic_conf_new();  // what was found may expire under the reader
    rd_kafka_topic_conf_set(settings, "auto.offset.reset", "earliest", nullptr, 0);
    const Topic topic(rd_kafka_topic_new(client.get(), topic_.c_str(), settings));
    if (rd_kafka_consume_start(topic.get(), partition, begin) != 0)
      return tl::unexpected(error_of(rd_kafka_last_error(), "reading " + topic_));
    auto done = consume(topic.get(), partition, marks.stable,
                        [&](const ports::TelemetryRecord& record) -> Result<void> {
                          if (record.vehicle != vehicle || record.received_at < from) return {};
                          return see(record);
                        });
    rd_kafka_consume_stop(topic.get(), partition);
    return done;
  }

 private:
  Result<void> consume(rd_kafka_topic_t* topic, int partition, std::int64_t end,
                       const See& see) const {
    auto give_up = std::chrono::steady_clock::now() + options_.operation_timeout;
    while (true) {
      const Message message(rd_kafka_consume(topic, partition, kPollMs));
      if (message && message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return {};
      if (message && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        TRY_VOID(see(record_in(*message)));
        if (message->offset + 1 >= end) return {};
        give_up = std::chrono::steady_clock::now() + options_.operation_timeout;
      } else if (message && message->err == RD_KAFKA_RESP_ERR__BAD_MSG) {
        return tl::unexpected(error_of(message->err, "reading " + topic_));
      } else if (std::chrono::steady_clock::now() > give_up) {
        return log_failure(LogErrc::kUnreachable, "reading " + topic_);
      }
    }
  }

  const Options options_;
  const std::uint16_t partitions_;
  const std::string topic_;
};

}  // namespace

Telemetry::Telemetry(const Options& options, std::uint16_t partitions)
    : options_(options), partitions_(partitions) {
  callbacks_.delivered = [topic = telemetry_topic(options_)](const rd_kafka_message_t& message) {
    const std::unique_ptr<Reply> answer(static_cast<Reply*>(message._private));
    if (message.err)
      (*answer)(tl::unexpected(error_of(message.err, "sending to " + topic)));
    else
      (*answer)({});
  };
}

Result<std::unique_ptr<Telemetry>> Telemetry::open(const Options& options,
                                                   std::uint16_t partitions) {
  std::unique_ptr<Telemetry> telemetry(new Telemetry(options, partitions));
  TRY(telemetry->producer_, make_client(RD_KAFKA_PRODUCER, telemetry->options_,
                                        telemetry_settings(options), &telemetry->callbacks_));
  telemetry->thread_ = std::thread([&it = *telemetry] {
    while (!it.closing_) rd_kafka_poll(it.producer_.get(), kPollMs);
  });
  return telemetry;
}

Telemetry::~Telemetry() {
  closing_ = true;
  if (thread_.joinable()) thread_.join();
  if (!producer_) return;
  rd_kafka_flush(producer_.get(), milliseconds(kLastWords));
  rd_kafka_purge(producer_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(producer_.get(), milliseconds(kLastWords));
}

void Telemetry::record(ports::TelemetryRecord record, ports::Answer<Result<void>> answer) {
  const auto topic = telemetry_topic(options_);
  auto value = static_cast<char>(record.content_type) + record.body;
  auto key = std::string(record.vehicle.view());
  auto held = std::make_unique<Reply>(std::move(answer));
  const auto code = rd_kafka_producev(
      producer_.get(), RD_KAFKA_V_TOPIC(topic.c_str()),
      RD_KAFKA_V_PARTITION(partition_of(record.vehicle, partitions_)),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key.data(), key.size()),
      RD_KAFKA_V_VALUE(value.data(), value.size()),
      RD_KAFKA_V_TIMESTAMP(milliseconds_of(record.received_at)), RD_KAFKA_V_OPAQUE(held.get()),
      RD_KAFKA_V_END);
  if (code) return (*held)(tl::unexpected(error_of(code, "sending to " + topic)));
  (void)held.release();  // comes back with the delivery report
}

std::unique_ptr<ports::TelemetryReader> read_telemetry(const Options& options,
                                                       std::uint16_t partitions) {
  return std::make_unique<Reader>(options, partitions);
}

}  // namespace motorcade::kafka
