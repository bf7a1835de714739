// Follows the end of every partition that this process reads: one consumer, one thread. It knows
// where each ends, keeps the last records in memory for those who have caught up, and checks that
// what arrives is whole: sequences without holes or forks.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "adapters/kafka/admin.hpp"
#include "engine/ports/growing_ends.hpp"

namespace motorcade::kafka {

/// How much a read brings: at least one record if there is one.
struct Amount {
  std::size_t bytes = SIZE_MAX;
  std::size_t records = SIZE_MAX;
};

class Tail {
 public:
  static Result<std::unique_ptr<Tail>> open(const Options& options, const Admin& admin,
                                            const InboxBases& bases);
  ~Tail();
  /// Ends the thread; who waits is refused.
  void close();

  /// What is known of a partition's records. Places in [begin, end) are there, or were trimmed.
  struct View {
    std::uint64_t begin{}, end{};
    bool cached = false;          ///< `records` holds what was asked for
    std::vector<Record> records;  ///< from `from` on
  };
  /// Follows the partition from now on. Blocks until its end is known.
  Result<void> follow(const Feed& feed);
  [[nodiscard]] bool follows(const Feed& feed) const;
  /// Of a partition that is followed. Does not block, unless records that this process has sent are
  /// still on their way here.
  Result<View> view(const Feed& feed, std::uint64_t from, const Amount& amount);
  /// The same without waiting; nothing: memory does not have it.
  [[nodiscard]] std::optional<std::vector<Record>> peek(const Feed& feed, std::uint64_t from,
                                                        const Amount& amount) const;
  /// The end that the brokers know at this moment. Blocks until all before it has been seen here.
  Result<std::uint64_t> catch_up(const Feed& feed);
  /// All offsets before it have been passed here.
  [[nodiscard]] std::int64_t offset(const Feed& feed) const;
  /// Blocks until the end is `end` at least.
  Result<void> wait_for(const Feed& feed, std::uint64_t end);
  /// The brokers have all before `end`: no view may show less.
  void expect(const Feed& feed, std::uint64_t end);
  void trim(const Feed& feed, std::uint64_t through);

  [[nodiscard]] ports::GrowingEnds& ends(Kind kind) {
    return kind == Kind::kEvents ? event_ends_ : inbox_ends_;
  }

 private:
  struct Followed {
    std::int64_t low{}, start{};  ///< offsets: the first there is; where this consumer began
    std::int64_t asked{};         ///< the end when it was begun
    std::int64_t seen{};          ///< all offsets before it have been passed
    bool known = false;           ///< an end was reached once
    bool found = false;           ///< a record was seen
    std::uint64_t begin{}, end{}, expected{};
    std::deque<Record> cache;
    std::size_t cache_bytes = 0;
    std::optional<Error> broken;
  };
  struct Followable {
    Stream stream;
    Kind kind;
    rd_kafka_topic_t* topic;
  };

  Tail(const Options& options, const Admin& admin, const InboxBases& bases, Client client);
  Result<void> start(const Feed& feed);
  static View look(const Followed& followed, std::uint64_t from, const Amount& amount);
  void run();
  void take(const rd_kafka_message_t& message);
  void take_record(const Feed& feed, Followed& followed, const rd_kafka_message_t& message);
  void take_end(const Feed& feed, Followed& followed, const rd_kafka_message_t& message);
  Result<void> wait(std::unique_lock<std::mutex>& lock, const Feed& feed, const std::string& what,
                    const std::function<bool(const Followed&)>& reached);

  const Options& options_;
  const Admin& admin_;
  const InboxBases& bases_;
  Client client_;
  std::vector<std::unique_ptr<Followable>> topics_;
  Queue queue_;
  ports::GrowingEnds event_ends_, inbox_ends_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Feed, Followed> followed_;
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace motorcade::kafka
