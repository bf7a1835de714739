#include "engine/shell/log_move.hpp"

#include "engine/shell/log_tools.hpp"
#include "engine/shell/replay.hpp"

namespace motorcade::shell {
namespace {

using ports::LogState;

constexpr std::size_t kCopyBytes = 4 << 20, kCopyRecords = 64;

/// The next inbox record to take, as the last envelope has it.
asio::awaitable<Result<InboxPosition>> position_of(ports::EventLog& log, Partition partition) {
  CO_TRY(const auto end, co_await log.end(partition));
  if (end.value == 0) co_return InboxPosition{};
  const Sequence last{end.value - 1};
  CO_TRY(const auto found, co_await log.read(partition, last, 1));
  if (found.empty())
    co_return failure(std::errc::bad_message, to_string(Position{partition, last}) + " is missing");
  wire::EnvelopeView view;
  CO_TRY_VOID(wire::view_envelope(found.front().bytes, view));
  co_return view.position;
}

asio::awaitable<Result<PartitionReport>> copy_events(ports::EventLog& from, ports::EventLog& to,
                                                     Partition partition) {
  ChainCheck check(partition);
  CO_TRY(const auto writer, co_await to.take_over(partition));
  while (true) {
    const Sequence next{check.report().envelopes};
    CO_TRY(const auto batch, co_await from.read(partition, next, kCopyBytes));
    if (batch.empty()) break;
    std::vector<std::string> envelopes;
    for (const auto& stored : batch) {
      CO_TRY_VOID(check.next(stored));
      envelopes.push_back(stored.bytes);
    }
    const auto appended = co_await writer->append(next, envelopes);
    if (appended.outcome != ports::Appended::kCommitted) co_return tl::unexpected(appended.error);
  }
  co_return check.report();
}

asio::awaitable<Result<std::uint64_t>> copy_inbox(ports::Inbox& from, ports::Inbox& to,
                                                  Partition partition, InboxPosition begin) {
  auto next = begin;
  while (true) {
    CO_TRY(const auto batch, co_await from.read_inbox(partition, next, kCopyRecords));
    if (batch.empty()) co_return next.value - begin.value;
    std::vector<std::string> records;
    for (const auto& placed : batch) records.push_back(placed.bytes);
    const auto where = "the inbox of " + to_string(partition) + " at " + std::to_string(next.value);
    if (batch.back().position.value != next.value + records.size() - 1)
      co_return failure(std::errc::bad_message, where + " has a hole");
    CO_TRY(const auto first, co_await to.send(partition, std::move(records)));
    if (first != next)
      co_return failure(std::errc::bad_message, where + " was copied to another place");
    next.value += batch.size();
  }
}

}  // namespace

asio::awaitable<Result<ports::Heritage>> close_for_move(ports::MovableLog& log) {
  const auto state = log.state();
  if (state != LogState::kOpen && state != LogState::kLeaving)
    co_return failure(std::errc::operation_not_permitted,
                      "the log that should move is " + std::string(to_string(state)));
  CO_TRY_VOID(log.set_state(LogState::kLeaving));
  ports::Heritage heritage{log.birth(), {}};
  for (const auto partition : all_partitions(heritage.birth.counts)) {
    CO_TRY(const auto writer, co_await log.take_over(partition));
    CO_TRY(heritage.inbox_begins[partition], co_await position_of(log, partition));
  }
  co_return heritage;
}

asio::awaitable<Result<Moved>> move_log(ports::MovableLog& from, ports::MovableLog& to) {
  if (to.state() != LogState::kArriving || to.birth().incarnation != from.birth().incarnation)
    co_return failure(std::errc::operation_not_permitted, "the target is not made for this copy");
  Moved moved;
  std::vector<Digest> heads;
  for (const auto partition : all_partitions(from.birth().counts)) {
    CO_TRY(const auto copied, co_await copy_events(from, to, partition));
    CO_TRY(const auto begin, co_await position_of(from, partition));
    CO_TRY(const auto records, co_await copy_inbox(from, to, partition, begin));
    heads.push_back(copied.head);
    moved.envelopes += copied.envelopes;
    moved.facts += copied.facts;
    moved.records += records;
  }
  const auto report = co_await verify(to);
  if (!report.problems.empty()) co_return tl::unexpected(report.problems.front());
  for (std::size_t i = 0; i < heads.size(); ++i)
    if (report.partitions[i].head != heads[i])
      co_return failure(
          std::errc::bad_message,
          "the copy of " + to_string(report.partitions[i].partition) + " ends otherwise");
  CO_TRY_VOID(to.set_state(LogState::kOpen));
  if (const auto marked = from.set_state(LogState::kMoved); !marked)
    co_return failure(marked.error().code, marked.error().context +
                                               " (the copy is whole, and open; only the old log's "
                                               "mark is missing: do not copy again)");
  co_return moved;
}

}  // namespace motorcade::shell
