#include "adapters/kafka/snapshots.hpp"

#include <algorithm>
#include <charconv>

#include "adapters/kafka/error.hpp"
#include "adapters/kafka/monitor.hpp"
#include "digest/digest.hpp"
#include "engine/ports/async_answer.hpp"

namespace motorcade::kafka {
namespace {

constexpr std::int64_t kFirstLook = 64;  ///< offsets before the end
constexpr std::int64_t kWiden = 8;
constexpr std::uint32_t kPiecesMost = 1 << 16;
constexpr std::size_t kPartitionsMost = 64;  ///< that are read at once
constexpr int kPollMs = 100;
constexpr int kWarning = 4;  ///< as syslog counts

struct Piece {
  ports::Snapshot of;  ///< its state is the piece's part
  std::uint32_t number{}, count{};
};

std::string encode_piece(const ports::Snapshot& of, std::string_view part, std::uint32_t number,
                         std::uint32_t count) {
  digest::CanonicalWriter out;
  out.raw(of.incarnation.view());
  out.u64(of.sequence.value);
  out.raw(of.chain_hash.view());
  out.u32(of.fold_version);
  out.u32(number);
  out.u32(count);
  out.text(part);
  return out.take();
}

std::optional<Piece> decode_piece(std::string_view bytes, Partition partition) {
  digest::CanonicalReader in(bytes);
  Piece piece;
  auto& of = piece.of;
  of.partition = partition;
  of.incarnation =
      id_from_bytes<Incarnation>(in.raw(sizeof of.incarnation.bytes)).value_or(Incarnation{});
  of.sequence = {in.u64()};
  of.chain_hash = id_from_bytes<Digest>(in.raw(sizeof of.chain_hash.bytes)).value_or(Digest{});
  of.fold_version = in.u32();
  piece.number = in.u32();
  piece.count = in.u32();
  of.state = in.text();
  if (!in.ok() || !in.at_end() || piece.number >= piece.count || piece.count > kPiecesMost)
    return std::nullopt;
  return piece;
}

/// Pieces as they come, of the newest snapshot that they may make whole.
class Puzzle {
 public:
  Puzzle(const Incarnation& incarnation, std::uint32_t fold_version, Sequence at)
      : incarnation_(incarnation), fold_version_(fold_version), at_(at) {}

  void take(Piece piece) {
    const auto& of = piece.of;
    if (of.incarnation != incarnation_ || of.fold_version != fold_version_ || of.sequence > at_ ||
        (whole_ && of.sequence <= whole_->sequence))
      return;
    auto& parts = begun_[{of.sequence, of.chain_hash}];
    if (parts.size() != piece.count) parts.assign(piece.count, std::nullopt);
    parts[piece.number] = std::move(piece.of);
    if (std::all_of(parts.begin(), parts.end(), [](const auto& part) { return part.has_value(); }))
      join(parts);
  }
  [[nodiscard]] std::optional<ports::Snapshot>& whole() { return whole_; }

 private:
  using Parts = std::vector<std::optional<ports::Snapshot>>;

  void join(Parts& parts) {
    whole_ = std::move(parts.front());
    for (auto part = parts.begin() + 1; part != parts.end(); ++part)
      whole_->state += (*part)->state;
    std::erase_if(begun_, [&](const auto& it) { return it.first.first <= whole_->sequence; });
  }

  const Incarnation incarnation_;
  const std::uint32_t fold_version_;
  const Sequence at_;
  std::map<std::pair<Sequence, Digest>, Parts> begun_;  ///< newer than the whole one
  std::optional<ports::Snapshot> whole_;
};

/// Of the key SLOT/PIECE.
std::optional<std::uint32_t> slot_of(const rd_kafka_message_t& message) {
  const auto* key = static_cast<const char*>(message.key);
  std::uint32_t slot = 0;
  if (std::from_chars(key, key + message.key_len, slot).ec != std::errc{}) return std::nullopt;
  return slot;
}

Settings snapshot_settings(const Options& options) {
  return {{"enable.idempotence", "false"},
          {"acks", "all"},
          {"linger.ms", "5"},
          {"message.timeout.ms", "60000"},
          {"queue.buffering.max.kbytes", std::to_string(options.max_queued_bytes >> 10)},
          {"message.max.bytes", std::to_string(max_batch_bytes(options))}};
}

Options reading_options(Options options) {
  options.operation_timeout /= 2;
  return options;
}

}  // namespace

Result<std::unique_ptr<Snapshots>> Snapshots::open(const Options& options,
                                                   const ports::LogBirth& log) {
  std::unique_ptr<Snapshots> made(new Snapshots(options, log));
  auto& self = *made;
  TRY(self.admin_, Admin::open(self.reading_));
  TRY(self.producer_, make_client(RD_KAFKA_PRODUCER, self.options_,
                                  snapshot_settings(self.options_), &self.callbacks_));
  self.poller_ = std::thread([&self] {
    while (!self.closing_) rd_kafka_poll(self.producer_.get(), kPollMs);
  });
  return made;
}

Snapshots::Snapshots(const Options& options, const ports::LogBirth& log)
    : options_(options),
      reading_(reading_options(options)),
      log_(log),
      topic_(snapshot_topic(options_)),
      threads_(std::min(kPartitionsMost, log.counts.vehicle + log.counts.campaign +
                                             log.counts.catalog + std::size_t{0})) {
  callbacks_.delivered = [this](const rd_kafka_message_t& message) {
    if (!message.err) return;
    const std::lock_guard lock(mutex_);
    lost_ = error_of(message.err, "sending a snapshot to " + topic_);
  };
}

Snapshots::~Snapshots() {
  threads_.stop();
  threads_.join();
  closing_ = true;
  if (poller_.joinable()) poller_.join();
  if (!producer_) return;
  flush();
  rd_kafka_purge(producer_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_poll(producer_.get(), 0);
}

void Snapshots::flush() {
  rd_kafka_flush(producer_.get(), milliseconds(options_.operation_timeout));
}

int Snapshots::topic_partition(Partition partition) const {
  int before = 0;
  for (const auto stream : {Stream::kVehicle, Stream::kCampaign, Stream::kCatalog}) {
    if (stream == partition.stream) break;
    before += log_.counts.of(stream);
  }
  return before + partition.number;
}

std::uint32_t Snapshots::next_slot(Partition partition) {
  auto& next = slots_[partition];
  return std::exchange(next, (next + 1) % kSlots);
}

Result<void> Snapshots::put(const ports::Snapshot& snapshot) {
  const std::lock_guard lock(mutex_);
  const auto slot = std::to_string(next_slot(snapshot.partition));
  const std::string_view state = snapshot.state;
  const auto size = options_.snapshot_piece_bytes;
  const auto count =
      static_cast<std::uint32_t>(std::max<std::size_t>(1, (state.size() + size - 1) / size));
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto value = encode_piece(snapshot, state.substr(i * size, size), i, count);
    const auto key = slot + "/" + std::to_string(i);
    const auto code = rd_kafka_producev(
        producer_.get(), RD_KAFKA_V_TOPIC(topic_.c_str()),
        RD_KAFKA_V_PARTITION(topic_partition(snapshot.partition)),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key.data(), key.size()),
        RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()), RD_KAFKA_V_END);
    if (code) return tl::unexpected(error_of(code, "sending a snapshot to " + topic_));
  }
  if (!lost_) return {};
  return tl::unexpected(*std::exchange(lost_, std::nullopt));
}

boost::asio::awaitable<std::optional<ports::Snapshot>> Snapshots::newest(Partition partition,
                                                                         std::uint32_t fold_version,
                                                                         Sequence at) {
  std::function<std::optional<ports::Snapshot>()> work = [=, this] {
    auto found = read(partition, fold_version, at);
    if (found) return *std::move(found);
    if (options_.monitor)
      options_.monitor->heard_line(kWarning, "SNAPSHOT", to_string(found.error()));
    return std::optional<ports::Snapshot>();
  };
  co_return co_await ports::offload<std::optional<ports::Snapshot>>(threads_.get_executor(),
                                                                    std::move(work));
}

/// From ever further back, until one is whole: the newest are at the end.
Result<std::optional<ports::Snapshot>> Snapshots::read(Partition partition,
                                                       std::uint32_t fold_version, Sequence at) {
  const auto number = topic_partition(partition);
  TRY(const auto marks, admin_->watermarks(topic_, number));
  for (auto look = kFirstLook;; look *= kWiden) {
    const auto begin = std::max(marks.low, marks.stable - look);
    Puzzle puzzle(log_.incarnation, fold_version, at);
    TRY_VOID(read_to_end(reading_, topic_, number, begin, [&](const auto& message) {
      if (auto piece =
              decode_piece({static_cast<const char*>(message.payload), message.len}, partition))
        puzzle.take(*std::move(piece));
      const std::lock_guard lock(mutex_);  // the last one counts
      if (const auto slot = slot_of(message)) slots_[partition] = (*slot + 1) % kSlots;
    }));
    if (puzzle.whole() || begin == marks.low) return std::move(puzzle.whole());
  }
}

}  // namespace motorcade::kafka
