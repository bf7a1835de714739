// Moving a log: `close`, then the copy is made with what it answered, then `move`. A crash leaves the
// old log closed but whole, and a copy that nobody opens; begin again with another new one.
#pragma once
#include "engine/ports/movable_log.hpp"

namespace motorcade::shell {

namespace asio = boost::asio;

/// Closes the log and fences whoever still writes to it. Answers what its copy is to be born with.
[[nodiscard]] asio::awaitable<Result<ports::Heritage>> close_for_move(ports::MovableLog& log);

struct Moved {
  std::uint64_t envelopes = 0, facts = 0, records = 0;
};
/// Copies every envelope, and the inbox records that are not taken yet; compares both; opens the copy
/// and closes the original for good.
[[nodiscard]] asio::awaitable<Result<Moved>> move_log(ports::MovableLog& from,
                                                      ports::MovableLog& to);

}  // namespace motorcade::shell
