// Where the projector puts rows. adapters/postgres implements it.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <vector>

#include "events/result.hpp"
#include "projections/core/row_changes.hpp"

namespace motorcade::projections {

/// Per partition, the sequence of the first envelope that is not yet in the rows.
using Checkpoints = std::map<Partition, Sequence>;

/// The changes of the envelopes [from, next) of one partition.
struct Slice {
  Partition partition;
  Sequence from, next;
  RowChanges changes;
};

/// Shared, because a sink may still read it when the projector is gone.
using Batch = std::shared_ptr<const std::vector<Slice>>;

enum class Applied {
  kCommitted,  ///< rows and checkpoints are there, of slices that were there already too
  kElsewhere,  ///< nothing was applied: a slice does not begin at its checkpoint (somebody else
               ///< projects, or a rebuild was swapped in). Ask for the checkpoints and go on there
};

class RowSink {
 public:
  virtual ~RowSink() = default;
  /// Where to go on; a partition that is not named begins at 0. Refused if the rows were folded
  /// from another log.
  virtual boost::asio::awaitable<Result<Checkpoints>> checkpoints(Incarnation log) = 0;
  /// Rows and checkpoints of all slices in one transaction. A slice at or below its checkpoint is
  /// skipped. After a failure nothing is known: the same batch may be tried again.
  virtual boost::asio::awaitable<Result<Applied>> apply(Batch batch) = 0;
  /// Forgets outcomes of commands older than this.
  virtual boost::asio::awaitable<Result<void>> prune_commands(Time before) = 0;
};

}  // namespace motorcade::projections
