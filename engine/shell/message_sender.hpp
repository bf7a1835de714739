// Sends what react() said into other inboxes, in sequence order, after the commit (truth 6).
//
// A session's messages to one inbox name each its predecessor. When a send fails nothing is known
// of it: a new session starts there, at the first message that was not acknowledged, and names no
// predecessor.
#pragma once
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
  MessageSender(ports::Inbox& inbox, const Incarnation& incarnation)
      : inbox_(inbox), incarnation_(incarnation) {}

  /// Sends all, by inbox, each in order. On failure the rest stays queued; call again.
  asio::awaitable<Result<void>> send();
  void queue(Outgoing outgoing);
  [[nodiscard]] bool idle() const { return waiting_.empty(); }
  /// Another owner's life, another session: forgets everything.
  void reset();

 private:
  struct Lane {
    std::vector<Outgoing> queued;
    std::optional<InternalMessageId> previous;
  };
  [[nodiscard]] std::vector<std::string> encode(Lane& lane, std::size_t count);

  ports::Inbox& inbox_;
  Incarnation incarnation_;
  std::map<Partition, Lane> lanes_;
  std::vector<Partition> waiting_;  ///< lanes with something queued
};

}  // namespace motorcade::shell
