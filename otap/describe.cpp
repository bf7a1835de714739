#include "otap/describe.hpp"

#include "otap/v1.hpp"

namespace motorcade::otap {
namespace {

SignatureState state_of(const SignedPart& part, const Trust& trust) {
  const auto checked = check_signatures(part, trust);
  if (checked) return SignatureState::holds;
  return checked.error().code == Errc::unknown_signer ? SignatureState::not_checked
                                                      : SignatureState::broken;
}

Result<Description> describe_package(const SourcePtr& source, Header header, const Trust& trust,
                                     const Limits& limits) {
  Description out;
  out.bytes = source->size();
  if (header.version == package_version_1) {
    OTAP_TRY(auto package, walk_v1(*source, header, limits));
    out.signature = SignatureState::none;
    out.manifest = std::move(package.manifest);
    return out;
  }
  if (header.version != package_version) {
    return failure(Errc::unsupported_version, "OTAP version " + std::to_string(header.version));
  }
  OTAP_TRY(const auto part, read_signed_part(*source, std::move(header), limits));
  OTAP_TRY(auto manifest, decode_manifest(part.header, part.manifest(), limits));
  OTAP_TRY(const auto places, layout(manifest, part.payload_begin));
  OTAP_TRY_VOID(check_total_bytes("package", source->size(), places.total_bytes));
  out.signature = state_of(part, trust);
  out.manifest = std::move(manifest);
  return out;
}

Result<Description> describe_bundle(const SourcePtr& source, Header header, const Trust& trust,
                                    const Limits& limits) {
  if (header.version != bundle_version) {
    return failure(Errc::unsupported_version, "bundle version " + std::to_string(header.version));
  }
  OTAP_TRY(const auto part, read_signed_part(*source, std::move(header), limits));
  OTAP_TRY(auto manifest, decode_bundle_manifest(part, limits));
  OTAP_TRY_VOID(check_total_bytes("bundle", source->size(), manifest.total_bytes));
  Description out;
  out.bytes = source->size();
  out.signature = state_of(part, trust);
  for (const auto& zone : manifest.zones) {
    OTAP_TRY(const auto package, slice(source, zone.offset, zone.bytes));
    OTAP_TRY(auto inner, read_header(*package, limits));
    if (inner.magic != package_magic) {
      return failure(Errc::bad_magic, "zone " + zone.zonal_gateway + " holds no package");
    }
    OTAP_TRY(auto description, describe_package(package, std::move(inner), trust, limits));
    out.packages.push_back(std::move(description));
  }
  out.manifest = std::move(manifest);
  return out;
}

std::string signed_line(const Description& description, const KeyId& signer) {
  std::string line = ", signature " + std::string(to_string(description.signature));
  if (description.signature != SignatureState::none) line += ", signer " + hex(signer);
  return line + "\n";
}

std::string ecu_lines(const EcuEntry& ecu) {
  std::string out = "  " + ecu.ecu_id + "  " + ecu.from_version + " -> " + ecu.to_version + "  " +
                    std::to_string(ecu.image_bytes) + " bytes, stored " +
                    std::to_string(ecu.stored_bytes) + " (" + std::string(to_string(ecu.codec)) +
                    ")";
  if (!ecu.hardware_id.empty()) out += ", hardware " + ecu.hardware_id;
  out += "\n    sha256 " + hex(ecu.image_sha256) + "\n";
  for (const auto& dependency : ecu.dependencies) {
    out += "    needs " + dependency.ecu_id + " >= " + dependency.min_version + "\n";
  }
  return out;
}

std::string package_text(const Description& description, const PackageManifest& manifest) {
  std::string out = "OTAP version " + std::to_string(manifest.version) + " for " +
                    manifest.zonal_gateway + ", " + std::to_string(manifest.ecus.size()) +
                    " ECUs, " + std::to_string(description.bytes) + " bytes" +
                    signed_line(description, manifest.signer);
  for (const auto& ecu : manifest.ecus) out += ecu_lines(ecu);
  return out;
}

}  // namespace

std::string_view to_string(SignatureState state) {
  switch (state) {
    case SignatureState::none:
      return "none";
    case SignatureState::not_checked:
      return "not checked";
    case SignatureState::holds:
      return "holds";
    case SignatureState::broken:
      return "BROKEN";
  }
  return "unknown";
}

Result<Description> describe(const SourcePtr& source, const Trust& trust, const Limits& limits) {
  OTAP_TRY(auto header, read_header(*source, limits));
  if (header.magic == bundle_magic)
    return describe_bundle(source, std::move(header), trust, limits);
  return describe_package(source, std::move(header), trust, limits);
}

std::string to_text(const Description& description) {
  if (const auto* package = std::get_if<PackageManifest>(&description.manifest)) {
    return package_text(description, *package);
  }
  const auto& bundle = std::get<BundleManifest>(description.manifest);
  std::string out = "OTAB version " + std::to_string(bundle.version) + " \"" + bundle.id + "\", " +
                    std::to_string(bundle.zones.size()) + " packages, " +
                    std::to_string(description.bytes) + " bytes" +
                    signed_line(description, bundle.signer);
  for (const auto& package : description.packages) out += to_text(package);
  return out;
}

}  // namespace motorcade::otap
