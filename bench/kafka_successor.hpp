// The owner that takes a partition over from one that was killed: the engine's own, with a clock on
// each step.
#pragma once
#include "adapters/kafka/log.hpp"

namespace motorcade::bench::on_kafka {

/// Seconds of each step, one after the other.
struct Succession {
  double fenced{};     ///< init_transactions, which ends what was open; caught up with the end
  double folded{};     ///< all of it, without a snapshot; what must be is reacted to again
  double decided{};    ///< the record that waits is read and decided
  double committed{};  ///< its envelope is
};
/// Until the first envelope is committed. A record must be waiting in the inbox.
[[nodiscard]] Succession succeed(kafka::Log& log, Partition partition);

}  // namespace motorcade::bench::on_kafka
