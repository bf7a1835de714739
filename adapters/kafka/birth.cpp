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
  std::optional<std::string> found;
  TRY_VOID(read_to_end(options, name, 0, RD_KAFKA_OFFSET_BEGINNING, [&](const auto& message) {
    found.emplace(static_cast<const char*>(message.payload), message.len);
  }));
  return found;
}

Result<Client> open_writer(const Options& options, Callbacks& callbacks) {
  auto settings = producer_settings(options);
  settings.emplace_back("transactional.id", birth_topic(options));
  TRY(auto producer, make_client(RD_KAFKA_PRODUCER, options, settings, &callbacks));
  if (auto* error =
          rd_kafka_init_transactions(producer.get(), milliseconds(options.operation_timeout)))
    return tl::unexpected(error_of(error, "beginning to write " + birth_topic(options)));
  return producer;
}

Result<void> write(rd_kafka_t* producer, const Options& options, const Birth& birth) {
  const auto name = birth_topic(options);
  auto text = encode_birth(birth);
  if (auto* error = rd_kafka_begin_transaction(producer))
    return tl::unexpected(error_of(error, "writing " + name));
  const auto code =
      rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(name.c_str()), RD_KAFKA_V_PARTITION(0),
                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY("birth", 5),
                        RD_KAFKA_V_VALUE(text.data(), text.size()), RD_KAFKA_V_END);
  if (code) return tl::unexpected(error_of(code, "writing " + name));
  if (auto* error = rd_kafka_commit_transaction(producer, milliseconds(options.operation_timeout)))
    return tl::unexpected(error_of(error, "writing " + name));
  return {};
}

Birth birth_for(const Options& options) {
  if (!options.heritage)
    return {{random_incarnation(), options.counts.value_or(PartitionCounts{})}, {}, {}};
  Birth birth{options.heritage->birth, ports::LogState::kArriving, {}};
  for (const auto& [partition, begin] : options.heritage->inbox_begins)
    if (begin.value > 0) birth.inbox_bases[partition] = begin.value;
  return birth;
}

/// One transaction under an id of its own: of two that found the topic empty, the later one fences
/// the earlier, reads again and finds its record, or is alone.
Result<std::optional<Birth>> try_to_make(const Options& options, const Admin& admin) {
  Callbacks callbacks{[](const rd_kafka_message_t&) {}};
  TRY(const auto producer, open_writer(options, callbacks));
  TRY(const auto there, read_birth(options, admin));
  if (there) return std::nullopt;
  auto birth = birth_for(options);
  TRY_VOID(write(producer.get(), options, birth));
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

Result<Birth> make(const Options& options, const Admin& admin) {
  const auto counts = options.heritage ? options.heritage->birth.counts
                                       : options.counts.value_or(PartitionCounts{});
  for (const auto stream : {Stream::kVehicle, Stream::kCampaign, Stream::kCatalog})
    if (counts.of(stream) == 0)
      return log_failure(LogErrc::kBadRequest, "a stream needs at least one partition");
  if (options.min_insync_replicas > options.replication)
    return log_failure(LogErrc::kBadRequest,
                       "of " + std::to_string(options.replication) + " replicas never " +
                           std::to_string(options.min_insync_replicas) + " are in sync");
  TRY_VOID(admin.make_topics(counts));
  TRY_VOID(admin.check_topics(counts));
  if (auto empty = check_empty(options, admin, counts); !empty) {
    TRY(const auto there, read_birth(options, admin));  // by now: others make it, and append
    if (there) return decode_birth(*there);
    return tl::unexpected(std::move(empty).error());
  }
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

std::string encode_birth(const Birth& birth) {
  std::ostringstream text;
  text << kTitle << "\nincarnation " << to_hex(birth.log.incarnation) << "\nvehicle "
       << birth.log.counts.vehicle << "\ncampaign " << birth.log.counts.campaign << "\ncatalog "
       << birth.log.counts.catalog << "\nstate " << to_string(birth.state) << "\n";
  for (const auto& [partition, base] : birth.inbox_bases)
    text << "inbox " << motorcade::to_string(partition) << ' ' << base << '\n';
  return text.str();
}

namespace {

bool read_line(const std::string& name, std::istream& rest, Birth& birth) {
  std::string word;
  rest >> word;
  if (name == "state") {
    for (const auto state : {ports::LogState::kOpen, ports::LogState::kArriving,
                             ports::LogState::kLeaving, ports::LogState::kMoved})
      if (word == to_string(state)) return birth.state = state, true;
    return false;
  }
  const auto partition = position_from(word + "@0");
  return name == "inbox" && partition && rest >> birth.inbox_bases[partition->partition];
}

}  // namespace

Result<Birth> decode_birth(const std::string& text) {
  std::istringstream lines(text);
  std::string title, names[4], incarnation;
  Birth birth;
  auto& counts = birth.log.counts;
  std::getline(lines, title);
  lines >> names[0] >> incarnation >> names[1] >> counts.vehicle >> names[2] >> counts.campaign >>
      names[3] >> counts.catalog;
  const auto id = id_from_hex<Incarnation>(incarnation);
  bool right = title == kTitle && lines && id && names[0] == "incarnation" &&
               names[1] == "vehicle" && names[2] == "campaign" && names[3] == "catalog";
  for (std::string name; right && lines >> name;) right = read_line(name, lines, birth);
  if (!right)
    return log_failure(LogErrc::kDamaged, "the birth record is not one: " + text.substr(0, 200));
  birth.log.incarnation = *id;
  return birth;
}

Result<Birth> find_or_make(const Options& options, const Admin& admin) {
  const auto name = options.prefix + " at " + options.bootstrap;
  TRY(const auto there, read_birth(options, admin));
  if (!there && !options.make) return log_failure(LogErrc::kNoLog, name);
  if (!there) return make(options, admin);
  if (options.heritage) return log_failure(LogErrc::kAlreadyThere, name);
  TRY(auto birth, decode_birth(*there));
  if (birth.state != ports::LogState::kOpen && !options.moving)
    return log_failure(LogErrc::kMoved, name + " is " + std::string(to_string(birth.state)));
  if (options.counts && birth.log.counts != *options.counts)
    return log_failure(LogErrc::kOtherBirth, name);
  if (options.make) TRY_VOID(admin.make_topics(birth.log.counts, true));
  TRY_VOID(admin.check_topics(birth.log.counts));
  return birth;
}

Result<Birth> read_again(const Options& options, const Admin& admin) {
  TRY(const auto there, read_birth(options, admin));
  if (!there) return log_failure(LogErrc::kDamaged, birth_topic(options) + " is empty");
  return decode_birth(*there);
}

Result<void> write_again(const Options& options, const Birth& birth) {
  Callbacks callbacks{[](const rd_kafka_message_t&) {}};
  TRY(const auto producer, open_writer(options, callbacks));
  return write(producer.get(), options, birth);
}

}  // namespace motorcade::kafka
