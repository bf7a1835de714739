#include "engine/shell/replay.hpp"

#include "engine/shell/follower.hpp"

namespace motorcade::shell {
namespace {

template <core::Machine M>
asio::awaitable<Result<ports::OwnerState>> replay_as(ports::EventLog& events, Partition partition,
                                                     std::optional<Sequence> end) {
  Follower<M> follower(events, partition);
  auto ignore = [](const Fold<M>&) {};
  const auto stop = end.value_or(Sequence{~0ULL});
  for (bool more = true; more && follower.fold().next() < stop;) {
    const auto step = co_await follower.step(stop, ignore);
    if (!step) co_return tl::unexpected(step.error());
    more = *step;
  }
  if (end && follower.fold().next() < *end)
    co_return failure(std::errc::invalid_argument,
                      to_string(Position{partition, *end}) + " is beyond the end of the log");
  co_return ports::OwnerState{partition, follower.fold().next(), follower.fold().state_hash()};
}

}  // namespace

std::vector<Partition> all_partitions(const PartitionCounts& counts) {
  std::vector<Partition> all;
  for (const auto stream : {Stream::kVehicle, Stream::kCampaign, Stream::kCatalog})
    for (std::uint16_t number = 0; number < counts.of(stream); ++number)
      all.push_back({stream, number});
  return all;
}

asio::awaitable<Result<ports::OwnerState>> replay(ports::EventLog& events, Partition partition,
                                                  std::optional<Sequence> end) {
  switch (partition.stream) {
    case Stream::kVehicle:
      co_return co_await replay_as<core::shard::Shard>(events, partition, end);
    case Stream::kCampaign:
      co_return co_await replay_as<core::campaigns::Campaigns>(events, partition, end);
    case Stream::kCatalog:
      co_return co_await replay_as<core::catalogs::Catalog>(events, partition, end);
  }
  co_return failure(std::errc::invalid_argument, "no such stream");
}

std::string state_lines(const std::vector<ports::OwnerState>& states) {
  std::string lines;
  for (const auto& state : states)
    lines += to_string(state.partition) + ' ' + std::to_string(state.next.value) + ' ' +
             to_hex(state.hash) + '\n';
  return lines;
}

Digest combined_hash(const std::vector<ports::OwnerState>& states) {
  return Digest{digest::sha256(state_lines(states))};
}

}  // namespace motorcade::shell
