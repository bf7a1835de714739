// A transactional producer for one event partition, and the thread that it blocks. Its
// transactional id belongs to the partition: whoever initialises it last fences all others, and
// ends what they left open.
#pragma once
#include <boost/asio/thread_pool.hpp>

#include "adapters/kafka/tail.hpp"
#include "engine/ports/log.hpp"

namespace motorcade::kafka {

/// One call at a time, on `thread()`; `refuse` may be asked from elsewhere between two calls.
class Session {
 public:
  Session(const Options& options, Tail& tail, Partition partition)
      : options_(options), tail_(tail), partition_(partition) {}

  /// Fences every earlier writer, waits until what they left is decided, and answers the sequence
  /// that comes next.
  Result<std::uint64_t> take_over();
  /// One transaction. Answers when the envelopes are durable and were read back.
  ports::AppendOutcome append(const std::vector<std::string>& envelopes);
  /// What can be told without asking anybody.
  [[nodiscard]] std::optional<ports::AppendOutcome> refuse(
      Sequence next, const std::vector<std::string>& envelopes) const;

  [[nodiscard]] boost::asio::thread_pool& thread() { return thread_; }

 private:
  Result<void> connect();
  ports::AppendOutcome attempt(const std::vector<std::string>& envelopes);
  std::optional<Error> produce(const std::vector<std::string>& envelopes);
  ports::AppendOutcome forked(const std::string& where);
  ports::AppendOutcome abort(Error why);
  ports::AppendOutcome commit(std::size_t count);
  ports::AppendOutcome end_as(ports::Appended outcome, Error why);

  const Options& options_;
  Tail& tail_;
  const Partition partition_;
  Callbacks callbacks_;
  Client producer_;
  Topic topic_;
  std::uint64_t next_ = 0;
  std::optional<std::int64_t> read_to_;       ///< by the takeover; until its first commit
  std::optional<std::int64_t> first_offset_;  ///< of this transaction's records
  rd_kafka_resp_err_t undelivered_ =
      RD_KAFKA_RESP_ERR_NO_ERROR;  ///< of this transaction, the first
  std::optional<Error> ended_;     ///< fenced or unknown: never used again
  boost::asio::thread_pool thread_{1};
};

}  // namespace motorcade::kafka
