#include "adapters/kafka/history.hpp"

#include <algorithm>

#include "adapters/kafka/error.hpp"

namespace motorcade::kafka {
namespace {

constexpr std::chrono::milliseconds kFetchWait{10};  ///< also delays a cursor that goes elsewhere

}  // namespace

class Cursor {
 public:
  Cursor(const Options& options, const InboxBases& bases, std::atomic<std::uint64_t>& passed_over,
         Client client)
      : options_(options), bases_(bases), passed_over_(passed_over), client_(std::move(client)) {}
  ~Cursor() { stop(); }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  [[nodiscard]] bool is_at(const Feed& feed, std::uint64_t place) const {
    return topic_ && feed_ == feed && next_ == place;
  }
  [[nodiscard]] bool is_stopped() const { return !topic_; }
  Result<void> go(const Feed& feed, std::uint64_t place) {
    stop();
    TRY(const auto offset, offset_of(feed, place));
    auto* settings = rd_kafka_topic_conf_new();
    rd_kafka_topic_conf_set(settings, "auto.offset.reset",
                            feed.kind == Kind::kEvents ? "error" : "earliest", nullptr, 0);
    const auto name = topic_of(options_.prefix, feed.kind, feed.partition.stream);
    Topic topic(rd_kafka_topic_new(client_.get(), name.c_str(), settings));
    if (rd_kafka_consume_start(topic.get(), feed.partition.number, offset) != 0)
      return tl::unexpected(error_of(rd_kafka_last_error(), "reading " + to_string(feed)));
    topic_ = std::move(topic);
    feed_ = feed;
    next_ = place;
    return {};
  }
  Result<std::vector<Record>> read(std::uint64_t end, const Amount& amount) {
    std::vector<Record> found;
    std::size_t bytes = 0;
    const auto deadline = std::chrono::steady_clock::now() + options_.operation_timeout;
    while (next_ < end && found.size() < amount.records &&
           (bytes < amount.bytes || found.empty())) {
      const Message message(rd_kafka_consume(topic_.get(), feed_.partition.number, 100));
      if (message && message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF && feed_.kind == Kind::kInbox)
        break;  // the rest was trimmed
      if (message && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        TRY_VOID(take(*message, found));
        if (!found.empty()) bytes += found.back().bytes.size();
      } else if (message && message->err == RD_KAFKA_RESP_ERR__BAD_MSG) {
        return tl::unexpected(error_of(message->err, where()));  // librdkafka would go on behind it
      } else if (std::chrono::steady_clock::now() > deadline) {
        return log_failure(LogErrc::kUnreachable, where());
      } else if (message && message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
        return tl::unexpected(error_of(message->err, where()));
      }
    }
    if (next_ >= end) stop();  // from here on the tail has it
    return found;
  }

 private:
  void stop() {
    if (topic_) rd_kafka_consume_stop(topic_.get(), feed_.partition.number);
    topic_.reset();
  }
  [[nodiscard]] std::string where() const {
    return "reading " + to_string(feed_) + " at " + std::to_string(next_);
  }
  Result<void> take(const rd_kafka_message_t& message, std::vector<Record>& found) {
    const auto place = place_of(feed_.kind, message, base_of(bases_, feed_));
    if (place && *place < next_) {  // the index led to a little before
      ++passed_over_;
      return {};
    }
    if (!place || (feed_.kind == Kind::kEvents && *place != next_))
      return log_failure(LogErrc::kDamaged,
                         where() + ": another record at offset " + std::to_string(message.offset));
    found.push_back({*place, {static_cast<const char*>(message.payload), message.len}});
    next_ = *place + 1;
    return {};
  }
  /// At or before the record of that place.
  Result<std::int64_t> offset_of(const Feed& feed, std::uint64_t place) {
    if (feed.kind == Kind::kInbox || place == 0)
      return static_cast<std::int64_t>(place - base_of(bases_, feed));
    const auto name = topic_of(options_.prefix, feed.kind, feed.partition.stream);
    const auto tried = "finding " + std::to_string(place) + " in " + to_string(feed);
    TRY(const auto offset, find_offset(client_.get(), name, feed.partition.number,
                                       timestamp_of(place), options_.operation_timeout, tried));
    if (offset < 0) return log_failure(LogErrc::kDamaged, tried + ": it is not there");
    return offset;
  }

  const Options& options_;
  const InboxBases& bases_;
  std::atomic<std::uint64_t>& passed_over_;
  Client client_;
  Topic topic_;  ///< none: stopped
  Feed feed_;
  std::uint64_t next_ = 0;
};

History::History(const Options& options, const InboxBases& bases, std::size_t readers)
    : options_(options), bases_(bases), readers_(readers) {}
History::~History() = default;

Result<std::vector<Record>> History::read(const Feed& feed, std::uint64_t from, std::uint64_t end,
                                          const Amount& amount) {
  TRY(auto cursor, take(feed, from));
  if (!cursor->is_at(feed, from)) TRY_VOID(cursor->go(feed, from));
  TRY(auto found, cursor->read(end, amount));
  put_back(std::move(cursor));
  return found;
}

Result<std::unique_ptr<Cursor>> History::take(const Feed& feed, std::uint64_t from) {
  const std::lock_guard lock(mutex_);
  auto best = std::find_if(idle_.begin(), idle_.end(),
                           [&](const auto& cursor) { return cursor->is_at(feed, from); });
  if (best == idle_.end())
    best = std::find_if(idle_.begin(), idle_.end(),
                        [](const auto& cursor) { return cursor->is_stopped(); });
  if (best == idle_.end() && idle_.size() >= readers_) best = idle_.begin();
  if (best != idle_.end()) {
    auto cursor = std::move(*best);
    idle_.erase(best);
    return cursor;
  }
  TRY(auto client, make_consumer(options_, kFetchWait));
  return std::make_unique<Cursor>(options_, bases_, passed_over_, std::move(client));
}

void History::put_back(std::unique_ptr<Cursor> cursor) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(cursor));
}

}  // namespace motorcade::kafka
