#include "engine/shell/message_sender.hpp"

#include "events/wire/messages.hpp"
#include "events/wire/records.hpp"

namespace motorcade::shell {
namespace {
constexpr std::size_t kRecordsPerSend = 500;
}

void MessageSender::queue(Outgoing outgoing) {
  const auto to = outgoing.message.to;
  auto& lane = lanes_[to];
  if (lane.queued.empty()) waiting_.push_back(to);
  lane.queued.push_back(std::move(outgoing));
}

void MessageSender::reset() {
  lanes_.clear();
  waiting_.clear();
}

std::vector<std::string> MessageSender::encode(Lane& lane, std::size_t count) {
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

asio::awaitable<Result<void>> MessageSender::send() {
  while (!waiting_.empty()) {
    const auto to = waiting_.front();
    auto& lane = lanes_[to];
    const auto count = std::min(lane.queued.size(), kRecordsPerSend);
    auto records = encode(lane, count);
    const auto sent = co_await inbox_.send(to, std::move(records));
    if (!sent) {
      lane.previous.reset();
      co_return tl::unexpected(sent.error());
    }
    lane.previous = lane.queued[count - 1].id;
    lane.queued.erase(lane.queued.begin(),
                      lane.queued.begin() + static_cast<std::ptrdiff_t>(count));
    if (lane.queued.empty()) waiting_.erase(waiting_.begin());
  }
  co_return Result<void>{};
}

}  // namespace motorcade::shell
