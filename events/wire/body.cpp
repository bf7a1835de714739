#include "events/wire/body.hpp"

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "events/wire/errc.hpp"
#include "events/wire/text.hpp"

namespace motorcade::wire {
namespace {
namespace pb = google::protobuf;

/// Nesting beyond the limit; brackets in strings do not count. Well-formedness is the parser's
/// business.
bool is_too_deep(std::string_view json) {
  int depth = 0;
  char quote = 0;  // Protobuf takes single quotes too
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quote) {
      if (c == '\\') ++i;
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxJsonDepth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

/// The parser's message is "(zones[0].ecus[2]): invalid value …": the path holds field names of
/// ours only, the rest may repeat the body.
std::string path_in(std::string_view complaint) {
  const auto end = complaint.find(')');
  if (!complaint.starts_with('(') || end == complaint.npos || end > 80) return {};
  const auto path = complaint.substr(1, end - 1);
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '[' ||
           c == ']';
  };
  if (!std::ranges::all_of(path, is_plain)) return {};
  return std::string(path);
}

Result<void> parse_json(std::string_view body, pb::Message& message) {
  if (is_too_deep(body))
    return failure(Errc::kMalformed, "the JSON body is nested deeper than " +
                                         std::to_string(kMaxJsonDepth) + " levels");
  if (!is_utf8(body)) return failure(Errc::kMalformed, "the JSON body is not UTF-8");
  pb::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto status = pb::util::JsonStringToMessage({body.data(), body.size()}, &message, options);
  if (status.ok()) return {};
  const auto path = path_in({status.message().data(), status.message().size()});
  if (path.empty())
    return failure(Errc::kMalformed,
                   "the body is not well-formed JSON, or its fields are not the expected ones");
  return failure(Errc::kMalformed,
                 "the JSON value in " + path + " is of the wrong type or out of range");
}

}  // namespace

Result<void> parse_body(ContentType content_type, std::string_view body, pb::Message& message) {
  // What does not parse is told by the result; the library's own lines on stderr would only repeat
  // it.
  [[maybe_unused]] static const auto quiet = pb::SetLogHandler(nullptr);
  if (body.size() > kMaxBodyBytes)
    return failure(Errc::kTooLarge, "the body has " + std::to_string(body.size()) +
                                        " bytes; at most " + std::to_string(kMaxBodyBytes));
  if (content_type == ContentType::kJson) return parse_json(body, message);
  if (!message.ParseFromArray(body.data(), static_cast<int>(body.size())))
    return failure(Errc::kMalformed, "the Protobuf body does not parse");
  return {};
}

std::string print_body(ContentType content_type, const pb::Message& message) {
  if (content_type == ContentType::kProtobuf) return message.SerializeAsString();
  std::string json;
  const auto status = pb::util::MessageToJsonString(message, &json);
  MOTORCADE_ASSERT(status.ok());
  return json;
}

}  // namespace motorcade::wire
