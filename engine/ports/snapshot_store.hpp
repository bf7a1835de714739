// Snapshots of partition states: a cache. Deleting them all changes nothing but the time to start.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "events/ids.hpp"
#include "events/result.hpp"

namespace motorcade::ports {

struct Snapshot {
  Incarnation incarnation;
  Partition partition;
  Sequence sequence;             ///< of the last envelope that it includes
  Digest chain_hash;             ///< SHA-256 of that envelope's bytes
  std::uint32_t fold_version{};  ///< of the code that made it: another version does not read it
  std::string state;             ///< canonical bytes
};

class SnapshotStore {
 public:
  virtual ~SnapshotStore() = default;
  /// Returns soon. That one was lost on its way may be told at the next.
  virtual Result<void> put(const Snapshot& snapshot) = 0;
  /// The newest one of this fold version at or before `at`; damaged ones are passed over.
  virtual boost::asio::awaitable<std::optional<Snapshot>> newest(Partition partition,
                                                                 std::uint32_t fold_version,
                                                                 Sequence at) = 0;
};

}  // namespace motorcade::ports
