// librdkafka's objects with owners, and clients made from our settings.
#pragma once
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/kafka/options.hpp"
#include "events/envelope.hpp"
#include "events/result.hpp"

namespace motorcade::kafka {

inline constexpr std::size_t kFraming = 64 << 10;  ///< bytes that Kafka adds to a record, amply
/// The largest batch that a producer makes and a topic must take.
[[nodiscard]] inline std::size_t max_batch_bytes(const Options& options) {
  return std::max(options.max_record_bytes, kMaxEnvelopeBytes) + kFraming;
}

template <auto kDestroy>
struct Destroy {
  template <class T>
  void operator()(T* object) const {
    kDestroy(object);
  }
};
using Client = std::unique_ptr<rd_kafka_t, Destroy<&rd_kafka_destroy>>;
using Topic = std::unique_ptr<rd_kafka_topic_t, Destroy<&rd_kafka_topic_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroy<&rd_kafka_queue_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, Destroy<&rd_kafka_message_destroy>>;
using Places = std::unique_ptr<rd_kafka_topic_partition_list_t,
                               Destroy<&rd_kafka_topic_partition_list_destroy>>;

class Monitor;

/// What librdkafka calls, on the thread that polls the client (and the monitor, with log lines, on
/// its own). Outlives the client.
struct Callbacks {
  std::function<void(const rd_kafka_message_t&)> delivered;
  std::function<void(rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t&)> rebalanced = {};
  Monitor* monitor = nullptr;  ///< make_client's, that of the options
};

using Settings = std::vector<std::pair<std::string, std::string>>;
/// Of those that are told, a client that nobody polls would keep what it has to say: producers say
/// why they are refused; statistics come if they are among the settings.
[[nodiscard]] Result<Client> make_client(rd_kafka_type_t type, const Options& options,
                                         const Settings& settings, Callbacks* callbacks = nullptr);
/// Reads committed records only and checks their CRCs; says where a partition ends.
[[nodiscard]] Result<Client> make_consumer(const Options& options,
                                           std::chrono::milliseconds fetch_wait,
                                           const Settings& more = {});
/// Shows the committed records of a partition from an offset (or RD_KAFKA_OFFSET_BEGINNING) to its
/// end, with a consumer of its own. Blocks.
[[nodiscard]] Result<void> read_to_end(const Options& options, const std::string& topic,
                                       int partition, std::int64_t from,
                                       const std::function<void(const rd_kafka_message_t&)>& show);
/// `which`: a time in milliseconds, of whose first record, or the first later one, the offset is
/// wanted (negative: there is none); RD_KAFKA_OFFSET_BEGINNING; or RD_KAFKA_OFFSET_END, that of what is
/// stable. Blocks.
[[nodiscard]] Result<std::int64_t> find_offset(rd_kafka_t* client, const std::string& topic,
                                               int partition, std::int64_t which,
                                               std::chrono::milliseconds timeout,
                                               const std::string& tried);
/// Nothing, unless somebody counts.
[[nodiscard]] Settings statistics_settings(const Options& options);
/// Waits for every replica that is in sync; neither loses, doubles nor reorders.
[[nodiscard]] Settings producer_settings(const Options& options);

[[nodiscard]] inline int milliseconds(std::chrono::milliseconds time) {
  return static_cast<int>(time.count());
}

}  // namespace motorcade::kafka
