// The log's birth record: the newest record of its topic, as text. It is written again only when the
// log's state changes.
//
//   motorcade log 1
//   incarnation 0123456789abcdef0123456789abcdef
//   vehicle 8
//   campaign 2
//   catalog 2
//   state open                       as ports::LogState says; none: open
//   inbox vehicle/3 1234             the position of offset 0, if it is another than 0
//
// Topics are made before it, so where it stands all of them must be there, but those that logs of
// earlier builds lack.
#pragma once
#include "adapters/kafka/admin.hpp"
#include "engine/ports/movable_log.hpp"

namespace motorcade::kafka {

struct Birth {
  ports::LogBirth log;
  ports::LogState state = ports::LogState::kOpen;
  InboxBases inbox_bases;
};

/// Reads it; makes the log if there is none. Of several that make it at the same time one wins.
[[nodiscard]] Result<Birth> find_or_make(const Options& options, const Admin& admin);
/// As it stands now.
[[nodiscard]] Result<Birth> read_again(const Options& options, const Admin& admin);
[[nodiscard]] Result<void> write_again(const Options& options, const Birth& birth);

[[nodiscard]] std::string encode_birth(const Birth& birth);
[[nodiscard]] Result<Birth> decode_birth(const std::string& text);

}  // namespace motorcade::kafka
