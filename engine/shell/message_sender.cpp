#include "engine/shell/message_sender.hpp"

#include "events/wire/messages.hpp"
#include "events/wire/records.hpp"

namespace motorcade::shell {
namespace {
constexpr std::size_t kRecordsPerSend = 500;
}

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
  Result<void> result;
  for (auto& [to, lane] : lanes_) {
    if (lane.queued.empty() || now < lane.due) continue;
    const auto sent = co_await send(to, lane);
    if (sent) continue;
    lane.due = now + retry_;
    if (result) result = sent;
  }
  co_return result;
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
