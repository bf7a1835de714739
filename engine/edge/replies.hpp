// What became of a request: the envelope whose cause carries its id. One tail per event partition
// and process, begun at the end that the partition had then; it reads only while somebody waits.
//
// Register first (expect), append the record, then wait. What was committed before the ticket was
// made is for the read model to tell.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/strand.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/edge/journal.hpp"
#include "engine/ports/log.hpp"
#include "events/envelope.hpp"

namespace motorcade::edge {

namespace asio = boost::asio;

struct Outcome {
  Position position;
  Time committed_at;
  std::vector<StoredFact> facts;
};

/// Thread-safe. Tickets and waits belong to one strand each (a connection's).
class Replies {
 public:
  Replies(asio::any_io_executor executor, ports::EventLog& log, Journal journal = {});
  ~Replies();

  /// Finds the ends of all partitions and begins to follow them.
  [[nodiscard]] asio::awaitable<Result<void>> start();
  /// Ends the tails; waits go on to their timeouts. The log may go when the executor has run dry.
  void stop();

  class Ticket;
  /// The executor is the waiter's own: a strand, or a context with one thread.
  [[nodiscard]] Ticket expect(MessageId id, asio::any_io_executor executor);

 private:
  struct State;
  struct Waiter;
  struct Tail;
  static asio::awaitable<void> follow(std::shared_ptr<State> state, std::shared_ptr<Tail> tail);

  asio::any_io_executor executor_;
  std::shared_ptr<State> state_;
  std::vector<std::shared_ptr<Tail>> tails_;
};

class Replies::Ticket {
 public:
  Ticket(std::shared_ptr<State> state, MessageId id, asio::any_io_executor executor);
  Ticket(Ticket&&) noexcept = default;
  Ticket& operator=(Ticket&&) = delete;
  ~Ticket();

  /// None: not within `timeout`; it may still come.
  [[nodiscard]] asio::awaitable<std::optional<Outcome>> outcome(Duration timeout);
  /// Whether every partition of `stream` has, since the ticket was made and within `timeout`, taken
  /// a message that was sent at `source` or later by the same partition.
  [[nodiscard]] asio::awaitable<bool> heard_by(Stream stream, Position source, Duration timeout);

 private:
  std::shared_ptr<State> state_;
  std::shared_ptr<Waiter> waiter_;
};

}  // namespace motorcade::edge
