// Replays a log: the same fold as live, nothing else. No effects, no decisions, no clock.
#pragma once
#include <vector>

#include "engine/ports/owner_states.hpp"
#include "engine/shell/fold.hpp"

namespace motorcade::shell {

namespace asio = boost::asio;

/// Every partition of the log, in order of stream and number.
[[nodiscard]] std::vector<Partition> all_partitions(const PartitionCounts& counts);

/// Folds one partition from its beginning up to `end` (or all there is) and answers where it
/// stands.
asio::awaitable<Result<ports::OwnerState>> replay(ports::EventLog& events, Partition partition,
                                                  std::optional<Sequence> end);

/// `partition next_sequence hash`, a line each, and the SHA-256 of those lines: one value for a
/// whole log.
[[nodiscard]] std::string state_lines(const std::vector<ports::OwnerState>& states);
[[nodiscard]] Digest combined_hash(const std::vector<ports::OwnerState>& states);

}  // namespace motorcade::shell
