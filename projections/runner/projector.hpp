// Follows event partitions and keeps the rows at their heels.
//
// One loop: what has come since the last commit is one batch (at most max_envelopes), folded and
// committed with its checkpoints in one transaction; so batches grow with the load and are small
// when there is none. A database that is away, or a log that cannot be read just now, is tried
// again for ever, with growing pauses.
//
// Several may share the partitions, in any number of processes: a batch whose slice does not begin
// at its checkpoint changes nothing, and whoever brought it goes on where the checkpoint is.
#pragma once
#include <optional>

#include "engine/ports/clock.hpp"
#include "engine/ports/key_store.hpp"
#include "engine/ports/log.hpp"
#include "engine/ports/metrics.hpp"
#include "projections/runner/progress.hpp"
#include "projections/runner/row_sink.hpp"

namespace motorcade::projections {

struct ProjectorOptions {
  std::size_t max_envelopes = 2000;      ///< in one transaction
  std::size_t max_read_bytes = 1 << 20;  ///< of one partition at once
  Duration commands_kept = std::chrono::days(7);
  Duration prune_every = std::chrono::hours(1);
  Duration first_pause = std::chrono::milliseconds(50);  ///< before a failed batch is tried again
  Duration longest_pause = std::chrono::seconds(5);
  /// Of several projectors' share of the partitions; none: all of them.
  std::optional<std::vector<Partition>> partitions;
};

class Projector {
 public:
  /// What is referred to outlives this. `metrics` may be null.
  Projector(ports::EventLog& log, RowSink& sink, const ports::KeyStore& keys, ports::Clock& clock,
            Progress& progress, ports::Metrics* metrics = nullptr, ProjectorOptions options = {});

  /// Until it is cancelled; ends by itself only with an error that trying again does not mend
  /// (rows of another log, a damaged envelope, a statement that the database refuses).
  [[nodiscard]] boost::asio::awaitable<Result<void>> run();
  /// Until the rows hold all that the log had when this was called.
  [[nodiscard]] boost::asio::awaitable<Result<void>> run_to_end();

 private:
  boost::asio::awaitable<Result<void>> resume();
  /// False: there was nothing new.
  boost::asio::awaitable<Result<bool>> step();
  boost::asio::awaitable<Result<std::vector<Slice>>> read_batch();
  boost::asio::awaitable<Result<Slice>> read_slice(Partition partition, std::size_t most);
  boost::asio::awaitable<Result<std::vector<ports::StoredEnvelope>>> read_log(Partition partition,
                                                                              Sequence from);
  boost::asio::awaitable<Result<Applied>> apply(Batch batch);
  boost::asio::awaitable<void> wait_for_events();
  boost::asio::awaitable<void> prune();
  boost::asio::awaitable<void> pause(Duration length);
  boost::asio::awaitable<void> measure_lag();
  void note(const std::vector<Slice>& applied);

  ports::EventLog& log_;
  RowSink& sink_;
  const ports::KeyStore& keys_;
  ports::Clock& clock_;
  Progress& progress_;
  ports::Metrics* metrics_;
  ProjectorOptions options_;
  Checkpoints next_;     ///< of every partition that it follows
  std::size_t first_{};  ///< the partition that the next batch begins with: none starves
  Time next_prune_{};
};

}  // namespace motorcade::projections
