// Which partitions a process works on, of a role that several processes share: each partition is
// one process's, and stays with it while that process lives.
//
// It divides the work; no truth rests on it. A process that was cut off may go on for a while beside
// its successor: as an owner it is fenced by the conditional append, as a projector its batch begins
// at no checkpoint, and effects and builds happen at least once in any case.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "events/ids.hpp"

namespace motorcade::ports {

/// What a process does on the partitions that it has.
class PartitionWork {
 public:
  virtual ~PartitionWork() = default;
  /// On partitions that it does not have yet; returns at once.
  virtual void begin(const std::vector<Partition>& partitions) = 0;
  /// Completes when the work on them has ended, or after a bound of its own: others begin then.
  virtual boost::asio::awaitable<void> end(std::vector<Partition> partitions) = 0;
};

class Membership {
 public:
  virtual ~Membership() = default;
  /// Joins the role's group, once. `work` is told what it has, one call after the other, on
  /// `executor`, a strand; both outlive this.
  virtual void join(PartitionWork& work, boost::asio::any_io_executor executor) = 0;
  /// Ends the work and gives all partitions back: when it completes, others may have them.
  virtual boost::asio::awaitable<void> leave() = 0;
  /// Why this process has no share of the work; none: it has one, which may be empty. Thread-safe.
  [[nodiscard]] virtual std::optional<std::string> missing() const = 0;
};

}  // namespace motorcade::ports
