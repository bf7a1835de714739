// One image = one zstd frame that names its content size (RFC 8878). What a decoder would happily
// accept beside that (skippable frames, several frames, dictionaries, huge windows) is refused.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "otap/error.hpp"
#include "otap/source.hpp"

namespace motorcade::otap::zstd {

inline constexpr int default_level = 3;
inline constexpr std::size_t frame_header_bytes_max = 18;

struct FrameHeader {
  std::uint64_t content_bytes = 0;
  std::uint64_t window_bytes = 0;
};

[[nodiscard]] bool has_magic(std::string_view bytes);
/// RFC 8878 §3.1.1; `bytes` are the first of the stored image, all or 18 of them.
[[nodiscard]] Result<FrameHeader> parse_frame_header(std::string_view bytes);

class Compressor {
 public:
  /// The frame's content must come to exactly `content_bytes`.
  [[nodiscard]] static Result<Compressor> create(int level, std::uint64_t content_bytes);
  Compressor(Compressor&&) noexcept;
  Compressor& operator=(Compressor&&) noexcept;
  ~Compressor();
  [[nodiscard]] Result<void> add(std::string_view bytes, bool last, const Sink& out);

 private:
  struct State;
  explicit Compressor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class Decompressor {
 public:
  [[nodiscard]] static Result<Decompressor> create(std::uint32_t window_log_max);
  Decompressor(Decompressor&&) noexcept;
  Decompressor& operator=(Decompressor&&) noexcept;
  ~Decompressor();
  /// Takes from the front of `in`, fills the front of `out`; how much was filled. Makes progress
  /// unless `in` is empty and nothing is left to give, or `out` is full.
  [[nodiscard]] Result<std::size_t> step(std::string_view& in, std::span<char> out);
  /// The frame is complete and all of it was given.
  [[nodiscard]] bool finished() const;

 private:
  struct State;
  explicit Decompressor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace motorcade::otap::zstd
