// Messages between state machines: the bodies of inbox records of kind kMessage.
#pragma once
#include <string>
#include <string_view>

#include "events/message.hpp"
#include "events/result.hpp"

namespace motorcade::wire {

[[nodiscard]] std::string encode_message(const MessageBody& body);
/// kMalformed, kUnknownType (a newer program's), kInvalid.
[[nodiscard]] Result<MessageBody> decode_message(std::string_view bytes);

}  // namespace motorcade::wire
