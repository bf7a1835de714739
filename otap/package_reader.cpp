#include "otap/package_reader.hpp"

#include "otap/v1.hpp"

namespace motorcade::otap {
namespace {

constexpr std::size_t verify_piece_bytes = 128 * 1024;

}  // namespace

Result<PackageReader> PackageReader::open(SourcePtr source, const Trust& trust,
                                          const Limits& limits) {
  PackageReader reader;
  reader.limits_ = limits;
  OTAP_TRY(auto header, read_header(*source, limits));
  if (header.magic != package_magic) {
    return failure(Errc::bad_magic, "a vehicle bundle where a zone's package is expected");
  }
  if (header.version == package_version_1) {
    if (!trust.accept_v1) {
      return failure(Errc::not_signed, "version 1 carries no signature and is not accepted here");
    }
    OTAP_TRY(reader.source_, pinned(std::move(source), std::nullopt));
    OTAP_TRY(auto package, walk_v1(*reader.source_, header, limits));
    reader.manifest_ = std::move(package.manifest);
    reader.layout_ = std::move(package.layout);
    OTAP_TRY_VOID(reader.verify());
    return reader;
  }
  if (header.version != package_version) {
    return failure(Errc::unsupported_version, "OTAP version " + std::to_string(header.version));
  }
  OTAP_TRY(const auto part, read_signed_part(*source, std::move(header), limits));
  OTAP_TRY_VOID(check_signatures(part, trust));
  OTAP_TRY(reader.manifest_, decode_manifest(part.header, part.manifest(), limits));
  OTAP_TRY(reader.layout_, layout(reader.manifest_, part.payload_begin));
  OTAP_TRY_VOID(check_total_bytes("package", source->size(), reader.layout_.total_bytes));
  reader.source_ = std::move(source);
  return reader;
}

Result<ImageReader> PackageReader::image(std::size_t index) const {
  if (index >= manifest_.ecus.size()) {
    return failure(Errc::invalid_spec, "no image " + std::to_string(index) + " in this package");
  }
  ImageReader::Place place;
  place.source = source_;
  place.offsets = layout_.images[index];
  place.has_leaves = manifest_.version != package_version_1;
  place.chunk_bytes = place.has_leaves ? manifest_.chunk_bytes : chunk_bytes_default;
  return ImageReader::open(manifest_.ecus[index], std::move(place), limits_);
}

Result<void> PackageReader::verify() const {
  std::string piece(verify_piece_bytes, '\0');
  for (std::size_t i = 0; i < manifest_.ecus.size(); ++i) {
    OTAP_TRY(auto reader, image(i));
    for (std::size_t count = 1; count > 0;) {
      OTAP_TRY(count, reader.read(std::span(piece.data(), piece.size())));
    }
  }
  return {};
}

}  // namespace motorcade::otap
