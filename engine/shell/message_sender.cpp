#include "engine/shell/message_sender.hpp"

#include <boost/asio/co_spawn.hpp>

#include "engine/shell/signal.hpp"
#include "events/wire/messages.hpp"
#include "events/wire/records.hpp"

namespace motorcade::shell {
namespace {
constexpr std::size_t kRecordsPerSend = 500;
}

/// One attempt at all lanes that are due.
struct MessageSender::Round {
  explicit Round(const asio::any_io_executor& executor) : done(executor) {}
  std::size_t left = 0;
  Result<void> result;
  std::exception_ptr failed;
  Signal done;
};

void MessageSender::queue(Outgoing outgoing) {
  const auto to = outgoing.message.to;
  lanes_[to].queued.push_back(std::move(outgoing));
  ++queued_;
}

void MessageSender::reset() {
  lanes_.clear();
  queued_ = 0;
}

Sequence MessageSender::reacted_through(Sequence next) const {
  for (const auto& [to, lane] : lanes_)
    if (!lane.queued.empty()) next = std::min(next, lane.queued.front().id.sequence);
  return next;
}

std::vector<std::string> MessageSender::encode(const Lane& lane, std::size_t count) {
  std::vector<std::string> records;
  records.reserve(count);
  auto previous = lane.previous;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& out = lane.queued[i];
    InboxRecord record;
    record.partition = out.message.to;
    record.kind = RecordKind::kMessage;
    record.cause = MessageCause{incarnation_, out.id, previous};
    record.occurred_at = out.recorded_at;
    record.recorded_at = out.recorded_at;
    record.correlation = out.correlation;
    record.actor = "owner";
    record.content_type = ContentType::kProtobuf;
    record.body = wire::encode_message(out.message.body);
    records.push_back(wire::encode_record(record));
    previous = out.id;
  }
  return records;
}

Time MessageSender::due() const {
  auto due = Time::max();
  for (const auto& [to, lane] : lanes_)
    if (!lane.queued.empty()) due = std::min(due, lane.due);
  return due;
}

asio::awaitable<Result<void>> MessageSender::send(Time now) {
  const auto executor = co_await asio::this_coro::executor;
  const auto round = std::make_shared<Round>(executor);
  for (auto& [to, lane] : lanes_) {
    if (lane.queued.empty() || now < lane.due) continue;
    ++round->left;
    asio::co_spawn(executor, try_lane(to, lane, now),
                   [round](const std::exception_ptr& failed, Result<void> sent) {
                     if (failed) round->failed = failed;
                     if (!sent && round->result) round->result = std::move(sent);
                     if (--round->left == 0) round->done.wake();
                   });
  }
  while (round->left > 0) co_await round->done.wait();
  if (round->failed) std::rethrow_exception(round->failed);
  co_return round->result;
}

asio::awaitable<Result<void>> MessageSender::try_lane(Partition to, Lane& lane, Time now) {
  auto sent = co_await send(to, lane);
  if (!sent) lane.due = now + retry_;
  co_return sent;
}

asio::awaitable<Result<void>> MessageSender::send(Partition to, Lane& lane) {
  while (!lane.queued.empty()) {
    const auto count = std::min(lane.queued.size(), kRecordsPerSend);
    auto records = encode(lane, count);
    const auto sent = co_await inbox_.send(to, std::move(records));
    if (!sent) {
      lane.previous.reset();
      co_return failure(sent.error().code, to_string(to) + ": " + sent.error().context);
    }
    lane.previous = lane.queued[count - 1].id;
    lane.queued.erase(lane.queued.begin(),
                      lane.queued.begin() + static_cast<std::ptrdiff_t>(count));
    queued_ -= count;
  }
  co_return Result<void>{};
}

}  // namespace motorcade::shell
