// One flat JSON object, written: text and numbers.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace motorcade::wire {

class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value);
  /// A JSON number as long as every reader can hold it (2^53, RFC 8259 §6), a string of digits
  /// beyond.
  JsonObject& number(std::string_view name, std::uint64_t value);
  [[nodiscard]] std::string finish() { return std::move(json_ += '}'); }

 private:
  void begin(std::string_view name);
  std::string json_ = "{";
};

}  // namespace motorcade::wire
