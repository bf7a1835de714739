#include "otap/merkle.hpp"
#include "otap/package_reader.hpp"

namespace motorcade::otap {

std::string ImageReader::where() const {
  return "ECU " + entry_.ecu_id + ", stored byte " + std::to_string(stored_read_ - unread().size());
}

Result<ImageReader> ImageReader::open(EcuEntry entry, Place place, const Limits& limits) {
  ImageReader reader(std::move(entry), std::move(place));
  if (reader.place_.has_leaves) OTAP_TRY_VOID(reader.load_leaves());
  if (reader.entry_.codec == Codec::none) return reader;
  if (reader.entry_.codec != Codec::zstd) {
    return failure(Errc::unsupported_codec,
                   reader.where() + ": " + std::string(to_string(reader.entry_.codec)));
  }
  OTAP_TRY_VOID(reader.next_chunk());
  OTAP_TRY(const auto header, zstd::parse_frame_header(reader.unread()).map_error([&](Error error) {
    return Error{error.code, reader.where() + ": " + error.context};
  }));
  if (header.content_bytes != reader.entry_.image_bytes) {
    return failure(Errc::bad_compression, reader.where() + ": the zstd frame holds " +
                                              std::to_string(header.content_bytes) +
                                              " bytes, the manifest says " +
                                              std::to_string(reader.entry_.image_bytes));
  }
  if (header.window_bytes > std::uint64_t{1} << limits.zstd_window_log) {
    return failure(Errc::window_too_large,
                   reader.where() + ": " + std::to_string(header.window_bytes) +
                       " bytes, at most 2^" + std::to_string(limits.zstd_window_log) +
                       " are allowed");
  }
  OTAP_TRY(reader.decompressor_, zstd::Decompressor::create(limits.zstd_window_log));
  return reader;
}

Result<void> ImageReader::load_leaves() {
  leaves_.resize(chunk_count(entry_.stored_bytes, place_.chunk_bytes));
  auto* const bytes = reinterpret_cast<char*>(leaves_.data());
  OTAP_TRY_VOID(
      place_.source->read_at(place_.offsets.leaves, std::span(bytes, leaves_.size() * 32)));
  if (merkle_root(leaves_) != entry_.merkle_root) {
    return failure(Errc::altered, where() + ": its chunk hashes, at byte " +
                                      std::to_string(place_.offsets.leaves) +
                                      ", are not those that were signed");
  }
  return {};
}

/// Loads and verifies the chunk behind the current one.
Result<void> ImageReader::next_chunk() {
  const auto size = std::min<std::uint64_t>(place_.chunk_bytes, entry_.stored_bytes - stored_read_);
  const auto offset = place_.offsets.stored + stored_read_;
  used_ = 0;
  chunk_.resize(size);
  OTAP_TRY_VOID(place_.source->read_at(offset, std::span(chunk_.data(), chunk_.size())));
  if (place_.has_leaves && size > 0 &&
      leaf_hash(chunk_) != leaves_[stored_read_ / place_.chunk_bytes]) {
    chunk_.clear();
    return failure(Errc::altered, where() + ": the chunk at byte " + std::to_string(offset) +
                                      " is not what was signed");
  }
  stored_read_ += size;
  return {};
}

Result<std::size_t> ImageReader::read(std::span<char> out) {
  if (error_) return tl::unexpected(*error_);
  auto filled = fill(out);
  if (!filled) {
    error_ = filled.error();
    std::fill(out.begin(), out.end(), '\0');
  }
  return filled;
}

Result<std::size_t> ImageReader::fill(std::span<char> out) {
  std::size_t filled = 0;
  while (filled < out.size() && image_read_ < entry_.image_bytes) {
    const auto wanted =
        std::min<std::uint64_t>(out.size() - filled, entry_.image_bytes - image_read_);
    const auto free = out.subspan(filled, wanted);
    OTAP_TRY(const auto count, step(free));
    hash_.update({free.data(), count});
    filled += count;
    image_read_ += count;
  }
  if (image_read_ == entry_.image_bytes && !finished_) OTAP_TRY_VOID(finish());
  return filled;
}

/// Some bytes of the image, or none though progress was made.
Result<std::size_t> ImageReader::step(std::span<char> out) {
  const auto ended = [&] { return stored_read_ == entry_.stored_bytes; };
  if (unread().empty() && !ended()) OTAP_TRY_VOID(next_chunk());
  auto rest = unread();
  if (!decompressor_) {
    const auto count = rest.copy(out.data(), out.size());
    used_ += count;
    return count;
  }
  auto count = decompressor_->step(rest, out);
  if (!count) return failure(Errc::bad_compression, where() + ": " + count.error().context);
  const bool stuck = *count == 0 && rest.size() == unread().size();
  if (stuck && (ended() || decompressor_->finished())) {
    return failure(Errc::bad_compression, where() + ": the zstd frame ends too early");
  }
  used_ = chunk_.size() - rest.size();
  return count;
}

/// The whole image was given: nothing may follow, and it must be the image that was announced.
Result<void> ImageReader::finish() {
  std::array<char, 1> surplus{};
  while (decompressor_ && !decompressor_->finished()) {
    OTAP_TRY(const auto count, step(surplus));
    if (count > 0)
      return failure(Errc::bad_compression, where() + ": more than the image comes out");
  }
  if (!unread().empty() || stored_read_ != entry_.stored_bytes) {
    return failure(Errc::bad_compression, where() + ": something follows the zstd frame");
  }
  if (const auto found = hash_.finish(); found != entry_.image_sha256) {
    return failure(Errc::altered, "ECU " + entry_.ecu_id + ": the image's SHA-256 is " +
                                      hex(found) + ", the manifest says " +
                                      hex(entry_.image_sha256));
  }
  finished_ = true;
  return {};
}

}  // namespace motorcade::otap
