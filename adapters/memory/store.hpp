// The disk of a log in memory: what survives when a process ends. One thread.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "engine/ports/growing_ends.hpp"
#include "engine/ports/log.hpp"

namespace motorcade::memory {

class Store {
 public:
  explicit Store(ports::LogBirth birth) : birth_(birth) {}

  [[nodiscard]] const ports::LogBirth& birth() const { return birth_; }
  [[nodiscard]] const std::vector<std::string>& events(Partition partition) {
    return partitions_[partition].events;
  }
  /// Durable at once; and so are all records that were put before it, in every inbox.
  void append(Partition partition, std::vector<std::string> envelopes);

  /// Position of the first.
  InboxPosition put(Partition partition, std::vector<std::string> records);
  /// Not yet in the inbox: deliver_late brings it.
  void put_late(Partition partition, std::vector<std::string> records);
  void deliver_late();
  void trim(Partition partition, InboxPosition through);
  [[nodiscard]] std::vector<ports::PlacedRecord> records(Partition partition, InboxPosition from,
                                                         std::size_t max_records);

  /// Fences every earlier writer. Answers the new one's epoch.
  std::uint64_t take_over(Partition partition) { return ++partitions_[partition].epoch; }
  [[nodiscard]] std::uint64_t epoch(Partition partition) { return partitions_[partition].epoch; }

  /// The machine loses power: records that no later append made durable are gone.
  void lose_power();

  [[nodiscard]] ports::GrowingEnds& event_ends() { return event_ends_; }
  [[nodiscard]] ports::GrowingEnds& inbox_ends() { return inbox_ends_; }

 private:
  struct PartitionData {
    std::vector<std::string> events;
    std::uint64_t epoch{};
    std::map<std::uint64_t, std::string> inbox;
    std::uint64_t inbox_end{};
    std::uint64_t durable_inbox_end{};
  };

  ports::LogBirth birth_;
  std::map<Partition, PartitionData> partitions_;
  std::vector<std::pair<Partition, std::vector<std::string>>> late_;
  ports::GrowingEnds event_ends_, inbox_ends_;
};

}  // namespace motorcade::memory
