// The owner of one partition: the main loop of the engine.
//
//   inbox record -> check, decide -> one envelope -> append (conditional, fenced) -> evolve ->
//   react -> other inboxes
//
// It runs in one coroutine on one executor; nothing else touches its state. Records are decided in
// batches, one envelope each, on the state as it will stand; nothing leaves this object before the
// append has answered kCommitted. After kUnknown the state is dropped and the partition taken over
// again: fold to the end, react again to what follows the last `reacted_through`, go on from the
// folded position.
//
// After kFenced there is another owner. Two that took over again at once would fence each other for
// ever: the one that was fenced stays away for a pause that grows each time, and for as long as the
// partition goes on without it. An owner that was replaced may also find it out by reading: records
// that it was told of are gone, since its successor has taken and trimmed them.
//
// A record whose facts would not fit one envelope is refused, on record; a tick's are appended as
// several envelopes.
#pragma once
#include <deque>
#include <functional>
#include <random>

#include "engine/ports/clock.hpp"
#include "engine/ports/metrics.hpp"
#include "engine/ports/owner_states.hpp"
#include "engine/ports/reporter.hpp"
#include "engine/shell/fold.hpp"
#include "engine/shell/message_sender.hpp"
#include "engine/shell/signal.hpp"

namespace motorcade::shell {

/// What owners share; outlives them.
struct OwnerWorld {
  ports::EventLog& events;
  ports::Inbox& inbox;
  ports::Clock& clock;
  ports::KeyStore& keys;
  ports::SnapshotStore& snapshots;
  ports::Reporter& reporter;
  ports::Metrics* metrics = nullptr;
  /// Whether all edges are known to have drained what brokers held at the start.
  std::function<bool()> drained = [] { return true; };
  /// For pauses; the same number for the same state in a simulation.
  std::function<std::uint32_t()> random = [] { return std::random_device()(); };
};

struct OwnerOptions {
  std::size_t records_per_append = 256;
  std::size_t bytes_per_append = 4 << 20;
  std::uint64_t snapshot_every = 20'000;  ///< envelopes
  std::uint64_t trim_every = 1'000;       ///< inbox records
  Duration tick = std::chrono::seconds(1);
  /// A report beats every timeout that is not written: ticks wait so long after a takeover, unless the
  /// edges are known to have drained.
  Duration drain_grace = std::chrono::seconds(30);
  Duration retry = std::chrono::milliseconds(500);  ///< after a failure of the world
  /// How long an owner that was fenced stays away: twice as long each time, up to the other; of
  /// each pause at least a half, the rest is left to chance.
  Duration fenced = std::chrono::milliseconds(500), fenced_most = std::chrono::seconds(30);
  /// Messages that other inboxes do not take; beyond so many the partition takes no more records.
  std::size_t unsent_most = 50'000;
};

template <core::Machine M>
class Owner {
 public:
  Owner(OwnerWorld world, Partition partition, OwnerOptions options,
        asio::any_io_executor executor);

  /// Until stop(). Never throws for a failure of the world: it reports, waits and tries again.
  asio::awaitable<void> run();
  /// From any thread. run() completes after the append that is under way; a snapshot is left.
  void stop();
  /// The committed state, between two commits or as run() left it; none: it does not own the
  /// partition just now, or the log takes none of its appends. From any executor.
  asio::awaitable<std::optional<ports::OwnerState>> state();

 private:
  enum class Outcome {
    kGoOn,    ///< and, of records: all that were there are taken
    kBehind,  ///< there may be more records, or nobody knows
    kTakeOver,
    kStayAway,  ///< somebody else has taken over
  };
  struct Pending {
    std::string bytes;
    std::vector<Message> messages;
    MessageId correlation;
  };

  asio::awaitable<Result<void>> take_over();
  asio::awaitable<Result<std::uint64_t>> last_reacted_through(Sequence end);
  asio::awaitable<Result<void>> fold_to(Sequence end, std::uint64_t reacted_through);
  asio::awaitable<Outcome> own();
  asio::awaitable<Outcome> turn();
  asio::awaitable<bool> was_replaced();
  asio::awaitable<void> stay_away();
  asio::awaitable<Outcome> take_records();
  asio::awaitable<Outcome> tick_if_due();
  asio::awaitable<Outcome> commit();
  asio::awaitable<void> send_messages();
  [[nodiscard]] Duration next_pause();
  [[nodiscard]] bool ticks_allowed() const;
  asio::awaitable<void> wait_for_work();
  asio::awaitable<void> pause();

  void decide_record(const ports::PlacedRecord& placed);
  std::vector<typename M::Event> facts_for(const InboxRecord& record);
  void pack(const InboxRecord& record, InboxPosition position,
            std::vector<typename M::Event> events);
  void pack_in_parts(const InboxRecord& tick, std::span<const typename M::Event> events);
  Envelope drafted(const InboxRecord& cause, InboxPosition position,
                   std::span<const typename M::Event> events);
  void write(Envelope envelope, std::span<const typename M::Event> events);
  void queue_messages(Sequence at, MessageId correlation, std::vector<Message> messages);
  void answer_probes();
  asio::awaitable<void> drop_uncommitted();
  void keep_snapshot();

  OwnerWorld world_;
  OwnerOptions options_;
  asio::any_io_executor executor_;
  core::Context context_;
  Fold<M> fold_;
  std::unique_ptr<ports::PartitionWriter> writer_;
  MessageSender sender_;
  std::vector<Pending> pending_;  ///< decided and evolved, not committed
  Sequence first_pending_;
  std::uint64_t reacted_through_ = 0;
  std::uint64_t snapshot_at_ = 0;
  InboxPosition trimmed_;
  bool told_ = false;  ///< that there are records
  Time next_tick_;
  Time owned_since_;
  std::uint32_t fenced_times_ = 0;
  Time caught_up_at_;  ///< what was recorded before it, and there to be read, is taken
  Signal signal_;
  std::deque<std::function<void(std::optional<ports::OwnerState>)>> probes_;
  bool owns_ = false;
  bool stopping_ = false;
  bool ended_ = false;
};

extern template class Owner<core::shard::Shard>;
extern template class Owner<core::campaigns::Campaigns>;
extern template class Owner<core::catalogs::Catalog>;

}  // namespace motorcade::shell
