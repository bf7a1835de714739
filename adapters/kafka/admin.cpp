#include "adapters/kafka/admin.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <thread>

#include "adapters/kafka/error.hpp"

namespace motorcade::kafka {
namespace {

constexpr std::array kStreams{Stream::kVehicle, Stream::kCampaign, Stream::kCatalog};
constexpr std::array kKinds{Kind::kEvents, Kind::kInbox};
constexpr int kAttempts = 4;  ///< to ask: a broker that hangs must not take all the time there is
constexpr int kFilesOfTelemetry = 7;
constexpr std::int64_t kCleanedBytes = 64 << 20;
using Event = std::unique_ptr<rd_kafka_event_t, Destroy<&rd_kafka_event_destroy>>;
using AdminOptions =
    std::unique_ptr<rd_kafka_AdminOptions_t, Destroy<&rd_kafka_AdminOptions_destroy>>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Destroy<&rd_kafka_NewTopic_destroy>>;
using Resource =
    std::unique_ptr<rd_kafka_ConfigResource_t, Destroy<&rd_kafka_ConfigResource_destroy>>;
using Deletion =
    std::unique_ptr<rd_kafka_DeleteRecords_t, Destroy<&rd_kafka_DeleteRecords_destroy>>;

enum class Cleanup { kNever, kByTime, kByKey };

struct WantedTopic {
  std::string name;
  int partitions{};
  bool events = false;
  Cleanup cleanup = Cleanup::kNever;
  bool later = false;  ///< logs of earlier builds lack it
};

std::vector<WantedTopic> topics_of(const Options& options, const PartitionCounts& counts) {
  std::vector<WantedTopic> topics;
  for (const auto stream : kStreams)
    for (const auto kind : kKinds)
      topics.push_back(
          {topic_of(options.prefix, kind, stream), counts.of(stream), kind == Kind::kEvents});
  topics.push_back({birth_topic(options), 1});
  topics.push_back({telemetry_topic(options), counts.vehicle, false, Cleanup::kByTime, true});
  const int all = counts.vehicle + counts.campaign + counts.catalog;
  topics.push_back({snapshot_topic(options), all, false, Cleanup::kByKey, true});
  return topics;
}

struct Setting {
  std::string name, value;
  bool at_least = false;   ///< more is as good
  bool any_limit = false;  ///< any other is as good, but there must be one

  [[nodiscard]] bool is_met_by(const std::string& found) const {
    return found == value || (any_limit && found != "-1") ||
           (at_least && std::atoll(found.c_str()) >= std::atoll(value.c_str()));
  }
};

/// Without these a record could go by itself (telemetry must), be refused for its size, or the place
/// of an envelope be lost: its timestamp lies far in the future, which must neither be refused nor
/// begin a new file.
std::vector<Setting> needed_settings(const WantedTopic& topic, const Options& options) {
  std::vector<Setting> needed{
      {"cleanup.policy", topic.cleanup == Cleanup::kByKey ? "compact" : "delete"},
      {"unclean.leader.election.enable", "false"},
      {"message.timestamp.type", "CreateTime"},
      {"min.insync.replicas", std::to_string(options.min_insync_replicas), true},
      {"max.message.bytes", std::to_string(max_batch_bytes(options)), true}};
  if (topic.cleanup == Cleanup::kByTime) {
    // A file goes when its last record has expired: it must not be of the whole time.
    const auto kept = options.telemetry_kept.count();
    needed.push_back({"retention.ms", std::to_string(kept), false, true});
    needed.push_back({"segment.ms", std::to_string(kept / kFilesOfTelemetry), false, true});
  } else {
    needed.push_back({"retention.ms", "-1"});
    needed.push_back({"retention.bytes", "-1"});
  }
  if (topic.cleanup == Cleanup::kByKey)  // the file that is written to is never cleaned
    needed.push_back({"segment.bytes", std::to_string(kCleanedBytes), false, true});
  if (topic.events) {
    needed.push_back({"message.timestamp.after.max.ms", std::to_string(INT64_MAX), true});
    needed.push_back({"segment.ms", std::to_string(INT64_MAX), true});
  }
  return needed;
}

/// Sends a request of the admin interface and waits for its answer.
template <class Send>
Result<Event> ask(rd_kafka_t* client, rd_kafka_admin_op_t operation, const Options& options,
                  const std::string& tried, Send send) {
  const int timeout = milliseconds(options.operation_timeout);
  const AdminOptions settings(rd_kafka_AdminOptions_new(client, operation));
  std::array<char, 256> why{};
  rd_kafka_AdminOptions_set_request_timeout(settings.get(), timeout, why.data(), why.size());
  if (operation != RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS)
    rd_kafka_AdminOptions_set_operation_timeout(settings.get(), timeout, why.data(), why.size());
  const Queue queue(rd_kafka_queue_new(client));
  send(settings.get(), queue.get());
  Event event(rd_kafka_queue_poll(queue.get(), 2 * timeout));
  if (!event) return log_failure(LogErrc::kUnreachable, tried);
  if (rd_kafka_event_error(event.get()))
    return tl::unexpected(error_of(rd_kafka_event_error(event.get()), tried));
  return event;
}

Result<NewTopic> new_topic(const WantedTopic& wanted, const Options& options) {
  std::array<char, 256> why{};
  NewTopic topic(rd_kafka_NewTopic_new(wanted.name.c_str(), wanted.partitions, options.replication,
                                       why.data(), why.size()));
  if (!topic) return log_failure(LogErrc::kBadRequest, "topic " + wanted.name + ": " + why.data());
  for (const auto& need : needed_settings(wanted, options))
    rd_kafka_NewTopic_set_config(topic.get(), need.name.c_str(), need.value.c_str());
  return topic;
}

Result<void> check_settings_of(const rd_kafka_ConfigResource_t& topic, const std::string& name,
                               const std::vector<Setting>& needed) {
  std::size_t count = 0;
  const auto* entries = rd_kafka_ConfigResource_configs(&topic, &count);
  for (std::size_t i = 0; i < count; ++i)
    for (const auto& need : needed) {
      if (need.name != rd_kafka_ConfigEntry_name(entries[i])) continue;
      const char* value = rd_kafka_ConfigEntry_value(entries[i]);
      const std::string found = value ? value : "";
      if (!need.is_met_by(found))
        return log_failure(LogErrc::kUnsafeTopic, "the topic " + name + " needs " + need.name +
                                                      "=" + need.value +
                                                      (need.at_least    ? " at least"
                                                       : need.any_limit ? " or another limit"
                                                                        : "") +
                                                      ", not " + found);
    }
  return {};
}

/// Again, while a broker has not heard yet of what others know.
template <class Work>
Result<void> patiently(const Options& options, Work work) {
  const auto give_up = std::chrono::steady_clock::now() + options.operation_timeout;
  while (true) {
    auto done = work();
    if (done || done.error().code != LogErrc::kUnreachable ||
        std::chrono::steady_clock::now() > give_up)
      return done;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace

std::string birth_topic(const Options& options) {
  return options.prefix + ".birth";
}

std::string telemetry_topic(const Options& options) {
  return options.prefix + ".vehicle.telemetry";
}

std::string snapshot_topic(const Options& options) {
  return options.prefix + ".snapshots";
}

Result<Admin> Admin::open(const Options& options) {
  TRY(auto client, make_client(RD_KAFKA_PRODUCER, options, {}));
  return Admin(options, std::move(client));
}

Result<void> Admin::make_topics(const PartitionCounts& counts, bool only_later) const {
  TRY(const auto found, list());
  std::vector<NewTopic> topics;
  for (const auto& wanted : topics_of(*options_, counts)) {
    if (found.contains(wanted.name) || (only_later && !wanted.later)) continue;
    TRY(auto topic, new_topic(wanted, *options_));
    topics.push_back(std::move(topic));
  }
  if (topics.empty()) return {};
  std::vector<rd_kafka_NewTopic_t*> asked;
  for (const auto& topic : topics) asked.push_back(topic.get());
  TRY(const auto event,
      ask(client_.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS, *options_, "making topics",
          [&](const rd_kafka_AdminOptions_t* settings, rd_kafka_queue_t* queue) {
            rd_kafka_CreateTopics(client_.get(), asked.data(), asked.size(), settings, queue);
          }));
  std::size_t count = 0;
  const auto* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(results[i]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
      continue;
    const char* why = rd_kafka_topic_result_error_string(results[i]);
    return tl::unexpected(error_of(code, std::string("making the topic ") +
                                             rd_kafka_topic_result_name(results[i]) + ": " +
                                             (why ? why : "")));
  }
  return {};
}

Result<void> Admin::check_topics(const PartitionCounts& counts) const {
  std::vector<std::string> names;
  for (const auto& wanted : topics_of(*options_, counts))
    if (options_->make || !wanted.later) names.push_back(wanted.name);
  TRY(const auto found, wait_for(names));
  TRY_VOID(check_layout(found, counts));
  return patiently(*options_, [&] { return check_settings(found); });
}

Result<Admin::Topics> Admin::list() const {
  const rd_kafka_metadata_t* metadata = nullptr;
  auto code = RD_KAFKA_RESP_ERR__TIMED_OUT;
  for (int i = 0; i < kAttempts && code == RD_KAFKA_RESP_ERR__TIMED_OUT; ++i) {  // any broker's
    code = rd_kafka_metadata(client_.get(), 1, nullptr, &metadata,
                             milliseconds(options_->operation_timeout / kAttempts));
    rd_kafka_poll(client_.get(), 0);  // hears why, if it is refused
  }
  if (code) return tl::unexpected(error_of(code, "listing topics at " + options_->bootstrap));
  Topics found;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const auto& topic = metadata->topics[i];
    Found layout{topic.partition_cnt, INT_MAX};
    for (int j = 0; j < topic.partition_cnt; ++j)
      layout.replicas = std::min(layout.replicas, topic.partitions[j].replica_cnt);
    found[topic.topic] = layout;
  }
  rd_kafka_metadata_destroy(metadata);
  return found;
}

/// The controller has made them; each broker hears of it a moment later.
Result<Admin::Topics> Admin::wait_for(const std::vector<std::string>& wanted) const {
  const auto give_up = std::chrono::steady_clock::now() + options_->operation_timeout;
  while (true) {
    TRY(auto found, list());
    const auto missing = std::find_if(wanted.begin(), wanted.end(),
                                      [&](const auto& name) { return !found.contains(name); });
    if (missing == wanted.end()) return found;
    if (std::chrono::steady_clock::now() > give_up)
      return log_failure(LogErrc::kDamaged, "the topic " + *missing + " is missing");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

Result<bool> Admin::has_topic(const std::string& name) const {
  TRY(const auto topics, list());
  return topics.contains(name);
}

Result<void> Admin::check_layout(const Topics& found, const PartitionCounts& counts) const {
  for (const auto& wanted : topics_of(*options_, counts)) {
    if (!found.contains(wanted.name)) continue;  // a later one
    const auto& layout = found.at(wanted.name);
    if (layout.partitions != wanted.partitions)
      return log_failure(LogErrc::kOtherBirth,
                         wanted.name + " has " + std::to_string(layout.partitions) +
                             " partitions, not " + std::to_string(wanted.partitions));
    if (layout.replicas < options_->replication)
      return log_failure(LogErrc::kUnsafeTopic, "the topic " + wanted.name + " needs " +
                                                    std::to_string(options_->replication) +
                                                    " replicas, not " +
                                                    std::to_string(layout.replicas));
  }
  return {};
}

Result<void> Admin::check_settings(const Topics& found) const {
  std::vector<Resource> topics;
  std::vector<rd_kafka_ConfigResource_t*> asked;
  std::map<std::string, std::vector<Setting>> needed;
  for (const auto& wanted : topics_of(*options_, {})) {
    if (!found.contains(wanted.name)) continue;  // a later one
    topics.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, wanted.name.c_str()));
    asked.push_back(topics.back().get());
    needed[wanted.name] = needed_settings(wanted, *options_);
  }
  TRY(const auto event, ask(client_.get(), RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, *options_,
                            "reading the topics' settings",
                            [&](const rd_kafka_AdminOptions_t* settings, rd_kafka_queue_t* queue) {
                              rd_kafka_DescribeConfigs(client_.get(), asked.data(), asked.size(),
                                                       settings, queue);
                            }));
  std::size_t count = 0;
  const auto* results = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = rd_kafka_ConfigResource_name(results[i]);
    if (const auto code = rd_kafka_ConfigResource_error(results[i]))
      return tl::unexpected(error_of(code, "reading the settings of the topic " + name));
    TRY_VOID(check_settings_of(*results[i], name, needed[name]));
  }
  return {};
}

Result<void> Admin::trim(const Feed& feed, std::uint64_t through) const {
  const auto topic = topic_of(options_->prefix, feed.kind, feed.partition.stream);
  const Places places(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(places.get(), topic.c_str(), feed.partition.number)->offset =
      static_cast<std::int64_t>(through);
  const Deletion deletion(rd_kafka_DeleteRecords_new(places.get()));
  auto* asked = deletion.get();
  const auto tried = "trimming " + to_string(feed) + " through " + std::to_string(through);
  TRY(const auto event, ask(client_.get(), RD_KAFKA_ADMIN_OP_DELETERECORDS, *options_, tried,
                            [&](const rd_kafka_AdminOptions_t* settings, rd_kafka_queue_t* queue) {
                              rd_kafka_DeleteRecords(client_.get(), &asked, 1, settings, queue);
                            }));
  const auto* done =
      rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event.get()));
  for (int i = 0; i < done->cnt; ++i)
    if (done->elems[i].err) return tl::unexpected(error_of(done->elems[i].err, tried));
  return {};
}

Result<void> Admin::set(const std::string& topic, const std::string& setting,
                        const std::string& value) const {
  const Resource resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  for (const auto& wanted : topics_of(*options_, {})) {
    if (wanted.name != topic) continue;
    for (const auto& need : needed_settings(wanted, *options_))
      if (need.name != setting)
        rd_kafka_ConfigResource_set_config(resource.get(), need.name.c_str(), need.value.c_str());
  }
  rd_kafka_ConfigResource_set_config(resource.get(), setting.c_str(), value.c_str());
  auto* asked = resource.get();
  const auto tried = "setting up the topic " + topic;
  TRY(const auto event, ask(client_.get(), RD_KAFKA_ADMIN_OP_ALTERCONFIGS, *options_, tried,
                            [&](const rd_kafka_AdminOptions_t* settings, rd_kafka_queue_t* queue) {
                              rd_kafka_AlterConfigs(client_.get(), &asked, 1, settings, queue);
                            }));
  std::size_t count = 0;
  const auto* results = rd_kafka_AlterConfigs_result_resources(
      rd_kafka_event_AlterConfigs_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i)
    if (const auto code = rd_kafka_ConfigResource_error(results[i]))
      return tl::unexpected(error_of(code, tried));
  return {};
}

/// One of them. (rd_kafka_query_watermark_offsets of librdkafka 2.0.2 waits for a broker that hangs for
/// minutes, whatever its timeout says.)
Result<std::int64_t> Admin::offset_at(const std::string& topic, int partition,
                                      std::int64_t which) const {
  return find_offset(client_.get(), topic, partition, which,
                     options_->operation_timeout / kAttempts, "asking for the end of " + topic);
}

// Who is taken for the leader is asked: a former one, that refuses, or one that hangs. The client
// learns of the new one when it is told to look.
Result<Admin::Watermarks> Admin::watermarks(const std::string& topic, int partition) const {
  const auto give_up = std::chrono::steady_clock::now() + options_->operation_timeout;
  while (true) {
    const auto low = offset_at(topic, partition, RD_KAFKA_OFFSET_BEGINNING);
    auto stable = low ? offset_at(topic, partition, RD_KAFKA_OFFSET_END) : low;
    rd_kafka_poll(client_.get(), 0);
    if (stable) return Watermarks{*low, *stable};
    if (stable.error().code != LogErrc::kUnreachable || std::chrono::steady_clock::now() > give_up)
      return tl::unexpected(std::move(stable).error());
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    TRY_VOID(list());
  }
}

}  // namespace motorcade::kafka
