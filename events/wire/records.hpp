// Inbox records: what an edge, or an owner with a message, appends to an inbox.
#pragma once
#include <string>
#include <string_view>

#include "events/envelope.hpp"
#include "events/result.hpp"

namespace motorcade::wire {

/// Edges refuse bodies long before this; it keeps a damaged record from asking for memory.
inline constexpr std::size_t kMaxRecordBytes = 4 << 20;

[[nodiscard]] std::string encode_record(const InboxRecord& record);
/// kMalformed, kTooLarge, kUnknownType (the kind), kInvalid.
[[nodiscard]] Result<InboxRecord> decode_record(std::string_view bytes);

}  // namespace motorcade::wire
