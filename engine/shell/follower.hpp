// Follows one event partition with a fold: for consumers with effects on the world (truth 7). It
// never decides.
#pragma once
#include "engine/ports/clock.hpp"
#include "engine/ports/reporter.hpp"
#include "engine/shell/fold.hpp"
#include "engine/shell/signal.hpp"

namespace motorcade::shell {

/// Before what follows the log tries again what failed.
inline constexpr Duration kRetry = std::chrono::seconds(1);

template <core::Machine M>
class Follower {
 public:
  Follower(ports::EventLog& events, Partition partition)
      : events_(&events),
        fold_(core::Context{partition, events.birth().counts, events.birth().incarnation}) {}

  /// Folds up to `next` without showing anything; from a snapshot at or before it if there is one.
  asio::awaitable<Result<void>> catch_up(ports::SnapshotStore& snapshots, Sequence next) {
    if (next.value > 0) {
      const Sequence last{next.value - 1};
      const auto snapshot = co_await snapshots.newest(fold_.context().self, M::kFoldVersion, last);
      if (snapshot && fold_.restore(*snapshot)) {
        auto folded = co_await fold_to(next);
        if (folded || folded.error().code != std::errc::bad_message) co_return folded;
      }
      fold_ = Fold<M>(fold_.context());  // it was not of this log's history
    }
    co_return co_await fold_to(next);
  }

  asio::awaitable<Result<void>> fold_to(Sequence next) {
    auto ignore = [](const Fold<M>&) {};
    while (fold_.next() < next) {
      CO_TRY(const auto more, co_await step(next, ignore));
      if (!more) break;
    }
    co_return Result<void>{};
  }

  /// Folds what there is before `end`, about one read's worth, and shows the fold after each
  /// envelope. False: nothing new.
  template <class Show>
  asio::awaitable<Result<bool>> step(Sequence end, Show& show) {
    const auto batch = co_await events_->read(fold_.context().self, fold_.next(), kReadBytes);
    if (!batch) co_return tl::unexpected(batch.error());
    for (const auto& stored : *batch) {
      if (stored.sequence >= end) break;
      if (const auto applied = fold_.apply(stored); !applied)
        co_return tl::unexpected(applied.error());
      show(std::as_const(fold_));
    }
    co_return !batch->empty();
  }

  [[nodiscard]] const Fold<M>& fold() const { return fold_; }

 private:
  static constexpr std::size_t kReadBytes = 1 << 20;
  ports::EventLog* events_;
  Fold<M> fold_;
};

}  // namespace motorcade::shell
