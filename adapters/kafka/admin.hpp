// Topics: made at the log's birth, checked at each opening, trimmed.
#pragma once
#include <map>

#include "adapters/kafka/client.hpp"
#include "adapters/kafka/feed.hpp"

namespace motorcade::kafka {

/// Blocks, a few operation timeouts at most. From any thread.
class Admin {
 public:
  static Result<Admin> open(const Options& options);

  /// Makes what is missing of all topics, or of those that logs of earlier builds lack (telemetry's
  /// and snapshots'); leaves the others as they are.
  [[nodiscard]] Result<void> make_topics(const PartitionCounts& counts,
                                         bool only_later = false) const;
  [[nodiscard]] Result<bool> has_topic(const std::string& name) const;
  /// Each topic is there (those that earlier builds did not make may be missing), has as many
  /// partitions, and settings and replicas that keep every record, or let telemetry expire.
  [[nodiscard]] Result<void> check_topics(const PartitionCounts& counts) const;
  /// Deletes what is before `through`.
  [[nodiscard]] Result<void> trim(const Feed& feed, std::uint64_t through) const;
  /// One setting of a topic; its others become those of a new topic.
  [[nodiscard]] Result<void> set(const std::string& topic, const std::string& setting,
                                 const std::string& value) const;
  /// The first offset that is there, and the one after the last stable one.
  struct Watermarks {
    std::int64_t low{}, stable{};
  };
  [[nodiscard]] Result<Watermarks> watermarks(const std::string& topic, int partition) const;

 private:
  Admin(const Options& options, Client client) : options_(&options), client_(std::move(client)) {}
  struct Found {
    int partitions{}, replicas{};  ///< of the partition that has fewest
  };
  using Topics = std::map<std::string, Found>;
  [[nodiscard]] Result<Topics> list() const;
  /// `which`: RD_KAFKA_OFFSET_BEGINNING or _END.
  [[nodiscard]] Result<std::int64_t> offset_at(const std::string& topic, int partition,
                                               std::int64_t which) const;
  [[nodiscard]] Result<Topics> wait_for(const std::vector<std::string>& wanted) const;
  [[nodiscard]] Result<void> check_layout(const Topics& found, const PartitionCounts& counts) const;
  [[nodiscard]] Result<void> check_settings(const Topics& found) const;

  const Options* options_;
  Client client_;
};

[[nodiscard]] std::string birth_topic(const Options& options);
[[nodiscard]] std::string telemetry_topic(const Options& options);
[[nodiscard]] std::string snapshot_topic(const Options& options);

}  // namespace motorcade::kafka
