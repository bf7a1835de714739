// A log that can move to another kind of log: its copy keeps incarnation, sequences, chain and inbox
// positions, so that nobody who refers to a place notices; and only one of the two is ever open.
//
//   born as a copy: arriving -> open -> leaving -> moved
#pragma once
#include <map>

#include "engine/ports/log.hpp"

namespace motorcade::ports {

enum class LogState : std::uint8_t {
  kOpen,
  kArriving,  ///< a copy that is not whole yet
  kLeaving,   ///< being copied: closed, but still the truth
  kMoved,     ///< its copy is the truth
};
[[nodiscard]] constexpr std::string_view to_string(LogState state) {
  constexpr std::string_view kNames[]{"open", "arriving", "leaving", "moved"};
  return kNames[static_cast<std::size_t>(state)];
}

/// What a copy is born with.
struct Heritage {
  LogBirth birth;
  std::map<Partition, InboxPosition> inbox_begins;  ///< all before was taken
};

class MovableLog : public EventLog, public Inbox {
 public:
  /// As it was when the log was opened, or set here. Blocks.
  [[nodiscard]] virtual LogState state() const = 0;
  /// Durable when it answers. Who opens the log, or takes a partition over, looks at it.
  virtual Result<void> set_state(LogState state) = 0;
};

}  // namespace motorcade::ports
