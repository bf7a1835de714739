#include "engine/shell/log_tools.hpp"

#include <ostream>

#include "digest/digest.hpp"
#include "engine/shell/replay.hpp"

namespace motorcade::shell {
namespace {

/// Shows each sound envelope of the partition, in order.
asio::awaitable<Result<void>> walk(ports::EventLog& log, ChainCheck& check,
                                   const std::function<void(const ports::StoredEnvelope&)>& show) {
  const auto partition = check.report().partition;
  CO_TRY(const auto end, co_await log.end(partition));
  while (check.report().envelopes < end.value) {
    const Sequence from{check.report().envelopes};
    CO_TRY(const auto batch, co_await log.read(partition, from, kReadBytes));
    if (batch.empty())
      co_return failure(std::errc::bad_message, to_string(Position{partition, from}) +
                                                    " is missing; the log ends at " +
                                                    std::to_string(end.value));
    for (const auto& stored : batch) {
      if (stored.sequence >= end) break;
      CO_TRY_VOID(check.next(stored));
      show(stored);
    }
  }
  co_return Result<void>{};
}

}  // namespace

Result<void> ChainCheck::next(const ports::StoredEnvelope& stored) {
  const Position place{report_.partition, {report_.envelopes}};
  const auto wrong = [&](std::string what) {
    return failure(std::errc::bad_message, to_string(place) + ": " + std::move(what));
  };
  if (auto viewed = wire::view_envelope(stored.bytes, view_); !viewed)
    return wrong("not an envelope (" + to_string(viewed.error()) + ")");
  if (stored.sequence != place.sequence || Position{view_.partition, view_.sequence} != place)
    return wrong("the envelope of " + to_string(Position{view_.partition, view_.sequence}) +
                 " stands here");
  if (view_.previous != report_.head)
    return wrong("the chain is broken: another envelope came before");
  const bool first = report_.envelopes == 0;
  if (!first && view_.committed_at < report_.last_committed)
    return wrong("committed_at runs backwards");
  if (view_.position < position_) return wrong("the inbox position runs backwards");
  if (view_.reacted_through < reacted_through_ || view_.reacted_through > report_.envelopes)
    return wrong("reacted_through " + std::to_string(view_.reacted_through) + " cannot be");
  position_ = view_.position;
  reacted_through_ = view_.reacted_through;
  report_.last_committed = view_.committed_at;
  report_.head = Digest{digest::sha256(stored.bytes)};
  report_.envelopes += 1;
  report_.facts += view_.facts.size();
  report_.size_bytes += stored.bytes.size();
  return {};
}

asio::awaitable<LogReport> verify(ports::EventLog& log) {
  LogReport report;
  report.birth = log.birth();
  const std::function<void(const ports::StoredEnvelope&)> ignore = [](const auto&) {};
  for (const auto partition : all_partitions(report.birth.counts)) {
    ChainCheck check(partition);
    const auto walked = co_await walk(log, check, ignore);
    if (!walked) report.problems.push_back(walked.error());
    report.partitions.push_back(check.report());
  }
  co_return report;
}

asio::awaitable<Result<void>> dump(ports::EventLog& log, std::ostream& out) {
  const auto birth = log.birth();
  digest::CanonicalWriter header, trailer;
  header.raw("MCDUMP1\n");
  header.raw(birth.incarnation.view());
  for (const auto count : {birth.counts.vehicle, birth.counts.campaign, birth.counts.catalog})
    header.u16(count);
  out << header.bytes();
  const std::function<void(const ports::StoredEnvelope&)> write =
      [&](const ports::StoredEnvelope& stored) {
        digest::CanonicalWriter entry;
        entry.text(stored.bytes);
        out << entry.bytes();
      };
  trailer.u32(0);
  for (const auto partition : all_partitions(birth.counts)) {
    ChainCheck check(partition);
    CO_TRY_VOID(co_await walk(log, check, write));
    trailer.u64(check.report().envelopes);
    trailer.raw(check.report().head.view());
  }
  out << trailer.bytes() << std::flush;
  if (!out) co_return failure(std::errc::io_error, "writing the dump");
  co_return Result<void>{};
}

}  // namespace motorcade::shell
