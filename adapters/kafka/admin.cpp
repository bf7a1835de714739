#include "adapters/kafka/admin.hpp"

#include <algorithm>
#include <array>
#include <thread>

#include "adapters/kafka/error.hpp"

namespace motorcade::kafka {
namespace {

constexpr std::array kStreams{Stream::kVehicle, Stream::kCampaign, Stream::kCatalog};
constexpr std::array kKinds{Kind::kEvents, Kind::kInbox};
using Event = std::unique_ptr<rd_kafka_event_t, Destroy<&rd_kafka_event_destroy>>;
using AdminOptions =
    std::unique_ptr<rd_kafka_AdminOptions_t, Destroy<&rd_kafka_AdminOptions_destroy>>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Destroy<&rd_kafka_NewTopic_destroy>>;
using Resource =
    std::unique_ptr<rd_kafka_ConfigResource_t, Destroy<&rd_kafka_ConfigResource_destroy>>;
using Deletion =
    std::unique_ptr<rd_kafka_DeleteRecords_t, Destroy<&rd_kafka_DeleteRecords_destroy>>;

/// Without these a record could go by itself, or the place of an envelope be lost.
std::map<std::string, std::string> needed_settings() {
  return {{"cleanup.policy", "delete"},
          {"retention.ms", "-1"},
          {"retention.bytes", "-1"},
          {"unclean.leader.election.enable", "false"},
          {"message.timestamp.type", "CreateTime"}};
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

Result<NewTopic> new_topic(const std::string& name, int partitions, const Options& options) {
  std::array<char, 256> why{};
  NewTopic topic(
      rd_kafka_NewTopic_new(name.c_str(), partitions, options.replication, why.data(), why.size()));
  if (!topic) return log_failure(LogErrc::kBadRequest, "topic " + name + ": " + why.data());
  for (const auto& [setting, value] : needed_settings())
    rd_kafka_NewTopic_set_config(topic.get(), setting.c_str(), value.c_str());
  rd_kafka_NewTopic_set_config(topic.get(), "max.message.bytes",
                               std::to_string(options.max_record_bytes + kFraming).c_str());
  rd_kafka_NewTopic_set_config(topic.get(), "min.insync.replicas",
                               std::to_string(options.min_insync_replicas).c_str());
  return topic;
}

}  // namespace

std::string birth_topic(const Options& options) {
  return options.prefix + ".birth";
}

Result<Admin> Admin::open(const Options& options) {
  TRY(auto client, make_client(RD_KAFKA_PRODUCER, options, {}));
  return Admin(options, std::move(client));
}

Result<void> Admin::make_topics(const PartitionCounts& counts) const {
  std::vector<NewTopic> topics;
  for (const auto stream : kStreams)
    for (const auto kind : kKinds) {
      TRY(auto topic,
          new_topic(topic_of(options_->prefix, kind, stream), counts.of(stream), *options_));
      topics.push_back(std::move(topic));
    }
  TRY(auto birth, new_topic(birth_topic(*options_), 1, *options_));
  topics.push_back(std::move(birth));
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
  return wait_for_topics();
}

/// The controller has made them; the brokers hear of it a moment later.
Result<void> Admin::wait_for_topics() const {
  const auto give_up = std::chrono::steady_clock::now() + options_->operation_timeout;
  while (true) {
    TRY(const auto found, list());
    bool all = found.contains(birth_topic(*options_));
    for (const auto stream : kStreams)
      for (const auto kind : kKinds)
        all = all && found.contains(topic_of(options_->prefix, kind, stream));
    if (all) return {};
    if (std::chrono::steady_clock::now() > give_up)
      return log_failure(LogErrc::kUnreachable, "waiting for the topics of " + options_->prefix);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

Result<void> Admin::check_topics(const PartitionCounts& counts) const {
  TRY_VOID(check_counts(counts));
  return check_settings();
}

Result<std::map<std::string, int>> Admin::list() const {
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto code = rd_kafka_metadata(client_.get(), 1, nullptr, &metadata,
                                      milliseconds(options_->operation_timeout));
  if (code) return tl::unexpected(error_of(code, "listing topics at " + options_->bootstrap));
  std::map<std::string, int> found;
  for (int i = 0; i < metadata->topic_cnt; ++i)
    found[metadata->topics[i].topic] = metadata->topics[i].partition_cnt;
  rd_kafka_metadata_destroy(metadata);
  return found;
}

Result<bool> Admin::has_topic(const std::string& name) const {
  TRY(const auto topics, list());
  return topics.contains(name);
}

Result<void> Admin::check_counts(const PartitionCounts& counts) const {
  TRY(auto found, list());
  for (const auto stream : kStreams)
    for (const auto kind : kKinds) {
      const auto name = topic_of(options_->prefix, kind, stream);
      if (!found.contains(name))
        return log_failure(LogErrc::kDamaged, "the topic " + name + " is missing");
      if (found[name] != counts.of(stream))
        return log_failure(LogErrc::kOtherBirth, name + " has " + std::to_string(found[name]) +
                                                     " partitions, not " +
                                                     std::to_string(counts.of(stream)));
    }
  return {};
}

Result<void> Admin::check_settings() const {
  std::vector<Resource> topics;
  std::vector<rd_kafka_ConfigResource_t*> asked;
  for (const auto stream : kStreams)
    for (const auto kind : kKinds) {
      topics.emplace_back(rd_kafka_ConfigResource_new(
          RD_KAFKA_RESOURCE_TOPIC, topic_of(options_->prefix, kind, stream).c_str()));
      asked.push_back(topics.back().get());
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
    std::size_t entries = 0;
    const auto* settings = rd_kafka_ConfigResource_configs(results[i], &entries);
    const auto needed = needed_settings();
    for (std::size_t j = 0; j < entries; ++j) {
      const auto need = needed.find(rd_kafka_ConfigEntry_name(settings[j]));
      const char* value = rd_kafka_ConfigEntry_value(settings[j]);
      if (need != needed.end() && (!value || need->second != value))
        return log_failure(LogErrc::kUnsafeTopic, "the topic " + name + " needs " + need->first +
                                                      "=" + need->second + ", not " +
                                                      (value ? value : ""));
    }
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

Result<void> Admin::set_max_message_bytes(const std::string& topic, std::size_t bytes) const {
  const Resource resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  for (const auto& [setting, value] : needed_settings())
    rd_kafka_ConfigResource_set_config(resource.get(), setting.c_str(), value.c_str());
  rd_kafka_ConfigResource_set_config(resource.get(), "max.message.bytes",
                                     std::to_string(bytes).c_str());
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

// librdkafka 2.0.2 asks whom it takes for the leader: a former one, that refuses, or one that is away,
// whom it waits for. It learns of the new one when it is told to look.
Result<Admin::Watermarks> Admin::watermarks(const std::string& topic, int partition) const {
  Watermarks found;
  const auto give_up = std::chrono::steady_clock::now() + options_->operation_timeout;
  while (true) {
    const auto code = rd_kafka_query_watermark_offsets(
        client_.get(), topic.c_str(), partition, &found.low, &found.stable,
        milliseconds(options_->operation_timeout / 2));
    if (!code) return found;
    const bool passes = passes_by_itself(code) || code == RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (!passes || std::chrono::steady_clock::now() > give_up)
      return tl::unexpected(error_of(code, "asking for the end of " + topic));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    TRY_VOID(list());
  }
}

}  // namespace motorcade::kafka
