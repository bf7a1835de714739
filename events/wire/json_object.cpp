#include "events/wire/json_object.hpp"

namespace motorcade::wire {
namespace {

void append_escaped(std::string& json, std::string_view value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (static_cast<std::uint8_t>(c) < 0x20) {
      json += "\\u00";
      json += kDigits[static_cast<std::uint8_t>(c) >> 4];
      json += kDigits[static_cast<std::uint8_t>(c) & 15];
    } else {
      json += c;
    }
  }
}

}  // namespace

void JsonObject::begin(std::string_view name) {
  if (json_.size() > 1) json_ += ',';
  json_ += '"';
  json_ += name;
  json_ += "\":";
}

JsonObject& JsonObject::text(std::string_view name, std::string_view value) {
  begin(name);
  json_ += '"';
  append_escaped(json_, value);
  json_ += '"';
  return *this;
}

JsonObject& JsonObject::number(std::string_view name, std::uint64_t value) {
  if (value > std::uint64_t{1} << 53) return text(name, std::to_string(value));
  begin(name);
  json_ += std::to_string(value);
  return *this;
}

}  // namespace motorcade::wire
