#include "otap/zstd.hpp"

#include <zstd.h>

#include <vector>

namespace motorcade::otap::zstd {
namespace {

constexpr std::string_view magic("\x28\xB5\x2F\xFD", 4);

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

tl::unexpected<Error> zstd_failure(Errc code, const char* what, std::size_t result) {
  return failure(code, std::string(what) + ": " + ZSTD_getErrorName(result));
}

}  // namespace

bool has_magic(std::string_view bytes) {
  return bytes.substr(0, magic.size()) == magic;
}

Result<FrameHeader> parse_frame_header(std::string_view bytes) {
  if (!has_magic(bytes)) {
    return failure(Errc::bad_compression, "the stored image does not begin with a zstd frame");
  }
  const auto cut_short = [] {
    return failure(Errc::bad_compression, "zstd frame header cut short");
  };
  if (bytes.size() < 5) return cut_short();
  const auto descriptor = static_cast<std::uint8_t>(bytes[4]);
  const bool single_segment = (descriptor & 0x20) != 0;
  if ((descriptor & 0x08) != 0) return failure(Errc::bad_compression, "zstd reserved bit is set");
  if ((descriptor & 0x03) != 0) return failure(Errc::bad_compression, "zstd dictionary demanded");
  const int size_flag = descriptor >> 6;
  if (size_flag == 0 && !single_segment) {
    return failure(Errc::bad_compression, "the zstd frame does not say its content size");
  }
  FrameHeader header;
  std::size_t position = 5;
  if (!single_segment) {
    if (bytes.size() <= position) return cut_short();
    const auto window = static_cast<std::uint8_t>(bytes[position++]);
    const auto base = std::uint64_t{1} << (10 + (window >> 3));
    header.window_bytes = base + base / 8 * (window & 7);
  }
  const std::size_t width = std::size_t{1} << size_flag;
  if (bytes.size() < position + width) return cut_short();
  header.content_bytes = little_endian(bytes.substr(position, width)) + (width == 2 ? 256 : 0);
  if (single_segment) header.window_bytes = header.content_bytes;
  return header;
}

struct Compressor::State {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  std::vector<char> buffer = std::vector<char>(ZSTD_CStreamOutSize());
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { ZSTD_freeCCtx(context); }
};

Compressor::Compressor(std::unique_ptr<State> state) : state_(std::move(state)) {}
Compressor::Compressor(Compressor&&) noexcept = default;
Compressor& Compressor::operator=(Compressor&&) noexcept = default;
Compressor::~Compressor() = default;

Result<Compressor> Compressor::create(int level, std::uint64_t content_bytes) {
  auto state = std::make_unique<State>();
  auto* const context = state->context;
  for (const auto result :
       {ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level),
        ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 1),
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 0),  // every byte is under SHA-256
        ZSTD_CCtx_setPledgedSrcSize(context, content_bytes)}) {
    if (ZSTD_isError(result)) return zstd_failure(Errc::invalid_spec, "preparing zstd", result);
  }
  return Compressor(std::move(state));
}

Result<void> Compressor::add(std::string_view bytes, bool last, const Sink& out) {
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  for (bool more = true; more;) {
    ZSTD_outBuffer piece{state_->buffer.data(), state_->buffer.size(), 0};
    const auto left =
        ZSTD_compressStream2(state_->context, &piece, &in, last ? ZSTD_e_end : ZSTD_e_continue);
    if (ZSTD_isError(left)) return zstd_failure(Errc::crypto_failed, "compressing", left);
    OTAP_TRY_VOID(out({state_->buffer.data(), piece.pos}));
    more = last ? left != 0 : in.pos < in.size;
  }
  return {};
}

struct Decompressor::State {
  ZSTD_DCtx* context = ZSTD_createDCtx();
  bool finished = false;
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { ZSTD_freeDCtx(context); }
};

Decompressor::Decompressor(std::unique_ptr<State> state) : state_(std::move(state)) {}
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;
Decompressor::~Decompressor() = default;

Result<Decompressor> Decompressor::create(std::uint32_t window_log_max) {
  auto state = std::make_unique<State>();
  const auto result =
      ZSTD_DCtx_setParameter(state->context, ZSTD_d_windowLogMax, static_cast<int>(window_log_max));
  if (ZSTD_isError(result)) return zstd_failure(Errc::invalid_spec, "preparing zstd", result);
  return Decompressor(std::move(state));
}

Result<std::size_t> Decompressor::step(std::string_view& in, std::span<char> out) {
  if (state_->finished) return 0;
  ZSTD_inBuffer from{in.data(), in.size(), 0};
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  const auto left = ZSTD_decompressStream(state_->context, &to, &from);
  if (ZSTD_isError(left)) return zstd_failure(Errc::bad_compression, "decompressing", left);
  in.remove_prefix(from.pos);
  state_->finished = left == 0;
  return to.pos;
}

bool Decompressor::finished() const {
  return state_->finished;
}

}  // namespace motorcade::otap::zstd
