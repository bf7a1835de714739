#include "vehicle_agent/core/outbox.hpp"

#include <algorithm>
#include <bit>

namespace motorcade::agent {

bool Ack::covers(std::uint64_t sequence) const {
  if (sequence <= contiguous) return true;
  const auto bit = sequence - contiguous - 1;
  return bit < Outbox::kWindow && (bitmap >> bit & 1) != 0;
}

std::uint64_t Ack::highest() const {
  return contiguous + static_cast<std::uint64_t>(std::bit_width(bitmap));
}

void Outbox::identify(digest::CanonicalWriter& records) const {
  records.u8(kIdentity);
  records.u64(epoch_);
  records.raw(id_.view());
  records.u64(next_);
  records.u64(contiguous_);
}

void Outbox::enqueue(Channel channel, std::string body, digest::CanonicalWriter& records) {
  pending_.push_back({next_++, channel, std::move(body), Time{}, 0});
  records.raw(encode_report(pending_.back()));
}

std::string Outbox::encode_report(const Pending& report) {
  digest::CanonicalWriter out;
  out.u8(kReport);
  out.u64(report.sequence);
  out.u8(static_cast<std::uint8_t>(report.channel));
  out.text(report.body);
  return out.take();
}

void Outbox::take(const Ack& ack, digest::CanonicalWriter& records) {
  heard_ = true;
  if (ack.epoch < epoch_) return;  // of an outbox before this one
  const bool ours = ack.id == id_ && ack.epoch == epoch_;
  if (ours && ack.highest() < next_) {
    const auto before = std::pair(pending_.size(), contiguous_);
    cover(ack);
    if (before == std::pair(pending_.size(), contiguous_)) return;
    records.u8(kCovered);
    records.u64(ack.contiguous);
    records.u64(ack.bitmap);
    return;
  }
  if (ack.id == id_) begin_anew();  // an old copy of this outbox
  move_on(ack.epoch + 1);
  snapshot(records);
}

void Outbox::cover(const Ack& ack) {
  contiguous_ = std::max(contiguous_, ack.contiguous);
  std::erase_if(pending_, [&](const Pending& report) { return ack.covers(report.sequence); });
}

// The owner begins an epoch at sequence 1: what left this outbox already would be waited for.
void Outbox::move_on(std::uint64_t epoch) {
  if (next_ != pending_.size() + 1) begin_anew();
  epoch_ = epoch;
  contiguous_ = 0;
  send_all_soon();
}

void Outbox::begin_anew() {
  digest::CanonicalWriter name;
  name.raw(id_.view());
  name.u64(epoch_);
  name.u64(next_);
  const auto hash = digest::sha256(name.bytes());
  std::copy_n(hash.begin(), id_.bytes.size(), id_.bytes.begin());
  next_ = 1;
  contiguous_ = 0;
  for (auto& report : pending_) report.sequence = next_++;
}

void Outbox::snapshot(digest::CanonicalWriter& records) const {
  identify(records);
  for (const auto& report : pending_) records.raw(encode_report(report));
}

bool Outbox::apply(std::uint8_t tag, digest::CanonicalReader& record) {
  if (tag == kIdentity) {
    epoch_ = record.u64();
    const auto id = id_from_bytes<OutboxId>(record.raw(id_.bytes.size()));
    next_ = record.u64();
    contiguous_ = record.u64();
    pending_.clear();
    if (id) id_ = *id;
    return id.has_value() && record.ok();
  }
  if (tag == kReport) {
    Pending report;
    report.sequence = record.u64();
    report.channel = static_cast<Channel>(record.u8());
    report.body = record.text();
    if (!record.ok() || report.sequence <= contiguous_) return false;
    if (!pending_.empty() && report.sequence <= pending_.back().sequence) return false;
    next_ = std::max(next_, report.sequence + 1);
    pending_.push_back(std::move(report));
    return true;
  }
  if (tag != kCovered) return false;
  Ack ack{epoch_, id_, record.u64(), 0};
  ack.bitmap = record.u64();
  if (!record.ok() || ack.highest() >= next_) return false;
  cover(ack);
  return true;
}

bool Outbox::holds(Channel channel, std::string_view body) const {
  return std::any_of(pending_.begin(), pending_.end(), [&](const Pending& report) {
    return report.channel == channel && report.body == body;
  });
}

void Outbox::link_up(Time now) {
  linked_ = true;
  hold_until_ = now + settings_.settle;
  send_all_soon();
}

void Outbox::send_all_soon() {
  for (auto& report : pending_) report.send_at = Time{}, report.tries = 0;
}

Duration Outbox::backoff(const Pending& report) const {
  const auto doubled = settings_.first_resend * (1LL << std::min(report.tries, 10U));
  const auto wait = std::min<Duration>(doubled, settings_.last_resend);
  // Spread by a quarter, so that a fleet does not knock all at once; no dice in here.
  const auto spread = (id_.head() ^ report.sequence * 0x9E3779B97F4A7C15ULL) >> 32;
  return wait + wait / 4 * static_cast<long>(spread % 1024) / 1024;
}

std::vector<OutboxReport> Outbox::due(Time now) {
  std::vector<OutboxReport> out;
  if (!linked_ || (!heard_ && now < hold_until_)) return out;
  for (auto& report : pending_) {
    if (report.sequence > contiguous_ + kWindow) break;
    if (report.send_at > now) continue;
    report.send_at = now + backoff(report);
    ++report.tries;
    out.push_back({{epoch_, id_, report.sequence}, report.channel, report.body});
  }
  return out;
}

std::optional<Time> Outbox::deadline() const {
  if (!linked_) return std::nullopt;
  std::optional<Time> first;
  for (const auto& report : pending_) {
    if (report.sequence > contiguous_ + kWindow) break;
    const auto at = heard_ ? report.send_at : std::max(report.send_at, hold_until_);
    if (!first || at < *first) first = at;
  }
  return first;
}

}  // namespace motorcade::agent
