// Bodies that cross a link to a vehicle: one Protobuf schema, as JSON (its JSON mapping) or binary.
#pragma once
#include <string>
#include <string_view>

#include "events/envelope.hpp"
#include "events/result.hpp"

namespace google::protobuf {
class Message;
}

namespace motorcade::wire {

inline constexpr std::size_t kMaxBodyBytes = 256 * 1024;
inline constexpr int kMaxJsonDepth = 16;

/// Fills `message`. Unknown fields are ignored. kTooLarge, kMalformed; the context is fit for a
/// refusal: it names the place, and repeats nothing of the body.
[[nodiscard]] Result<void> parse_body(ContentType content_type, std::string_view body,
                                      google::protobuf::Message& message);
[[nodiscard]] std::string print_body(ContentType content_type,
                                     const google::protobuf::Message& message);

}  // namespace motorcade::wire
