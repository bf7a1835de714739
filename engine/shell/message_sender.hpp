// Sends what react() said into other inboxes, in sequence order, after the commit (truth 6).
//
// Each inbox has its own lane: one that is out of reach keeps its messages, in order, and holds up
// no other. A session's messages to one inbox name each its predecessor. When a send fails nothing
// is known of it: a new session starts there, at the first message that was not acknowledged, and
// names no predecessor.
#pragma once
#include <deque>
#include <map>
#include <vector>

#include "engine/ports/log.hpp"
#include "events/message.hpp"

namespace motorcade::shell {

namespace asio = boost::asio;

/// A message with all that its record needs.
struct Outgoing {
  InternalMessageId id;
  MessageId correlation;
  Time recorded_at;
  Message message;
};

class MessageSender {
 public:
  /// An inbox that was out of reach is tried again after `retry`.
  MessageSender(ports::Inbox& inbox, const Incarnation& incarnation, Duration retry)
      : inbox_(inbox), incarnation_(incarnation), retry_(retry) {}

  /// Sends what is due, to all inboxes at once, to each in order. Where it fails the rest stays
  /// queued; the first of the failures is answered. On one strand or thread; one call at a time.
  asio::awaitable<Result<void>> send(Time now);
  /// When to call it again, while not idle.
  [[nodiscard]] Time due() const;
  void queue(Outgoing outgoing);
  [[nodiscard]] bool idle() const { return queued_ == 0; }
  [[nodiscard]] std::size_t queued() const { return queued_; }
  /// Every message of envelopes before this was acknowledged; `next` follows the last of them.
  [[nodiscard]] Sequence reacted_through(Sequence next) const;
  /// Another owner's life, another session: forgets everything.
  void reset();

 private:
  struct Lane {
    std::deque<Outgoing> queued;
    std::optional<InternalMessageId> previous;
    Time due;  ///< when it may be tried
  };
  struct Round;
  asio::awaitable<Result<void>> try_lane(Partition to, Lane& lane, Time now);
  asio::awaitable<Result<void>> send(Partition to, Lane& lane);
  [[nodiscard]] std::vector<std::string> encode(const Lane& lane, std::size_t count);

  ports::Inbox& inbox_;
  Incarnation incarnation_;
  Duration retry_;
  std::map<Partition, Lane> lanes_;
  std::size_t queued_ = 0;
};

}  // namespace motorcade::shell
