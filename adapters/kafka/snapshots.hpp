// Snapshots on a compacted topic, PREFIX.snapshots, for all processes of the log. It has a partition
// per event partition: first the vehicles', then the campaigns', then the catalog's.
//
//   key     SLOT/PIECE, as text; a snapshot's pieces are written to the slot after its predecessor's,
//           and replace what was there `kSlots` snapshots ago
//   value   canonical: incarnation 16 bytes, sequence u64, chain hash 32 bytes, fold version u32,
//           piece u32, pieces u32, and a piece of the state
//
// Nothing is atomic here. A piece that is missing, lost or written over leaves its snapshot
// incomplete, and that is passed over. Who lost its partition may still write: states of one place in
// one chain, folded by one version, are the same bytes, so whose piece it is makes no difference.
#pragma once
#include <boost/asio/thread_pool.hpp>
#include <map>
#include <memory>
#include <mutex>

#include "adapters/kafka/admin.hpp"
#include "engine/ports/snapshot_store.hpp"

namespace motorcade::kafka {

class Snapshots final : public ports::SnapshotStore {
 public:
  /// So many of each partition stay. (adapters/files keeps as many, for the same reason.)
  static constexpr std::uint32_t kSlots = 4;

  /// `log`: whose states they are; its topic was made with its others.
  static Result<std::unique_ptr<Snapshots>> open(const Options& options,
                                                 const ports::LogBirth& log);
  /// Flushes; what has not arrived then is given up.
  ~Snapshots() override;

  /// Queues it. Answers with what became of those before, if that was not good.
  Result<void> put(const ports::Snapshot& snapshot) override;
  /// Waits for what is on its way, at most for the operation timeout.
  void flush();
  boost::asio::awaitable<std::optional<ports::Snapshot>> newest(Partition partition,
                                                                std::uint32_t fold_version,
                                                                Sequence at) override;

 private:
  Snapshots(Options options, const ports::LogBirth& log, Admin admin);
  [[nodiscard]] int topic_partition(Partition partition) const;
  [[nodiscard]] std::uint32_t next_slot(Partition partition);
  [[nodiscard]] Result<std::optional<ports::Snapshot>> read(Partition partition,
                                                            std::uint32_t fold_version,
                                                            Sequence at);

  const Options options_;
  const ports::LogBirth log_;
  const std::string topic_;
  const Admin admin_;  ///< of options_
  Callbacks callbacks_;
  Client producer_;
  std::mutex mutex_;
  std::map<Partition, std::uint32_t> slots_;  ///< the next
  std::optional<Error> lost_;
  boost::asio::thread_pool thread_{1};
};

}  // namespace motorcade::kafka
