#include "projections/runner/projector.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "projections/runner/decode.hpp"

namespace motorcade::projections {
namespace {

namespace asio = boost::asio;

std::vector<Partition> partitions_of(const PartitionCounts& counts) {
  std::vector<Partition> partitions;
  for (const Stream stream : {Stream::kVehicle, Stream::kCampaign, Stream::kCatalog}) {
    for (std::uint16_t number = 0; number < counts.of(stream); ++number) {
      partitions.push_back({stream, number});
    }
  }
  return partitions;
}

/// The world may be well again later; everything else stays as it is.
bool passes(const Error& error) {
  return error.code == std::errc::not_connected || error.code == std::errc::timed_out;
}

/// A log that cannot be read may be later (a full disk, one that is being opened again); a damaged
/// one, or one that does not have what is asked for, never.
bool reads_later(const Error& error) {
  return error.code != std::errc::bad_message && error.code != std::errc::invalid_argument;
}

}  // namespace

Projector::Projector(ports::EventLog& log, RowSink& sink, const ports::KeyStore& keys,
                     ports::Clock& clock, Progress& progress, ports::Metrics* metrics,
                     ProjectorOptions options)
    : log_(log),
      sink_(sink),
      keys_(keys),
      clock_(clock),
      progress_(progress),
      metrics_(metrics),
      options_(options) {
  using Kind = ports::MetricFamily::Kind;
  const auto share = options_.partitions.value_or(partitions_of(log_.birth().counts));
  for (const Partition& partition : share) next_[partition] = {};
  if (metrics_ == nullptr) return;
  metrics_->describe(
      {"motorcade_projector_envelopes_total", "Envelopes in the read models.", Kind::kCounter, {}});
  metrics_->describe(
      {"motorcade_projector_batches_total", "Transactions of the projector.", Kind::kCounter, {}});
  metrics_->describe(
      {"motorcade_projector_retries_total", "Batches that were tried again.", Kind::kCounter, {}});
  metrics_->describe({"motorcade_projector_lag_envelopes",
                      "Envelopes of the log that are not yet in the read models.",
                      Kind::kGauge,
                      {}});
}

asio::awaitable<Result<void>> Projector::run() {
  CO_TRY_VOID(co_await resume());
  for (;;) {
    CO_TRY(const bool moved, co_await step());
    if (!moved) co_await wait_for_events();
  }
}

asio::awaitable<Result<void>> Projector::run_to_end() {
  Checkpoints ends;
  for (const auto& [partition, next] : next_) {
    CO_TRY(ends[partition], co_await log_.end(partition));
  }
  CO_TRY_VOID(co_await resume());
  const auto behind = [&] {
    return std::any_of(ends.begin(), ends.end(),
                       [&](const auto& end) { return next_[end.first] < end.second; });
  };
  while (behind()) {
    CO_TRY([[maybe_unused]] const bool moved, co_await step());
  }
  co_return Result<void>{};
}

asio::awaitable<Result<void>> Projector::resume() {
  for (Duration length = options_.first_pause;;
       length = std::min(2 * length, options_.longest_pause)) {
    const Result<Checkpoints> checkpoints = co_await sink_.checkpoints(log_.birth().incarnation);
    if (checkpoints) {
      for (auto& [partition, next] : next_) {
        const auto found = checkpoints->find(partition);
        next = found == checkpoints->end() ? Sequence{} : found->second;
      }
      progress_.advance(next_);
      co_return Result<void>{};
    }
    if (!passes(checkpoints.error())) co_return tl::unexpected(checkpoints.error());
    co_await pause(length);
  }
}

asio::awaitable<Result<bool>> Projector::step() {
  CO_TRY(auto slices, co_await read_batch());
  if (metrics_ != nullptr) co_await measure_lag();
  if (slices.empty()) co_return false;
  const auto batch = std::make_shared<const std::vector<Slice>>(std::move(slices));
  CO_TRY(const Applied applied, co_await apply(batch));
  if (applied == Applied::kElsewhere) {
    CO_TRY_VOID(co_await resume());
    co_return true;
  }
  note(*batch);
  co_await prune();
  co_return true;
}

asio::awaitable<Result<std::vector<Slice>>> Projector::read_batch() {
  std::vector<Partition> partitions;
  for (const auto& [partition, next] : next_) partitions.push_back(partition);
  std::vector<Slice> batch;
  std::size_t room = options_.max_envelopes;
  for (std::size_t i = 0; i < partitions.size() && room > 0; ++i) {
    const Partition partition = partitions[(first_ + i) % partitions.size()];
    CO_TRY(Slice slice, co_await read_slice(partition, room));
    if (slice.next == slice.from) continue;
    room -= slice.next.value - slice.from.value;
    batch.push_back(std::move(slice));
  }
  first_ = (first_ + 1) % partitions.size();
  co_return batch;
}

asio::awaitable<Result<Slice>> Projector::read_slice(Partition partition, std::size_t most) {
  const Sequence from = next_[partition];
  CO_TRY(auto envelopes, co_await read_log(partition, from));
  if (envelopes.size() > most) envelopes.resize(most);
  Slice slice{partition, from, from, {}};
  for (const auto& stored : envelopes) {
    CO_TRY(RowChanges changes, changes_of(partition, stored, keys_));
    std::move(changes.begin(), changes.end(), std::back_inserter(slice.changes));
    ++slice.next.value;
  }
  co_return slice;
}

asio::awaitable<Result<std::vector<ports::StoredEnvelope>>> Projector::read_log(Partition partition,
                                                                                Sequence from) {
  for (Duration length = options_.first_pause;;
       length = std::min(2 * length, options_.longest_pause)) {
    auto read = co_await log_.read(partition, from, options_.max_read_bytes);
    if (read || !reads_later(read.error())) co_return read;
    if (metrics_ != nullptr) metrics_->count("motorcade_projector_retries_total");
    co_await pause(length);
  }
}

asio::awaitable<Result<Applied>> Projector::apply(Batch batch) {
  for (Duration length = options_.first_pause;;
       length = std::min(2 * length, options_.longest_pause)) {
    const Result<Applied> applied = co_await sink_.apply(batch);
    if (applied || !passes(applied.error())) co_return applied;
    if (metrics_ != nullptr) metrics_->count("motorcade_projector_retries_total");
    co_await pause(length);
  }
}

void Projector::note(const std::vector<Slice>& applied) {
  std::uint64_t envelopes = 0;
  for (const Slice& slice : applied) {
    next_[slice.partition] = slice.next;
    envelopes += slice.next.value - slice.from.value;
  }
  progress_.advance(next_);
  if (metrics_ == nullptr) return;
  metrics_->count("motorcade_projector_envelopes_total", {}, static_cast<double>(envelopes));
  metrics_->count("motorcade_projector_batches_total");
}

asio::awaitable<void> Projector::wait_for_events() {
  const auto executor = co_await asio::this_coro::executor;
  const auto wait = [&](const Partition& partition, const Sequence& from) {
    return asio::co_spawn(executor, log_.wait_for_events(partition, from), asio::deferred);
  };
  std::vector<decltype(wait(Partition{}, Sequence{}))> waits;
  for (const auto& [partition, next] : next_) waits.push_back(wait(partition, next));
  auto any = asio::experimental::make_parallel_group(std::move(waits));
  co_await any.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
}

asio::awaitable<void> Projector::prune() {
  const Time now = clock_.now();
  if (now < next_prune_) co_return;
  next_prune_ = now + options_.prune_every;
  // A failure is no harm: the next time comes.
  co_await sink_.prune_commands(now - options_.commands_kept);
}

asio::awaitable<void> Projector::pause(Duration length) {
  co_await clock_.sleep_until(clock_.now() + length);
}

asio::awaitable<void> Projector::measure_lag() {
  std::uint64_t behind = 0;
  for (const auto& [partition, next] : next_) {
    const auto end = co_await log_.end(partition);
    if (!end) co_return;  // what reads the log next will see to it
    if (*end > next) behind += end->value - next.value;
  }
  metrics_->set("motorcade_projector_lag_envelopes", {}, static_cast<double>(behind));
}

}  // namespace motorcade::projections
