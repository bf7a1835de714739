#include "otap/v1.hpp"

#include <set>

#include "otap/canonical.hpp"
#include "otap/package_writer.hpp"
#include "otap/stored_image.hpp"

namespace motorcade::otap {
namespace {

using digest::CanonicalWriter;

/// Reads one field after the other.
class Cursor {
 public:
  Cursor(const Source& source, std::uint64_t offset) : source_(source), offset_(offset) {}
  Result<std::string> raw(std::size_t size) {
    std::string bytes(size, '\0');
    OTAP_TRY_VOID(source_.read_at(offset_, std::span(bytes.data(), bytes.size())));
    offset_ += size;
    return bytes;
  }
  Result<std::string> text(std::string_view what, const Limits& limits, bool may_be_empty) {
    OTAP_TRY(const auto size, raw(1));
    OTAP_TRY(auto bytes, raw(static_cast<std::uint8_t>(size[0])));
    OTAP_TRY_VOID(check_text(what, bytes, limits, may_be_empty));
    return bytes;
  }
  /// Passes over `size` bytes, which must be there; gives the first of them.
  Result<std::string> pass(std::uint64_t size, std::size_t peek) {
    if (size > source_.size() - offset_) {
      return failure(Errc::truncated, std::to_string(size) + " bytes of data wanted, but only " +
                                          std::to_string(source_.size() - offset_) + " are there");
    }
    std::string first(std::min<std::uint64_t>(size, peek), '\0');
    OTAP_TRY_VOID(source_.read_at(offset_, std::span(first.data(), first.size())));
    offset_ += size;
    return first;
  }
  std::uint64_t offset() const { return offset_; }

 private:
  const Source& source_;
  std::uint64_t offset_;
};

Result<EcuEntry> take_entry(Cursor& cursor, const Limits& limits) {
  EcuEntry ecu;
  OTAP_TRY(ecu.ecu_id, cursor.text("ECU id", limits, false));
  OTAP_TRY(ecu.from_version, cursor.text("current version", limits, true));
  OTAP_TRY(ecu.to_version, cursor.text("target version", limits, false));
  OTAP_TRY(const auto numbers, cursor.raw(4 + 32));
  digest::CanonicalReader in(numbers);
  ecu.stored_bytes = in.u32();
  const auto hash = in.raw(32);
  std::copy(hash.begin(), hash.end(), ecu.image_sha256.begin());
  return ecu;
}

/// Version 1 says nothing about compression: the zstd magic does.
Result<void> find_codec(EcuEntry& ecu, std::string_view first_bytes, const Limits& limits) {
  ecu.image_bytes = ecu.stored_bytes;
  if (zstd::has_magic(first_bytes)) {
    OTAP_TRY(const auto frame, zstd::parse_frame_header(first_bytes));
    ecu.codec = Codec::zstd;
    ecu.image_bytes = frame.content_bytes;
  }
  if (std::max(ecu.image_bytes, ecu.stored_bytes) > limits.image_bytes) {
    return failure(Errc::limit_exceeded,
                   std::to_string(std::max(ecu.image_bytes, ecu.stored_bytes)) +
                       " bytes, at most " + std::to_string(limits.image_bytes) + " are allowed");
  }
  return {};
}

/// One image's entry and where its data lies.
Result<EcuEntry> take_image(Cursor& cursor, Layout& layout, const Limits& limits) {
  OTAP_TRY(auto ecu, take_entry(cursor, limits));
  layout.images.push_back({0, cursor.offset()});
  OTAP_TRY(const auto first, cursor.pass(ecu.stored_bytes, zstd::frame_header_bytes_max));
  OTAP_TRY_VOID(find_codec(ecu, first, limits));
  return ecu;
}

Result<void> check_stored(const ImageSpec& spec, std::uint64_t stored_bytes) {
  if (stored_bytes > 0xffffffffU) {
    return failure(Errc::does_not_fit, "ECU " + spec.ecu_id + ": " + std::to_string(stored_bytes) +
                                           " stored bytes; version 1 ends at 4,294,967,295");
  }
  return {};
}

/// Version 1 would take such an image for a compressed one.
Result<void> check_unambiguous(const ImageSpec& spec) {
  if (spec.codec != Codec::none || spec.image->size() < 4) return {};
  std::string first(4, '\0');
  OTAP_TRY_VOID(spec.image->read_at(0, std::span(first.data(), first.size())));
  if (!zstd::has_magic(first)) return {};
  return failure(Errc::ambiguous_image,
                 "ECU " + spec.ecu_id + ": begins with the zstd magic; version 1 must compress it");
}

std::string entry_bytes(const ImageSpec& spec, std::uint64_t stored_bytes) {
  CanonicalWriter out;
  put_text(out, spec.ecu_id);
  put_text(out, spec.from_version);
  put_text(out, spec.to_version);
  out.u32(static_cast<std::uint32_t>(stored_bytes));
  out.raw({reinterpret_cast<const char*>(spec.sha256.data()), spec.sha256.size()});
  return out.take();
}

Result<void> check_spec(const PackageSpec& spec, const Limits& limits) {
  PackageManifest manifest;
  manifest.zonal_gateway = spec.zonal_gateway;
  manifest.chunk_bytes = chunk_bytes_default;
  for (const auto& image : spec.images) {
    if (!image.image) return failure(Errc::invalid_spec, "ECU " + image.ecu_id + " has no image");
    EcuEntry ecu;
    ecu.ecu_id = image.ecu_id;
    ecu.from_version = image.from_version;
    ecu.to_version = image.to_version;
    ecu.codec = image.codec;
    manifest.ecus.push_back(std::move(ecu));
    OTAP_TRY_VOID(check_unambiguous(image));
  }
  return check(manifest, limits);
}

}  // namespace

Result<PackageV1> walk_v1(const Source& source, const Header& header, const Limits& limits) {
  PackageV1 package;
  package.manifest.version = package_version_1;
  package.manifest.zonal_gateway = header.name;
  Cursor cursor(source, header_bytes_min + header.name.size());
  std::set<std::string> seen;
  for (std::uint32_t i = 0; i < header.count; ++i) {
    const auto begin = cursor.offset();
    OTAP_TRY(auto ecu, take_image(cursor, package.layout, limits).map_error([&](Error error) {
      return Error{error.code, "entry " + std::to_string(i) + " at byte " + std::to_string(begin) +
                                   ": " + error.context};
    }));
    if (!seen.insert(ecu.ecu_id).second) {
      return failure(Errc::malformed, "ECU " + ecu.ecu_id + " is there twice");
    }
    package.manifest.ecus.push_back(std::move(ecu));
  }
  package.layout.total_bytes = cursor.offset();
  if (source.size() != cursor.offset()) {
    return failure(Errc::trailing_bytes, "the package ends at byte " +
                                             std::to_string(cursor.offset()) + ", the file at " +
                                             std::to_string(source.size()));
  }
  return package;
}

Result<Written> write_package_v1(const PackageSpec& spec, const Sink& sink, const Limits& limits) {
  OTAP_TRY_VOID(check_spec(spec, limits));
  Header header;
  header.magic = package_magic;
  header.version = package_version_1;
  header.count = static_cast<std::uint16_t>(spec.images.size());
  header.name = spec.zonal_gateway;
  MeasuredSink out(sink);
  OTAP_TRY_VOID(out.write(encode(header)));
  const Sink count_only = [](std::string_view) -> Result<void> { return {}; };
  for (const auto& image : spec.images) {
    if (image.codec == Codec::none) OTAP_TRY_VOID(check_stored(image, image.image->size()));
    OTAP_TRY(const auto sizes,
             store_image(image, chunk_bytes_default, spec.zstd_level, count_only));
    OTAP_TRY_VOID(check_stored(image, sizes.stored_bytes));
    OTAP_TRY_VOID(out.write(entry_bytes(image, sizes.stored_bytes)));
    // The digest is checked again at the end of this pass; a shorter or longer second form would be
    // `altered` too.
    OTAP_TRY(const auto again,
             store_image(image, chunk_bytes_default, spec.zstd_level,
                         [&](std::string_view chunk) { return out.write(chunk); }));
    if (again.stored_bytes != sizes.stored_bytes) {
      return failure(Errc::altered,
                     "ECU " + image.ecu_id + ": its image changed while it was packed");
    }
  }
  return out.finish();
}

}  // namespace motorcade::otap
