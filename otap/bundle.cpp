#include "otap/bundle.hpp"

#include <set>

#include "otap/canonical.hpp"
#include "otap/stored_image.hpp"

namespace motorcade::otap {
namespace {

using digest::CanonicalReader;
using digest::CanonicalWriter;

constexpr std::size_t copy_bytes = 128 * 1024;

std::string encode_body(const BundleManifest& manifest) {
  CanonicalWriter out;
  out.raw(view(manifest.signer));
  out.u64(manifest.total_bytes);
  for (const auto& zone : manifest.zones) {
    out.u8(static_cast<std::uint8_t>(zone.zonal_gateway.size()));
    out.raw(zone.zonal_gateway);
    out.u64(zone.offset);
    out.u64(zone.bytes);
    out.raw(view(zone.sha256));
  }
  return out.take();
}

std::string encode(const BundleManifest& manifest) {
  Header header;
  header.magic = bundle_magic;
  header.version = bundle_version;
  header.count = static_cast<std::uint16_t>(manifest.zones.size());
  header.name = manifest.id;
  const auto body = encode_body(manifest);
  CanonicalWriter out;
  out.raw(encode(header));
  out.u32(static_cast<std::uint32_t>(body.size()));
  out.raw(body);
  return out.take();
}

/// Packages lie one behind the other, from the signatures to the end.
Result<void> check_places(const BundleManifest& manifest, std::uint64_t begin) {
  std::uint64_t expected = begin;
  for (const auto& zone : manifest.zones) {
    if (zone.offset != expected || __builtin_add_overflow(expected, zone.bytes, &expected)) {
      return failure(Errc::malformed, "zone " + zone.zonal_gateway + ": its package at byte " +
                                          std::to_string(zone.offset) + " with " +
                                          std::to_string(zone.bytes) +
                                          " bytes leaves a gap or an overlap");
    }
  }
  if (manifest.total_bytes != expected) {
    return failure(Errc::malformed, "the packages end at byte " + std::to_string(expected) +
                                        ", the manifest says " +
                                        std::to_string(manifest.total_bytes));
  }
  return {};
}

Result<void> check_zones(const BundleManifest& manifest, const Limits& limits) {
  OTAP_TRY_VOID(check_text("bundle id", manifest.id, limits, true));
  if (manifest.zones.size() > std::min<std::size_t>(limits.zone_count, 65535)) {
    return failure(Errc::limit_exceeded, std::to_string(manifest.zones.size()) +
                                             " zones, at most " +
                                             std::to_string(limits.zone_count) + " are allowed");
  }
  std::set<std::string_view> seen;
  for (const auto& zone : manifest.zones) {
    OTAP_TRY_VOID(check_text("zonal gateway id", zone.zonal_gateway, limits, false));
    if (!seen.insert(zone.zonal_gateway).second) {
      return failure(Errc::malformed, "zone " + zone.zonal_gateway + " is there twice");
    }
  }
  return {};
}

/// Copies a package and fails when it is not the one that was announced.
Result<void> copy(const PackageInBundle& package, MeasuredSink& out) {
  digest::Sha256Stream hash;
  std::string piece(copy_bytes, '\0');
  for (std::uint64_t offset = 0; offset < package.package->size();) {
    const auto size = std::min<std::uint64_t>(piece.size(), package.package->size() - offset);
    OTAP_TRY_VOID(package.package->read_at(offset, std::span(piece.data(), size)));
    hash.update({piece.data(), size});
    OTAP_TRY_VOID(out.write({piece.data(), size}));
    offset += size;
  }
  if (hash.finish() == package.sha256) return {};
  return failure(Errc::altered, "the package for " + package.zonal_gateway +
                                    " has another SHA-256 than " + hex(package.sha256));
}

}  // namespace

Result<BundleManifest> decode_bundle_manifest(const SignedPart& part, const Limits& limits) {
  CanonicalReader in(part.manifest());
  BundleManifest manifest;
  manifest.version = part.header.version;
  manifest.id = part.header.name;
  manifest.signer = take_digest(in);
  manifest.total_bytes = in.u64();
  for (std::uint32_t i = 0; i < part.header.count && in.ok(); ++i) {
    BundleZone zone;
    zone.zonal_gateway = in.raw(in.u8());
    zone.offset = in.u64();
    zone.bytes = in.u64();
    zone.sha256 = take_digest(in);
    manifest.zones.push_back(std::move(zone));
  }
  if (!in.ok()) return failure(Errc::malformed, "the bundle's manifest ends within a zone");
  if (!in.at_end())
    return failure(Errc::malformed, "the bundle's manifest goes on after its last zone");
  OTAP_TRY_VOID(check_zones(manifest, limits));
  OTAP_TRY_VOID(check_places(manifest, part.payload_begin));
  return manifest;
}

Result<Written> write_bundle(const BundleSpec& spec, const SigningKeys& keys, const Sink& sink,
                             const Limits& limits) {
  BundleManifest manifest;
  manifest.id = spec.id;
  manifest.signer = keys.verifying_keys().id();
  for (const auto& package : spec.packages) {
    if (!package.package) {
      return failure(Errc::invalid_spec, "zone " + package.zonal_gateway + " has no package");
    }
    manifest.zones.push_back({package.zonal_gateway, 0, package.package->size(), package.sha256});
  }
  OTAP_TRY_VOID(check_zones(manifest, limits));
  // Places have fixed widths, so the manifest's size is known before them.
  manifest.total_bytes = encode(manifest).size() + signatures_bytes;
  for (auto& zone : manifest.zones) {
    zone.offset = manifest.total_bytes;
    if (__builtin_add_overflow(zone.offset, zone.bytes, &manifest.total_bytes)) {
      return failure(Errc::does_not_fit, "the bundle's size exceeds 64 bits");
    }
  }
  if (manifest.total_bytes > limits.package_bytes) {
    return failure(Errc::limit_exceeded, "a bundle of " + std::to_string(manifest.total_bytes) +
                                             " bytes, at most " +
                                             std::to_string(limits.package_bytes) + " are allowed");
  }
  const auto signed_bytes = encode(manifest);
  OTAP_TRY(const auto signatures, sign(keys, signed_bytes));
  MeasuredSink out(sink);
  OTAP_TRY_VOID(out.write(signed_bytes));
  OTAP_TRY_VOID(out.write(signatures.ecdsa));
  OTAP_TRY_VOID(out.write(signatures.ml_dsa));
  for (const auto& package : spec.packages) OTAP_TRY_VOID(copy(package, out));
  return out.finish();
}

Result<BundleReader> BundleReader::open(SourcePtr source, const Trust& trust,
                                        const Limits& limits) {
  OTAP_TRY(auto header, read_header(*source, limits));
  if (header.magic != bundle_magic) {
    return failure(Errc::bad_magic, "a zone's package where a vehicle bundle is expected");
  }
  if (header.version != bundle_version) {
    return failure(Errc::unsupported_version, "bundle version " + std::to_string(header.version));
  }
  OTAP_TRY(const auto part, read_signed_part(*source, std::move(header), limits));
  OTAP_TRY_VOID(check_signatures(part, trust));
  BundleReader reader;
  OTAP_TRY(reader.manifest_, decode_bundle_manifest(part, limits));
  OTAP_TRY_VOID(check_total_bytes("bundle", source->size(), reader.manifest_.total_bytes));
  reader.source_ = std::move(source);
  reader.trust_ = trust;
  reader.limits_ = limits;
  return reader;
}

Result<SourcePtr> BundleReader::package_source(std::size_t index) const {
  if (index >= manifest_.zones.size()) {
    return failure(Errc::invalid_spec, "no package " + std::to_string(index) + " in this bundle");
  }
  const auto& zone = manifest_.zones[index];
  OTAP_TRY(auto part, slice(source_, zone.offset, zone.bytes));
  return pinned(std::move(part), zone.sha256).map_error([&](Error error) {
    return Error{error.code, "the package for " + zone.zonal_gateway + ": " + error.context};
  });
}

Result<PackageReader> BundleReader::package(std::size_t index) const {
  OTAP_TRY(auto source, package_source(index));
  auto trust = trust_;
  trust.accept_v1 = true;
  OTAP_TRY(auto reader, PackageReader::open(std::move(source), trust, limits_));
  const auto& expected = manifest_.zones[index].zonal_gateway;
  if (reader.manifest().zonal_gateway != expected) {
    return failure(Errc::malformed, "a package for " + reader.manifest().zonal_gateway +
                                        " in the place of " + expected);
  }
  return reader;
}

Result<void> BundleReader::verify() const {
  for (std::size_t i = 0; i < manifest_.zones.size(); ++i) {
    OTAP_TRY(const auto reader, package(i));
    OTAP_TRY_VOID(reader.verify());
  }
  return {};
}

}  // namespace motorcade::otap
