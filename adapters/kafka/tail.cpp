#include "adapters/kafka/tail.hpp"

#include <algorithm>

#include "adapters/kafka/error.hpp"

namespace motorcade::kafka {
namespace {

constexpr std::int64_t kFirstLook =
    64;  ///< offsets before the end, where the last record is sought
constexpr std::int64_t kWiden = 16;
constexpr std::size_t kTakenBetweenPolls = 1000;
/// An end is noticed when a fetch finds nothing for so long; an idle process asks each broker as often.
constexpr std::chrono::milliseconds kFetchWait{100};

}  // namespace

Result<std::unique_ptr<Tail>> Tail::open(const Options& options, const Admin& admin,
                                         const InboxBases& bases) {
  TRY(auto client, make_consumer(options, kFetchWait, statistics_settings(options)));
  return std::unique_ptr<Tail>(new Tail(options, admin, bases, std::move(client)));
}

Tail::Tail(const Options& options, const Admin& admin, const InboxBases& bases, Client client)
    : options_(options), admin_(admin), bases_(bases), client_(std::move(client)) {
  queue_.reset(rd_kafka_queue_new(client_.get()));
  for (const auto stream : {Stream::kVehicle, Stream::kCampaign, Stream::kCatalog})
    for (const auto kind : {Kind::kEvents, Kind::kInbox}) {
      topics_.push_back(std::make_unique<Followable>(Followable{stream, kind, nullptr}));
      auto* settings = rd_kafka_topic_conf_new();
      // Events that are gone are damage; an inbox may be trimmed under a slow reader.
      rd_kafka_topic_conf_set(settings, "auto.offset.reset",
                              kind == Kind::kEvents ? "error" : "earliest", nullptr, 0);
      rd_kafka_topic_conf_set_opaque(settings, topics_.back().get());
      const auto name = topic_of(options.prefix, kind, stream);
      topics_.back()->topic = rd_kafka_topic_new(client_.get(), name.c_str(), settings);
    }
  thread_ = std::thread([this] { run(); });
}

Tail::~Tail() {
  close();
  for (const auto& topic : topics_) {
    for (const auto& [feed, followed] : followed_)
      if (feed.kind == topic->kind && feed.partition.stream == topic->stream)
        rd_kafka_consume_stop(topic->topic, feed.partition.number);
    rd_kafka_topic_destroy(topic->topic);
  }
}

void Tail::close() {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = true;
    changed_.notify_all();
  }
  rd_kafka_queue_yield(queue_.get());
  thread_.join();
}

Result<void> Tail::follow(const Feed& feed) {
  std::unique_lock lock(mutex_);
  if (!followed_.contains(feed)) {
    followed_[feed];
    lock.unlock();
    const auto started = start(feed);
    lock.lock();
    if (!started) {
      followed_.erase(feed);
      changed_.notify_all();
      return started;
    }
  }
  return wait(lock, feed, "finding the end of ", [](const Followed& it) { return it.known; });
}

bool Tail::follows(const Feed& feed) const {
  const std::lock_guard lock(mutex_);
  const auto found = followed_.find(feed);
  return found != followed_.end() && found->second.known;
}

Result<void> Tail::start(const Feed& feed) {
  const auto name = topic_of(options_.prefix, feed.kind, feed.partition.stream);
  TRY(const auto marks, admin_.watermarks(name, feed.partition.number));
  if (feed.kind == Kind::kEvents && marks.low > 0)
    return log_failure(LogErrc::kDamaged,
                       to_string(feed) + " lacks the offsets before " + std::to_string(marks.low));
  const auto start =
      feed.kind == Kind::kInbox ? marks.stable : std::max(marks.low, marks.stable - kFirstLook);
  const auto topic = std::find_if(topics_.begin(), topics_.end(), [&](const auto& it) {
    return it->kind == feed.kind && it->stream == feed.partition.stream;
  });
  {
    const std::lock_guard lock(mutex_);
    auto& followed = followed_[feed];
    followed.low = marks.low;
    followed.start = followed.seen = start;
    followed.asked = marks.stable;
    if (feed.kind == Kind::kInbox)
      followed.begin = base_of(bases_, feed) + static_cast<std::uint64_t>(marks.low);
  }
  if (rd_kafka_consume_start_queue((*topic)->topic, feed.partition.number, start, queue_.get()) ==
      0)
    return {};
  return tl::unexpected(error_of(rd_kafka_last_error(), "reading " + to_string(feed)));
}

Result<void> Tail::wait(std::unique_lock<std::mutex>& lock, const Feed& feed,
                        const std::string& what,
                        const std::function<bool(const Followed&)>& reached) {
  const auto deadline = std::chrono::steady_clock::now() + options_.operation_timeout;
  while (true) {
    const auto found = followed_.find(feed);
    if (closed_) return log_failure(LogErrc::kClosed, what + to_string(feed));
    if (found == followed_.end()) return log_failure(LogErrc::kUnreachable, what + to_string(feed));
    if (found->second.broken) return tl::unexpected(*found->second.broken);
    if (reached(found->second)) return {};
    if (changed_.wait_until(lock, deadline) == std::cv_status::timeout)
      return log_failure(LogErrc::kUnreachable, what + to_string(feed));
  }
}

Result<Tail::View> Tail::view(const Feed& feed, std::uint64_t from, const Amount& amount) {
  std::unique_lock lock(mutex_);
  TRY_VOID(wait(lock, feed, "reading ", [](const Followed& it) { return it.end >= it.expected; }));
  return look(followed_[feed], from, amount);
}

std::optional<std::vector<Record>> Tail::peek(const Feed& feed, std::uint64_t from,
                                              const Amount& amount) const {
  const std::lock_guard lock(mutex_);
  const auto found = followed_.find(feed);
  if (closed_ || found == followed_.end()) return std::nullopt;
  const auto& followed = found->second;
  if (followed.broken || !followed.known || followed.end < followed.expected) return std::nullopt;
  auto view = look(followed, from, amount);
  if (!view.cached) return std::nullopt;
  return std::move(view.records);
}

Tail::View Tail::look(const Followed& followed, std::uint64_t from, const Amount& amount) {
  View view{followed.begin, followed.end, false, {}};
  from = std::max(from, followed.begin);
  const auto& cache = followed.cache;
  view.cached = from >= followed.end || (!cache.empty() && cache.front().place <= from);
  if (!view.cached) return view;
  auto at =
      std::lower_bound(cache.begin(), cache.end(), from,
                       [](const Record& it, std::uint64_t place) { return it.place < place; });
  for (std::size_t bytes = 0; at != cache.end() && view.records.size() < amount.records &&
                              (bytes < amount.bytes || view.records.empty());
       ++at) {
    bytes += at->bytes.size();
    view.records.push_back(*at);
  }
  return view;
}

Result<std::uint64_t> Tail::catch_up(const Feed& feed) {
  TRY_VOID(follow(feed));
  const auto name = topic_of(options_.prefix, feed.kind, feed.partition.stream);
  TRY(const auto marks, admin_.watermarks(name, feed.partition.number));
  std::unique_lock lock(mutex_);
  TRY_VOID(wait(lock, feed, "reading to the end of ", [&](const Followed& it) {
    return it.seen >= marks.stable && it.end >= it.expected;
  }));
  return followed_[feed].end;
}

std::int64_t Tail::offset(const Feed& feed) const {
  const std::lock_guard lock(mutex_);
  const auto found = followed_.find(feed);
  return found == followed_.end() ? 0 : found->second.seen;
}

Result<void> Tail::wait_for(const Feed& feed, std::uint64_t end) {
  std::unique_lock lock(mutex_);
  return wait(lock, feed, "waiting for " + std::to_string(end) + " of ",
              [end](const Followed& it) { return it.end >= end; });
}

void Tail::expect(const Feed& feed, std::uint64_t end) {
  const std::lock_guard lock(mutex_);
  const auto found = followed_.find(feed);
  if (found != followed_.end()) found->second.expected = std::max(found->second.expected, end);
}

void Tail::trim(const Feed& feed, std::uint64_t through) {
  const std::lock_guard lock(mutex_);
  const auto found = followed_.find(feed);
  if (found == followed_.end()) return;
  auto& followed = found->second;
  followed.begin = std::max(followed.begin, through);
  while (!followed.cache.empty() && followed.cache.front().place < followed.begin) {
    followed.cache_bytes -= followed.cache.front().bytes.size();
    followed.cache.pop_front();
  }
}

void Tail::run() {
  std::size_t taken = 0;
  while (true) {
    const Message message(rd_kafka_consume_queue(queue_.get(), 1000));
    if (message && message->rkt) take(*message);
    if (!message || message->err || ++taken % kTakenBetweenPolls == 0)
      rd_kafka_poll(client_.get(), 0);
    const std::lock_guard lock(mutex_);
    if (closed_) return;
  }
}

void Tail::take(const rd_kafka_message_t& message) {
  const auto& topic = *static_cast<const Followable*>(rd_kafka_topic_opaque(message.rkt));
  const Feed feed{topic.kind, {topic.stream, static_cast<std::uint16_t>(message.partition)}};
  const std::lock_guard lock(mutex_);
  const auto found = followed_.find(feed);
  if (found == followed_.end()) return;
  switch (message.err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      take_record(feed, found->second, message);
      break;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      take_end(feed, found->second, message);
      break;
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      found->second.broken = error_of(message.err, "reading " + to_string(feed) + " at offset " +
                                                       std::to_string(message.offset));
      break;
    default:  // librdkafka tries again
      break;
  }
  changed_.notify_all();
}

void Tail::take_record(const Feed& feed, Followed& followed, const rd_kafka_message_t& message) {
  if (followed.broken) return;
  const auto place = place_of(feed.kind, message, base_of(bases_, feed));
  if (place && feed.kind == Kind::kInbox && *place < followed.end) return;  // read again
  const bool dense = feed.kind == Kind::kInbox || !followed.found || place == followed.end;
  if (!place || !dense) {
    followed.broken =
        Error{make_error_code(LogErrc::kDamaged),
              to_string(feed) + " has " + (place ? std::to_string(*place) : "a stranger's record") +
                  " at offset " + std::to_string(message.offset) + ", where " +
                  std::to_string(followed.end) + " belongs"};
    return;
  }
  followed.found = true;
  followed.end = *place + 1;
  followed.seen = message.offset + 1;
  // Under an inflow that this consumer never outruns no end is ever met.
  followed.known = followed.known || followed.seen >= followed.asked;
  followed.cache.push_back({*place, {static_cast<const char*>(message.payload), message.len}});
  followed.cache_bytes += message.len;
  while (followed.cache_bytes > options_.tail_bytes) {
    followed.cache_bytes -= followed.cache.front().bytes.size();
    followed.cache.pop_front();
  }
  ends(feed.kind).publish(feed.partition, followed.end);
}

void Tail::take_end(const Feed& feed, Followed& followed, const rd_kafka_message_t& message) {
  followed.seen = std::max(followed.seen, message.offset);
  if (feed.kind == Kind::kInbox) {
    const auto offset = static_cast<std::uint64_t>(message.offset);
    followed.end = std::max(followed.end, base_of(bases_, feed) + offset);
    ends(feed.kind).publish(feed.partition, followed.end);
  } else if (!followed.found && followed.start > followed.low) {
    // Nothing but aborted records and markers so far: the last envelope is further back.
    followed.start =
        std::max(followed.low, message.offset - (message.offset - followed.start) * kWiden);
    for (const auto& topic : topics_)
      if (topic->kind == feed.kind && topic->stream == feed.partition.stream)
        rd_kafka_seek(topic->topic, feed.partition.number, followed.start, 0);
    return;
  }
  followed.known = true;
}

}  // namespace motorcade::kafka
