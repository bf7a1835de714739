// Reads what is no longer in memory: each reader that goes through a partition's past keeps, for as
// long as it goes on where it stopped, a consumer of its own.
#pragma once
#include <list>
#include <mutex>

#include "adapters/kafka/tail.hpp"

namespace motorcade::kafka {

class Cursor;

class History {
 public:
  History(const Options& options, const InboxBases& bases);
  ~History();

  /// The records from `from` on, which is before `end`; `end` is at or before the stable end.
  /// Blocks. From any thread; each thread that reads at the same time has its own cursor.
  Result<std::vector<Record>> read(const Feed& feed, std::uint64_t from, std::uint64_t end,
                                   const Amount& amount);

 private:
  Result<std::unique_ptr<Cursor>> take(const Feed& feed, std::uint64_t from);
  void put_back(std::unique_ptr<Cursor> cursor);

  const Options& options_;
  const InboxBases& bases_;
  std::mutex mutex_;
  std::list<std::unique_ptr<Cursor>> idle_;  ///< least recently used first
};

}  // namespace motorcade::kafka
