#include "otap/stored_image.hpp"

namespace motorcade::otap {
namespace {

constexpr std::size_t read_bytes = 128 * 1024;

/// Cuts what comes in any pieces into chunks of one size.
class Chunker {
 public:
  Chunker(std::uint32_t chunk_bytes, const Sink& on_chunk)
      : chunk_bytes_(chunk_bytes), on_chunk_(on_chunk) {}
  Result<void> add(std::string_view bytes) {
    total_ += bytes.size();
    while (!bytes.empty()) {
      const auto count = std::min(bytes.size(), chunk_bytes_ - chunk_.size());
      chunk_.append(bytes.substr(0, count));
      bytes.remove_prefix(count);
      if (chunk_.size() == chunk_bytes_) OTAP_TRY_VOID(flush());
    }
    return {};
  }
  Result<void> flush() {
    if (chunk_.empty()) return {};
    OTAP_TRY_VOID(on_chunk_(chunk_));
    chunk_.clear();
    return {};
  }
  std::uint64_t total() const { return total_; }

 private:
  std::size_t chunk_bytes_;
  const Sink& on_chunk_;
  std::string chunk_;
  std::uint64_t total_ = 0;
};

/// Reads the image in pieces; `use(piece, last)` sees at least one piece.
template <class Use>
Result<void> each_piece(const Source& image, Use use) {
  std::string buffer(std::min<std::uint64_t>(read_bytes, image.size()), '\0');
  std::uint64_t offset = 0;
  do {
    const auto size = std::min<std::uint64_t>(buffer.size(), image.size() - offset);
    OTAP_TRY_VOID(image.read_at(offset, std::span(buffer.data(), size)));
    offset += size;
    OTAP_TRY_VOID(use(std::string_view(buffer.data(), size), offset == image.size()));
  } while (offset < image.size());
  return {};
}

}  // namespace

Result<StoredSizes> store_image(const ImageSpec& spec, std::uint32_t chunk_bytes, int zstd_level,
                                const Sink& on_chunk) {
  Chunker chunker(chunk_bytes, on_chunk);
  digest::Sha256Stream hash;
  const Sink stored = [&](std::string_view bytes) { return chunker.add(bytes); };
  if (spec.codec == Codec::zstd) {
    OTAP_TRY(auto compressor, zstd::Compressor::create(zstd_level, spec.image->size()));
    OTAP_TRY_VOID(each_piece(*spec.image, [&](std::string_view piece, bool last) {
      hash.update(piece);
      return compressor.add(piece, last, stored);
    }));
  } else {
    OTAP_TRY_VOID(each_piece(*spec.image, [&](std::string_view piece, bool) {
      hash.update(piece);
      return stored(piece);
    }));
  }
  OTAP_TRY_VOID(chunker.flush());
  if (const auto found = hash.finish(); found != spec.sha256) {
    return failure(Errc::altered, "ECU " + spec.ecu_id + ": the image's SHA-256 is " + hex(found) +
                                      ", expected " + hex(spec.sha256));
  }
  return StoredSizes{chunker.total(), spec.image->size()};
}

}  // namespace motorcade::otap
