// The outbox: what the vehicle has reported and nobody has acknowledged yet. PURE.
//
// Invariants (design, truths of the log, 1; checked in the model of acknowledgement):
// - A report leaves only when an ack of this outbox (same epoch, same id) covers its sequence.
// - Nothing beyond contiguous + 64 is sent; what is not covered is sent again, with backoff.
// - An epoch is a number and the outbox's random id. A new outbox takes the number after the one
//   that the retained ack names; one that finds its number or a higher one under another id takes
//   the next number and keeps its sequences.
// - An outbox that turns out to be an old copy of itself (an ack covers what it never numbered, or
//   names a later epoch of its id), or that would leave gaps in the new epoch, begins anew under
//   another id: its sequences would be taken for reports that the owner has already.
#pragma once
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "digest/digest.hpp"
#include "events/envelope.hpp"

namespace motorcade::agent {

/// Where a report goes; the numbers are on disk.
enum class Channel : std::uint8_t { kVci = 1, kStatus = 2, kControlResponse = 3 };

/// `vehicle/{vin}/ack`: bit i (value 1 << i) of the bitmap is sequence contiguous + 1 + i.
struct Ack {
  std::uint64_t epoch{};
  OutboxId id;
  std::uint64_t contiguous{};
  std::uint64_t bitmap{};
  [[nodiscard]] bool covers(std::uint64_t sequence) const;
  /// The highest sequence that it covers.
  [[nodiscard]] std::uint64_t highest() const;
  friend bool operator==(const Ack&, const Ack&) = default;
};

struct OutboxReport {
  ReportPlace place;
  Channel channel{};
  std::string body;
  friend bool operator==(const OutboxReport&, const OutboxReport&) = default;
};

struct OutboxSettings {
  Duration first_resend = std::chrono::seconds(5);  ///< doubles up to last_resend
  Duration last_resend = std::chrono::seconds(60);
  /// How long an outbox without any ack waits after a link came up for the retained one.
  Duration settle = std::chrono::seconds(1);
};

class Outbox {
 public:
  static constexpr std::uint64_t kWindow = 64;

  /// `id` is random; it is used unless apply() restores another.
  explicit Outbox(OutboxId id, OutboxSettings settings = {}) : settings_(settings), id_(id) {}

  /// Each of these appends what changed to `records`, which must be durable before due() is heeded.
  void identify(digest::CanonicalWriter& records) const;  ///< once, when the outbox is made
  void enqueue(Channel channel, std::string body, digest::CanonicalWriter& records);
  void take(const Ack& ack, digest::CanonicalWriter& records);
  /// All of it, as records of an outbox that was never used.
  void snapshot(digest::CanonicalWriter& records) const;
  /// Reads one record back; false: it is not one of the outbox's, or does not fit.
  [[nodiscard]] bool apply(std::uint8_t tag, digest::CanonicalReader& record);

  void link_up(Time now);
  void link_down() { linked_ = false; }
  /// What is to be sent now, in sequence; each counts as sent.
  [[nodiscard]] std::vector<OutboxReport> due(Time now);
  /// When due() will have something; nothing: not before an ack, a report or a link.
  [[nodiscard]] std::optional<Time> deadline() const;

  [[nodiscard]] bool holds(Channel channel, std::string_view body) const;
  [[nodiscard]] std::size_t size() const { return pending_.size(); }
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  [[nodiscard]] const OutboxId& id() const { return id_; }
  [[nodiscard]] std::uint64_t next_sequence() const { return next_; }

  /// Tags of its records; the agent's begin at 16.
  static constexpr std::uint8_t kIdentity = 1, kReport = 2, kCovered = 3;

 private:
  struct Pending {
    std::uint64_t sequence{};
    Channel channel{};
    std::string body;
    Time send_at;  // zero: at once
    std::uint32_t tries{};
  };
  void cover(const Ack& ack);
  void move_on(std::uint64_t epoch);
  void begin_anew();
  void send_all_soon();
  [[nodiscard]] Duration backoff(const Pending& report) const;
  [[nodiscard]] static std::string encode_report(const Pending& report);

  OutboxSettings settings_;
  std::uint64_t epoch_ = 1;
  OutboxId id_;
  std::uint64_t next_ = 1;
  std::uint64_t contiguous_{};
  std::deque<Pending> pending_;  // by sequence
  bool linked_ = false;
  bool heard_ = false;  // an ack, of whatever outbox, since the start
  Time hold_until_;
};

}  // namespace motorcade::agent
