// The one cryptography that a pure core may call: SHA-256, HMAC-SHA-256 and canonical bytes.
// Nothing here fails, reads a clock or is random.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace motorcade::digest {

using Sha256 = std::array<std::uint8_t, 32>;

/// FIPS 180-4.
[[nodiscard]] Sha256 sha256(std::string_view bytes);
/// RFC 2104 over SHA-256.
[[nodiscard]] Sha256 hmac_sha256(std::string_view key, std::string_view bytes);

/// SHA-256 of bytes that come in pieces (files, uploads).
class Sha256Stream {
 public:
  Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;
  ~Sha256Stream();
  void update(std::string_view bytes);
  /// The digest of all bytes so far; the stream starts anew.
  [[nodiscard]] Sha256 finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// Canonical bytes: one value has one encoding. Integers are big-endian and fixed width, strings
/// have a 32-bit length.
class CanonicalWriter {
 public:
  void u8(std::uint8_t v) { out_.push_back(static_cast<char>(v)); }
  void u16(std::uint16_t v) { integer(v, 2); }
  void u32(std::uint32_t v) { integer(v, 4); }
  void u64(std::uint64_t v) { integer(v, 8); }
  void i64(std::int64_t v) { integer(static_cast<std::uint64_t>(v), 8); }
  void boolean(bool v) { u8(v ? 1 : 0); }
  void text(std::string_view v) {
    u32(static_cast<std::uint32_t>(v.size()));
    out_.append(v);
  }
  void raw(std::string_view v) { out_.append(v); }
  [[nodiscard]] const std::string& bytes() const { return out_; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void integer(std::uint64_t v, int width) {
    for (int i = width - 1; i >= 0; --i) out_.push_back(static_cast<char>(v >> (8 * i)));
  }
  std::string out_;
};

/// Reads what CanonicalWriter wrote. After a read past the end every value is zero and ok() is
/// false.
class CanonicalReader {
 public:
  explicit CanonicalReader(std::string_view bytes) : rest_(bytes) {}
  [[nodiscard]] std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
  [[nodiscard]] std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }
  [[nodiscard]] std::uint32_t u32() { return static_cast<std::uint32_t>(integer(4)); }
  [[nodiscard]] std::uint64_t u64() { return integer(8); }
  [[nodiscard]] std::int64_t i64() { return static_cast<std::int64_t>(integer(8)); }
  [[nodiscard]] bool boolean() { return u8() != 0; }
  [[nodiscard]] std::string_view text() { return raw(u32()); }
  [[nodiscard]] std::string_view raw(std::size_t size) {
    if (size > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::uint64_t integer(std::size_t width) {
    std::uint64_t v = 0;
    for (const char c : raw(width)) v = v << 8 | static_cast<std::uint8_t>(c);
    return ok_ ? v : 0;
  }
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace motorcade::digest
