// Fixed-width big-endian integers and raw ids: the bricks of the envelope.
#pragma once
#include <bit>
#include <concepts>
#include <cstring>
#include <string>
#include <string_view>

#include "events/ids.hpp"

namespace motorcade::wire {

class BigEndianWriter {
 public:
  explicit BigEndianWriter(std::size_t size_bytes) { out_.reserve(size_bytes); }
  template <std::unsigned_integral T>
  void integer(T value) {
    char bytes[sizeof(T)];
    for (std::size_t i = 0; i < sizeof(T); ++i)
      bytes[i] = static_cast<char>(value >> (8 * (sizeof(T) - 1 - i)));
    out_.append(bytes, sizeof(T));
  }
  void time(Time value) { integer(static_cast<std::uint64_t>(value.time_since_epoch().count())); }
  void raw(std::string_view bytes) { out_.append(bytes); }
  template <class Tag, std::size_t N>
  void id(const ByteId<Tag, N>& value) {
    out_.append(value.view());
  }
  [[nodiscard]] std::size_t size() const { return out_.size(); }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

/// After a read past the end every value is zero and ok() is false: check once, at the end.
class BigEndianReader {
 public:
  explicit BigEndianReader(std::string_view bytes) : at_(bytes.data()), left_(bytes.size()) {}

  template <std::unsigned_integral T>
  [[nodiscard]] T integer() {
    T value{};
    if (const char* bytes = take(sizeof(T))) {
      std::memcpy(&value, bytes, sizeof(T));
      if constexpr (sizeof(T) == 2) value = __builtin_bswap16(value);
      if constexpr (sizeof(T) == 4) value = __builtin_bswap32(value);
      if constexpr (sizeof(T) == 8) value = __builtin_bswap64(value);
    }
    return value;
  }
  [[nodiscard]] Time time() {
    return Time(Duration(static_cast<std::int64_t>(integer<std::uint64_t>())));
  }
  template <class Tag, std::size_t N>
  void id_into(ByteId<Tag, N>& id) {
    if (const char* bytes = take(N))
      std::memcpy(id.bytes.data(), bytes, N);
    else
      id = {};
  }
  template <class IdType>
  [[nodiscard]] IdType id() {
    IdType id;
    id_into(id);
    return id;
  }
  [[nodiscard]] std::string_view raw(std::size_t size_bytes) {
    const char* bytes = take(size_bytes);
    return bytes ? std::string_view(bytes, size_bytes) : std::string_view();
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t left() const { return left_; }

 private:
  const char* take(std::size_t size_bytes) {
    if (size_bytes > left_) {
      ok_ = false;
      left_ = 0;
      return nullptr;
    }
    const char* const taken = at_;
    at_ += size_bytes;
    left_ -= size_bytes;
    return taken;
  }
  const char* at_;
  std::size_t left_;
  bool ok_ = true;
};
static_assert(std::endian::native == std::endian::little);

}  // namespace motorcade::wire
