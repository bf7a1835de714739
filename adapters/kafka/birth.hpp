// The log's birth record: the only record of its topic, as text.
//
//   motorcade log 1
//   incarnation 0123456789abcdef0123456789abcdef
//   vehicle 8
//   campaign 2
//   catalog 2
//
// Topics are made before it, so where it stands all of them must be there.
#pragma once
#include "adapters/kafka/admin.hpp"
#include "engine/ports/log.hpp"

namespace motorcade::kafka {

/// Reads it; makes the log if there is none. Of several that make it at the same time one wins.
[[nodiscard]] Result<ports::LogBirth> find_or_make(const Options& options, const Admin& admin);

[[nodiscard]] std::string encode_birth(const ports::LogBirth& birth);
[[nodiscard]] Result<ports::LogBirth> decode_birth(const std::string& text);

}  // namespace motorcade::kafka
