#include "adapters/kafka/snapshots.hpp"

#include <algorithm>
#include <charconv>

#include "adapters/kafka/error.hpp"
#include "digest/digest.hpp"
#include "engine/ports/async_answer.hpp"

namespace motorcade::kafka {
namespace {

constexpr std::int64_t kFirstLook = 64;  ///< offsets before the end
constexpr std::int64_t kWiden = 8;
constexpr std::chrono::milliseconds kFetchWait{10};

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
  if (!in.ok() || !in.at_end() || piece.number >= piece.count) return std::nullopt;
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
    auto& parts = begun_[of.sequence.value];
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
    begun_.erase(begun_.begin(), begun_.upper_bound(whole_->sequence.value));
  }

  const Incarnation incarnation_;
  const std::uint32_t fold_version_;
  const Sequence at_;
  std::map<std::uint64_t, Parts> begun_;  ///< by sequence; only newer ones than the whole one
  std::optional<ports::Snapshot> whole_;
};

/// Of the key SLOT/PIECE.
std::optional<std::uint32_t> slot_of(const rd_kafka_message_t& message) {
  const auto* key = static_cast<const char*>(message.key);
  std::uint32_t slot = 0;
  if (std::from_chars(key, key + message.key_len, slot).ec != std::errc{}) return std::nullopt;
  return slot;
}

}  // namespace

Result<std::unique_ptr<Snapshots>> Snapshots::open(const Options& options,
                                                   const ports::LogBirth& log) {
  TRY(auto admin, Admin::open(options));
  std::unique_ptr<Snapshots> made(new Snapshots(options, log, std::move(admin)));
  auto& self = *made;
  self.callbacks_.delivered = [&self](const rd_kafka_message_t& message) {
    if (message.err) self.lost_ = error_of(message.err, "sending a snapshot to " + self.topic_);
  };
  TRY(self.producer_, make_client(RD_KAFKA_PRODUCER, self.options_,
                                  producer_settings(self.options_), &self.callbacks_));
  return made;
}

Snapshots::Snapshots(Options options, const ports::LogBirth& log, Admin admin)
    : options_(std::move(options)),
      log_(log),
      topic_(snapshot_topic(options_)),
      admin_(std::move(admin)) {}

Snapshots::~Snapshots() {
  thread_.join();
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
  rd_kafka_poll(producer_.get(), 0);
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
    const std::lock_guard lock(mutex_);  // told at the next one that is put
    lost_ = found.error();
    return std::optional<ports::Snapshot>();
  };
  co_return co_await ports::offload<std::optional<ports::Snapshot>>(thread_.get_executor(),
                                                                    std::move(work));
}

/// From ever further back, until one is whole: the newest are at the end.
Result<std::optional<ports::Snapshot>> Snapshots::read(Partition partition,
                                                       std::uint32_t fold_version, Sequence at) {
  const auto number = topic_partition(partition);
  TRY(const auto marks, admin_.watermarks(topic_, number));
  for (auto look = kFirstLook;; look *= kWiden) {
    const auto begin = std::max(marks.low, marks.stable - look);
    Puzzle puzzle(log_.incarnation, fold_version, at);
    TRY_VOID(read_to_end(options_, topic_, number, begin, [&](const auto& message) {
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
