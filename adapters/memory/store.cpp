#include "adapters/memory/store.hpp"

namespace motorcade::memory {

void Store::append(Partition partition, std::vector<std::string> envelopes) {
  auto& events = partitions_[partition].events;
  for (auto& envelope : envelopes) events.push_back(std::move(envelope));
  for (auto& [place, data] : partitions_) data.durable_inbox_end = data.inbox_end;
  event_ends_.publish(partition, events.size());
}

InboxPosition Store::put(Partition partition, std::vector<std::string> records) {
  auto& data = partitions_[partition];
  const InboxPosition first{data.inbox_end};
  for (auto& record : records) data.inbox.emplace(data.inbox_end++, std::move(record));
  inbox_ends_.publish(partition, data.inbox_end);
  return first;
}

void Store::put_late(Partition partition, std::vector<std::string> records) {
  late_.emplace_back(partition, std::move(records));
}

void Store::deliver_late() {
  for (auto& [partition, records] : std::exchange(late_, {})) put(partition, std::move(records));
}

void Store::trim(Partition partition, InboxPosition through) {
  auto& inbox = partitions_[partition].inbox;
  inbox.erase(inbox.begin(), inbox.lower_bound(through.value));
}

std::vector<ports::PlacedRecord> Store::records(Partition partition, InboxPosition from,
                                                std::size_t max_records) {
  const auto& inbox = partitions_[partition].inbox;
  std::vector<ports::PlacedRecord> found;
  for (auto at = inbox.lower_bound(from.value); at != inbox.end() && found.size() < max_records;
       ++at)
    found.push_back({{at->first}, at->second});
  return found;
}

void Store::lose_power() {
  late_.clear();
  for (auto& [partition, data] : partitions_) {
    data.inbox.erase(data.inbox.lower_bound(data.durable_inbox_end), data.inbox.end());
    data.inbox_end = data.durable_inbox_end;
    inbox_ends_.publish(partition, data.inbox_end);
  }
}

}  // namespace motorcade::memory
