// Snapshots on a compacted topic, PREFIX.snapshots, for all processes of the log. It has a partition
// per event partition: first the vehicles', then the campaigns', then the catalog's.
//
//   key     SLOT/PIECE, as text; a snapshot's pieces are written to the slot after its predecessor's,
//           and replace what was there `kSlots` snapshots ago
//   value   canonical: incarnation 16 bytes, sequence u64, chain hash 32 bytes, fold version u32,
//           piece u32, pieces u32, and a piece of the state
//
// Nothing is atomic here. A piece that is missing, lost or written over leaves its snapshot
// incomplete, and that is passed over; doubled pieces do no harm. Who lost its partition may still write: states of one place in
// one chain, folded by one version, are the same bytes, so whose piece it is makes no difference.
#pragma once
#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

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

  /// Queues it; it must have room there (Options::max_queued_bytes). Answers with what became of those
  /// before, if that was not good.
  Result<void> put(const ports::Snapshot& snapshot) override;
  /// Waits for what is on its way, at most for the operation timeout.
  void flush();
  boost::asio::awaitable<std::optional<ports::Snapshot>> newest(Partition partition,
                                                                std::uint32_t fold_version,
                                                                Sequence at) override;

 private:
  Snapshots(const Options& options, const ports::LogBirth& log);
  [[nodiscard]] int topic_partition(Partition partition) const;
  [[nodiscard]] std::uint32_t next_slot(Partition partition);
  [[nodiscard]] Result<std::optional<ports::Snapshot>> read(Partition partition,
                                                            std::uint32_t fold_version,
                                                            Sequence at);

  const Options options_;
  const Options reading_;  ///< less patient: without a snapshot all is folded, which is sure
  const ports::LogBirth log_;
  const std::string topic_;
  std::optional<Admin> admin_;
  Callbacks callbacks_;
  Client producer_;
  std::atomic<bool> closing_ = false;
  std::thread poller_;
  std::mutex mutex_;
  std::map<Partition, std::uint32_t> slots_;  ///< the next
  std::optional<Error> lost_;
  boost::asio::thread_pool threads_;  ///< one per partition: none waits for another's
};

}  // namespace motorcade::kafka
