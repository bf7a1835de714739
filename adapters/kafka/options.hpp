// Settings of the log on Kafka.
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "engine/ports/movable_log.hpp"

namespace motorcade::kafka {

class Monitor;

struct Options {
  /// host:port,…: where the first connection goes.
  std::string bootstrap;
  /// Handed to librdkafka as they are: TLS, SASL, compression … Nothing that the log sets itself.
  std::map<std::string, std::string> client;
  /// Begins the name of every topic and transactional id: several logs may share a cluster.
  std::string prefix = "motorcade";
  /// A log that was born with others is not opened. None: those it has, or at birth the default.
  std::optional<PartitionCounts> counts;
  /// The log, if the brokers have none of that name.
  bool make = true;
  /// A log that is moving, or has moved, is opened too.
  bool moving = false;
  /// The log is made as a copy; one that is there is refused.
  std::optional<ports::Heritage> heritage;
  /// Of topics that are made; those that are there must have as many at least.
  int replication = 3, min_insync_replicas = 2;
  /// One exchange with the brokers.
  std::chrono::milliseconds operation_timeout{10'000};
  /// A transaction whose owner went silent pins the stable end of its partition at most so long.
  std::chrono::milliseconds transaction_timeout{10'000};
  std::size_t max_append_bytes = 16 << 20;
  /// Of one inbox record.
  std::size_t max_record_bytes = 4 << 20;
  /// Of records on their way to inboxes.
  std::size_t max_queued_bytes = 128 << 20;
  /// Of the topic of raw telemetry when it is made; one that is there keeps its own.
  std::chrono::milliseconds telemetry_kept = std::chrono::days(7);
  /// A snapshot is sent in pieces of so much of its state.
  std::size_t snapshot_piece_bytes = 512 << 10;
  /// What is kept in memory of the end of each partition that is read here.
  std::size_t tail_bytes = 1 << 20;
  /// Hears what the clients say on the side. None: only the log itself does.
  std::shared_ptr<Monitor> monitor;
  std::chrono::milliseconds statistics_interval{10'000};
  /// Fault point of tests: all is produced, nothing committed.
  std::function<void(Partition)> before_commit;
};

}  // namespace motorcade::kafka
