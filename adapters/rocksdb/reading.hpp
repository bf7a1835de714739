// Reading: every byte is checked, and a gap is damage, never skipped.
#pragma once
#include <vector>

#include "adapters/rocksdb/database.hpp"

namespace motorcade::rocks {

/// Up to about max_bytes, at least one if there is one. kDamaged names partition and sequence.
[[nodiscard]] Result<std::vector<ports::StoredEnvelope>> read_events(Database& database,
                                                                     Partition partition,
                                                                     Sequence from,
                                                                     std::size_t max_bytes);
/// `begin`: what is before it was trimmed.
[[nodiscard]] Result<std::vector<ports::PlacedRecord>> read_records(Database& database,
                                                                    Partition partition,
                                                                    InboxPosition begin,
                                                                    InboxPosition from,
                                                                    std::size_t max_records);

/// None: there is no such partition.
[[nodiscard]] Result<void> check_partition(const PartitionCounts& counts, Partition partition);

}  // namespace motorcade::rocks
