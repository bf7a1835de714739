// Reads what is no longer in memory: each reader that goes through a partition's past keeps, for as
// long as it goes on where it stopped, a consumer of its own.
#pragma once
#include <atomic>
#include <list>
#include <mutex>

#include "adapters/kafka/tail.hpp"

namespace motorcade::kafka {

class Cursor;

class History {
 public:
  /// `readers`: so many keep their places.
  History(const Options& options, const InboxBases& bases, std::size_t readers);
  ~History();

  /// The records from `from` on, which is before `end`; `end` is at or before the stable end.
  /// Blocks. From any thread; each thread that reads at the same time has its own cursor.
  Result<std::vector<Record>> read(const Feed& feed, std::uint64_t from, std::uint64_t end,
                                   const Amount& amount);
  /// Records that came on the way to those that were asked for; few, as the broker's index leads
  /// there.
  [[nodiscard]] std::uint64_t passed_over() const { return passed_over_; }

 private:
  Result<std::unique_ptr<Cursor>> take(const Feed& feed, std::uint64_t from);
  void put_back(std::unique_ptr<Cursor> cursor);

  const Options& options_;
  const InboxBases& bases_;
  const std::size_t readers_;
  std::atomic<std::uint64_t> passed_over_ = 0;
  std::mutex mutex_;
  std::list<std::unique_ptr<Cursor>> idle_;  ///< least recently used first
};

}  // namespace motorcade::kafka
