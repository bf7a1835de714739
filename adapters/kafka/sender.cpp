#include "adapters/kafka/sender.hpp"

#include "adapters/kafka/error.hpp"

namespace motorcade::kafka {
namespace {

/// Records that were sent together. Each that is under way holds a share; the last one answers.
class Sending {
 public:
  Sending(Feed feed, ports::Answer<Result<InboxPosition>> answer)
      : feed_(feed), answer_(std::move(answer)) {}
  ~Sending() {
    if (failed_)
      answer_(tl::unexpected(*std::move(failed_)));
    else
      answer_(InboxPosition{first_});
  }
  Sending(const Sending&) = delete;
  Sending& operator=(const Sending&) = delete;

  [[nodiscard]] const Feed& feed() const { return feed_; }
  void delivered(std::uint64_t position) {
    const std::lock_guard lock(mutex_);
    first_ = std::min(first_, position);
  }
  void failed(rd_kafka_resp_err_t code) {
    const std::lock_guard lock(mutex_);
    if (!failed_) failed_ = error_of(code, "sending to " + to_string(feed_));
  }

 private:
  const Feed feed_;
  ports::Answer<Result<InboxPosition>> answer_;
  std::mutex mutex_;
  std::uint64_t first_ = UINT64_MAX;
  std::optional<Error> failed_;
};
using Share = std::shared_ptr<Sending>;

}  // namespace

Result<std::unique_ptr<Sender>> Sender::open(const Options& options, Tail& tail,
                                             const InboxBases& bases) {
  std::unique_ptr<Sender> sender(new Sender(options, tail, bases));
  TRY_VOID(sender->connect());
  return sender;
}

Sender::Sender(const Options& options, Tail& tail, const InboxBases& bases) : options_(options) {
  callbacks_.delivered = [&tail, &bases](const rd_kafka_message_t& message) {
    const std::unique_ptr<Share> share(static_cast<Share*>(message._private));
    if (message.err) return (*share)->failed(message.err);
    const auto offset = static_cast<std::uint64_t>(message.offset);
    const auto position = base_of(bases, (*share)->feed()) + offset;
    tail.expect((*share)->feed(), position + 1);
    (*share)->delivered(position);
  };
}

Sender::~Sender() {
  disconnect();
}

Result<void> Sender::connect() {
  auto settings = producer_settings(options_);
  settings.emplace_back("message.timeout.ms", "0");  // for ever: what was taken is not given up
  TRY(producer_, make_client(RD_KAFKA_PRODUCER, options_, settings, &callbacks_));
  closing_ = false;
  thread_ = std::thread([this] {
    while (!closing_) rd_kafka_poll(producer_.get(), 50);
  });
  return {};
}

/// What is under way is answered as failed.
void Sender::disconnect() {
  if (!producer_) return;
  closing_ = true;
  thread_.join();
  rd_kafka_purge(producer_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(producer_.get(), milliseconds(options_.operation_timeout));
  producer_.reset();
}

void Sender::send(Partition partition, const std::vector<std::string>& records,
                  ports::Answer<Result<InboxPosition>> answer) {
  const Feed feed{Kind::kInbox, partition};
  const std::lock_guard lock(mutex_);
  // Its sequence numbers no longer fit the brokers': only a new session can go on.
  if (producer_ && rd_kafka_fatal_error(producer_.get(), nullptr, 0)) disconnect();
  if (!producer_)
    if (auto connected = connect(); !connected)
      return answer(tl::unexpected(std::move(connected).error()));
  const auto topic = topic_of(options_.prefix, feed.kind, partition.stream);
  const auto sending = std::make_shared<Sending>(feed, std::move(answer));
  for (const auto& record : records) {
    auto share = std::make_unique<Share>(sending);
    const auto code = rd_kafka_producev(
        producer_.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition.number),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_VALUE(const_cast<char*>(record.data()), record.size()),
        RD_KAFKA_V_OPAQUE(share.get()), RD_KAFKA_V_END);
    if (code) return sending->failed(code);
    (void)share.release();  // comes back with the delivery report
  }
}

}  // namespace motorcade::kafka
