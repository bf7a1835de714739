#include "adapters/kafka/birth.hpp"

#include <random>
#include <sstream>

#include "adapters/kafka/error.hpp"

namespace motorcade::kafka {
namespace {

constexpr std::string_view kTitle = "motorcade log 1";
constexpr int kTries = 5;

Incarnation random_incarnation() {
  Incarnation incarnation;
  std::random_device random;
  for (auto& byte : incarnation.bytes) byte = static_cast<std::uint8_t>(random());
  return incarnation;
}

/// Nothing: the topic is empty, or not there.
Result<std::optional<std::string>> read_birth(const Options& options, const Admin& admin) {
  const auto name = birth_topic(options);
  TRY(const bool exists, admin.has_topic(name));
  if (!exists) return std::nullopt;
  TRY(auto client, make_consumer(options, std::chrono::milliseconds(10)));
  const Topic topic(rd_kafka_topic_new(client.get(), name.c_str(), nullptr));
  if (rd_kafka_consume_start(topic.get(), 0, RD_KAFKA_OFFSET_BEGINNING) != 0)
    return tl::unexpected(error_of(rd_kafka_last_error(), "reading " + name));
  std::optional<std::string> found;
  auto code = RD_KAFKA_RESP_ERR__TIMED_OUT;
  while (const Message message{
      rd_kafka_consume(topic.get(), 0, milliseconds(options.operation_timeout))}) {
    code = message->err;
    if (code) break;
    found.emplace(static_cast<const char*>(message->payload), message->len);
  }
  rd_kafka_consume_stop(topic.get(), 0);
  if (code != RD_KAFKA_RESP_ERR__PARTITION_EOF)
    return tl::unexpected(error_of(code, "reading " + name));
  return found;
}

/// One transaction under an id of its own: of two that found the topic empty, the later one fences
/// the earlier, reads again and finds its record, or is alone.
Result<std::optional<ports::LogBirth>> try_to_make(const Options& options, const Admin& admin) {
  const auto name = birth_topic(options);
  Callbacks callbacks{[](const rd_kafka_message_t&) {}};
  auto settings = producer_settings(options);
  settings.emplace_back("transactional.id", name);
  TRY(auto producer, make_client(RD_KAFKA_PRODUCER, options, settings, &callbacks));
  const auto timeout = milliseconds(options.operation_timeout);
  if (auto* error = rd_kafka_init_transactions(producer.get(), timeout))
    return tl::unexpected(error_of(error, "beginning to write " + name));
  TRY(const auto there, read_birth(options, admin));
  if (there) return std::nullopt;
  const ports::LogBirth birth{random_incarnation(), options.counts.value_or(PartitionCounts{})};
  auto text = encode_birth(birth);
  if (auto* error = rd_kafka_begin_transaction(producer.get()))
    return tl::unexpected(error_of(error, "writing " + name));
  const auto code =
      rd_kafka_producev(producer.get(), RD_KAFKA_V_TOPIC(name.c_str()), RD_KAFKA_V_PARTITION(0),
                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY("birth", 5),
                        RD_KAFKA_V_VALUE(text.data(), text.size()), RD_KAFKA_V_END);
  if (code) return tl::unexpected(error_of(code, "writing " + name));
  if (auto* error = rd_kafka_commit_transaction(producer.get(), timeout))
    return tl::unexpected(error_of(error, "writing " + name));
  return birth;
}

/// Topics without a birth record must be empty: a crash of a birth leaves such, a lost record too.
Result<void> check_empty(const Options& options, const Admin& admin,
                         const PartitionCounts& counts) {
  for (const auto stream : {Stream::kVehicle, Stream::kCampaign, Stream::kCatalog})
    for (std::uint16_t number = 0; number < counts.of(stream); ++number) {
      const auto name = topic_of(options.prefix, Kind::kEvents, stream);
      TRY(const auto marks, admin.watermarks(name, number));
      if (marks.stable > 0)
        return log_failure(LogErrc::kDamaged, name + " has events, but " + birth_topic(options) +
                                                  " has no birth record");
    }
  return {};
}

Result<ports::LogBirth> make(const Options& options, const Admin& admin) {
  const auto counts = options.counts.value_or(PartitionCounts{});
  for (const auto stream : {Stream::kVehicle, Stream::kCampaign, Stream::kCatalog})
    if (counts.of(stream) == 0)
      return log_failure(LogErrc::kBadRequest, "a stream needs at least one partition");
  if (options.min_insync_replicas > options.replication)
    return log_failure(LogErrc::kBadRequest,
                       "of " + std::to_string(options.replication) + " replicas never " +
                           std::to_string(options.min_insync_replicas) + " are in sync");
  TRY_VOID(admin.make_topics(counts));
  TRY_VOID(admin.check_topics(counts));
  TRY_VOID(check_empty(options, admin, counts));
  Error why;
  for (int i = 0; i < kTries; ++i) {
    auto made = try_to_make(options, admin);
    if (made && *made) return **made;
    if (!made) why = made.error();
    TRY(const auto there, read_birth(options, admin));
    if (there) return decode_birth(*there);
  }
  return tl::unexpected(std::move(why));
}

}  // namespace

std::string encode_birth(const ports::LogBirth& birth) {
  std::ostringstream text;
  text << kTitle << "\nincarnation " << to_hex(birth.incarnation) << "\nvehicle "
       << birth.counts.vehicle << "\ncampaign " << birth.counts.campaign << "\ncatalog "
       << birth.counts.catalog << "\n";
  return text.str();
}

Result<ports::LogBirth> decode_birth(const std::string& text) {
  std::istringstream lines(text);
  std::string title, names[4], incarnation;
  ports::LogBirth birth;
  auto& counts = birth.counts;
  std::getline(lines, title);
  lines >> names[0] >> incarnation >> names[1] >> counts.vehicle >> names[2] >> counts.campaign >>
      names[3] >> counts.catalog;
  const auto id = id_from_hex<Incarnation>(incarnation);
  if (title != kTitle || !lines || !id || names[0] != "incarnation" || names[1] != "vehicle" ||
      names[2] != "campaign" || names[3] != "catalog")
    return log_failure(LogErrc::kDamaged, "the birth record is not one: " + text.substr(0, 200));
  birth.incarnation = *id;
  return birth;
}

Result<ports::LogBirth> find_or_make(const Options& options, const Admin& admin) {
  TRY(const auto there, read_birth(options, admin));
  if (!there && !options.make)
    return log_failure(LogErrc::kNoLog, options.prefix + " at " + options.bootstrap);
  if (!there) return make(options, admin);
  TRY(const auto birth, decode_birth(*there));
  if (options.counts && birth.counts != *options.counts)
    return log_failure(LogErrc::kOtherBirth,
                       "the log " + options.prefix + " at " + options.bootstrap);
  TRY_VOID(admin.check_topics(birth.counts));
  return birth;
}

}  // namespace motorcade::kafka
