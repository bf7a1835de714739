#include "otap/manifest.hpp"

#include <set>

#include "otap/canonical.hpp"
#include "otap/merkle.hpp"

namespace motorcade::otap {
namespace {

using digest::CanonicalReader;
using digest::CanonicalWriter;

void put_ecu(CanonicalWriter& out, const EcuEntry& ecu) {
  put_text(out, ecu.ecu_id);
  put_text(out, ecu.hardware_id);
  put_text(out, ecu.from_version);
  put_text(out, ecu.to_version);
  out.u8(static_cast<std::uint8_t>(ecu.codec));
  out.u64(ecu.stored_bytes);
  out.u64(ecu.image_bytes);
  out.raw(view(ecu.delta_base));
  out.raw(view(ecu.image_sha256));
  out.raw(view(ecu.merkle_root));
  out.u8(static_cast<std::uint8_t>(ecu.dependencies.size()));
  for (const auto& dependency : ecu.dependencies) {
    put_text(out, dependency.ecu_id);
    put_text(out, dependency.min_version);
  }
}

EcuEntry take_ecu(CanonicalReader& in) {
  EcuEntry ecu;
  ecu.ecu_id = take_text(in);
  ecu.hardware_id = take_text(in);
  ecu.from_version = take_text(in);
  ecu.to_version = take_text(in);
  ecu.codec = static_cast<Codec>(in.u8());
  ecu.stored_bytes = in.u64();
  ecu.image_bytes = in.u64();
  ecu.delta_base = take_digest(in);
  ecu.image_sha256 = take_digest(in);
  ecu.merkle_root = take_digest(in);
  for (auto left = in.u8(); left > 0 && in.ok(); --left) {
    auto id = take_text(in);
    ecu.dependencies.push_back({std::move(id), take_text(in)});
  }
  return ecu;
}

Result<void> check_sizes(const EcuEntry& ecu, std::uint32_t chunk_bytes, const Limits& limits) {
  const auto where = "ECU " + ecu.ecu_id;
  const auto largest = std::max(ecu.stored_bytes, ecu.image_bytes);
  if (largest > limits.image_bytes) {
    return failure(Errc::limit_exceeded, where + ": " + std::to_string(largest) +
                                             " bytes, at most " +
                                             std::to_string(limits.image_bytes) + " are allowed");
  }
  if (chunk_count(ecu.stored_bytes, chunk_bytes) > limits.chunk_count) {
    return failure(Errc::limit_exceeded, where + ": more than " +
                                             std::to_string(limits.chunk_count) +
                                             " chunks; larger chunks are needed");
  }
  if (ecu.codec == Codec::none && ecu.stored_bytes != ecu.image_bytes) {
    return failure(Errc::malformed, where + ": stored as it is, yet its two sizes differ");
  }
  return {};
}

Result<void> check_ecu(const EcuEntry& ecu, std::uint32_t chunk_bytes, const Limits& limits) {
  const auto where = "ECU " + ecu.ecu_id + ", ";
  OTAP_TRY_VOID(check_text("ECU id", ecu.ecu_id, limits, false));
  OTAP_TRY_VOID(check_text(where + "hardware id", ecu.hardware_id, limits, true));
  OTAP_TRY_VOID(check_text(where + "from version", ecu.from_version, limits, true));
  OTAP_TRY_VOID(check_text(where + "to version", ecu.to_version, limits, false));
  if (ecu.dependencies.size() > std::min<std::size_t>(limits.dependency_count, 255)) {
    return failure(Errc::limit_exceeded, where + "too many dependencies");
  }
  for (const auto& dependency : ecu.dependencies) {
    OTAP_TRY_VOID(check_text(where + "dependency", dependency.ecu_id, limits, false));
    OTAP_TRY_VOID(
        check_text(where + "dependency's version", dependency.min_version, limits, false));
  }
  if (ecu.codec > Codec::zstd_patch_from) {
    return failure(Errc::unsupported_codec,
                   where + "codec " + std::to_string(static_cast<int>(ecu.codec)));
  }
  if ((ecu.codec == Codec::zstd_patch_from) != (ecu.delta_base != digest::Sha256{})) {
    return failure(Errc::malformed, where + "a delta has a base, and nothing else has");
  }
  return check_sizes(ecu, chunk_bytes, limits);
}

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

}  // namespace

std::string_view to_string(Codec codec) {
  switch (codec) {
    case Codec::none:
      return "none";
    case Codec::zstd:
      return "zstd";
    case Codec::zstd_patch_from:
      return "zstd patch-from";
  }
  return "unknown";
}

Result<void> check_text(std::string_view what, std::string_view text, const Limits& limits,
                        bool may_be_empty) {
  if (text.size() > std::min<std::size_t>(limits.text_bytes, 255)) {
    return failure(Errc::limit_exceeded,
                   std::string(what) + " of " + std::to_string(text.size()) + " bytes, at most " +
                       std::to_string(std::min(limits.text_bytes, 255U)) + " are allowed");
  }
  if (text.empty() && !may_be_empty)
    return failure(Errc::malformed, std::string(what) + " is empty");
  if (!printable(text)) {
    return failure(Errc::malformed,
                   std::string(what) + " has characters that are not printable ASCII");
  }
  return {};
}

std::string encode(const Header& header) {
  CanonicalWriter out;
  out.raw(header.magic);
  out.u16(header.version);
  out.u16(header.count);
  put_text(out, header.name);
  out.raw(header.reserved);
  return out.take();
}

std::string encode(const PackageManifest& manifest) {
  CanonicalWriter body;
  body.raw(view(manifest.signer));
  body.u32(manifest.chunk_bytes);
  for (const auto& ecu : manifest.ecus) put_ecu(body, ecu);

  Header header;
  header.magic = package_magic;
  header.version = package_version;
  header.count = static_cast<std::uint16_t>(manifest.ecus.size());
  header.name = manifest.zonal_gateway;
  CanonicalWriter out;
  out.raw(encode(header));
  out.u32(static_cast<std::uint32_t>(body.bytes().size()));
  out.raw(body.bytes());
  return out.take();
}

Result<PackageManifest> decode_manifest(const Header& header, std::string_view bytes,
                                        const Limits& limits) {
  CanonicalReader in(bytes);
  PackageManifest manifest;
  manifest.version = header.version;
  manifest.zonal_gateway = header.name;
  manifest.signer = take_digest(in);
  manifest.chunk_bytes = in.u32();
  for (std::uint32_t i = 0; i < header.count && in.ok(); ++i) manifest.ecus.push_back(take_ecu(in));
  if (!in.ok()) {
    return failure(Errc::malformed, "the manifest ends within ECU " +
                                        std::to_string(manifest.ecus.size()) + " of " +
                                        std::to_string(header.count));
  }
  if (!in.at_end()) return failure(Errc::malformed, "the manifest goes on after its last ECU");
  OTAP_TRY_VOID(check(manifest, limits));
  return manifest;
}

Result<void> check(const PackageManifest& manifest, const Limits& limits) {
  OTAP_TRY_VOID(check_text("zonal gateway id", manifest.zonal_gateway, limits, false));
  if (manifest.ecus.size() > std::min<std::size_t>(limits.ecu_count, 65535)) {
    return failure(Errc::limit_exceeded, std::to_string(manifest.ecus.size()) + " ECUs, at most " +
                                             std::to_string(std::min(limits.ecu_count, 65535U)) +
                                             " are allowed");
  }
  const auto chunk = manifest.chunk_bytes;
  if (chunk < chunk_bytes_min || (chunk & (chunk - 1)) != 0) {
    return failure(Errc::malformed, "chunks of " + std::to_string(chunk) +
                                        " bytes: a power of two from 1,024 on is needed");
  }
  if (chunk > limits.chunk_bytes) {
    return failure(Errc::limit_exceeded, "chunks of " + std::to_string(chunk) + " bytes, at most " +
                                             std::to_string(limits.chunk_bytes) + " are allowed");
  }
  std::set<std::string_view> seen;
  for (const auto& ecu : manifest.ecus) {
    OTAP_TRY_VOID(check_ecu(ecu, chunk, limits));
    if (!seen.insert(ecu.ecu_id).second) {
      return failure(Errc::malformed, "ECU " + ecu.ecu_id + " is there twice");
    }
  }
  return {};
}

Result<Layout> layout(const PackageManifest& manifest, std::uint64_t payload) {
  Layout out;
  out.total_bytes = payload;
  for (const auto& ecu : manifest.ecus) {
    const auto leaves = chunk_count(ecu.stored_bytes, manifest.chunk_bytes) * 32;
    Layout::Image image;
    image.leaves = out.total_bytes;
    if (__builtin_add_overflow(image.leaves, leaves, &image.stored) ||
        __builtin_add_overflow(image.stored, ecu.stored_bytes, &out.total_bytes)) {
      return failure(Errc::does_not_fit,
                     "ECU " + ecu.ecu_id + ": the package's size exceeds 64 bits");
    }
    out.images.push_back(image);
  }
  return out;
}

}  // namespace motorcade::otap
