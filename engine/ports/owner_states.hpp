// The live state of the partitions that this process owns, for the proof that a replay reaches the
// same.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <vector>

#include "events/ids.hpp"

namespace motorcade::ports {

struct OwnerState {
  Partition partition;
  Sequence next;  ///< sequence that the next envelope will have
  Digest hash;    ///< SHA-256 of the state's canonical bytes
};

class OwnerStates {
 public:
  virtual ~OwnerStates() = default;
  /// In order of stream and number, each at a moment between two commits.
  virtual boost::asio::awaitable<std::vector<OwnerState>> states() = 0;
};

}  // namespace motorcade::ports
