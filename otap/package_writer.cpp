#include "otap/package_writer.hpp"

#include "otap/merkle.hpp"
#include "otap/stored_image.hpp"

namespace motorcade::otap {
namespace {

/// Everything but sizes and digests of the stored form.
EcuEntry described(const ImageSpec& spec) {
  EcuEntry ecu;
  ecu.ecu_id = spec.ecu_id;
  ecu.hardware_id = spec.hardware_id;
  ecu.from_version = spec.from_version;
  ecu.to_version = spec.to_version;
  ecu.codec = spec.codec;
  ecu.image_sha256 = spec.sha256;
  ecu.dependencies = spec.dependencies;
  return ecu;
}

Result<void> check_image(const ImageSpec& spec, const Limits& limits) {
  if (!spec.image) return failure(Errc::invalid_spec, "ECU " + spec.ecu_id + " has no image");
  if (spec.codec != Codec::none && spec.codec != Codec::zstd) {
    return failure(Errc::unsupported_codec,
                   "ECU " + spec.ecu_id + ": only none and zstd are written");
  }
  if (spec.image->size() > limits.image_bytes) {
    return failure(Errc::limit_exceeded,
                   "ECU " + spec.ecu_id + ": an image of " + std::to_string(spec.image->size()) +
                       " bytes, at most " + std::to_string(limits.image_bytes) + " are allowed");
  }
  return {};
}

std::string joined(const std::vector<digest::Sha256>& leaves) {
  std::string out;
  out.reserve(leaves.size() * 32);
  for (const auto& leaf : leaves)
    out.append(reinterpret_cast<const char*>(leaf.data()), leaf.size());
  return out;
}

}  // namespace

Result<PackageWriter> PackageWriter::prepare(PackageSpec spec, const KeyId& signer,
                                             const Limits& limits) {
  PackageWriter writer;
  auto& manifest = writer.manifest_;
  manifest.zonal_gateway = spec.zonal_gateway;
  manifest.signer = signer;
  manifest.chunk_bytes = spec.chunk_bytes;
  for (const auto& image : spec.images) {
    OTAP_TRY_VOID(check_image(image, limits));
    manifest.ecus.push_back(described(image));
    manifest.ecus.back().stored_bytes = manifest.ecus.back().image_bytes = 0;
  }
  OTAP_TRY_VOID(check(manifest, limits));  // before any work; the sizes are checked again below
  for (std::size_t i = 0; i < spec.images.size(); ++i) {
    auto& leaves = writer.leaves_.emplace_back();
    OTAP_TRY(const auto sizes, store_image(spec.images[i], spec.chunk_bytes, spec.zstd_level,
                                           [&](std::string_view chunk) -> Result<void> {
                                             leaves.push_back(leaf_hash(chunk));
                                             return {};
                                           }));
    auto& ecu = manifest.ecus[i];
    ecu.stored_bytes = sizes.stored_bytes;
    ecu.image_bytes = sizes.image_bytes;
    ecu.merkle_root = merkle_root(leaves);
  }
  OTAP_TRY_VOID(check(manifest, limits));
  writer.signed_bytes_ = encode(manifest);
  if (writer.signed_bytes_.size() > limits.manifest_bytes) {
    return failure(Errc::limit_exceeded,
                   "a manifest of " + std::to_string(writer.signed_bytes_.size()) +
                       " bytes, at most " + std::to_string(limits.manifest_bytes) + " are allowed");
  }
  OTAP_TRY(writer.layout_, layout(manifest, writer.signed_bytes_.size() + signatures_bytes));
  if (writer.total_bytes() > limits.package_bytes) {
    return failure(Errc::limit_exceeded, "a package of " + std::to_string(writer.total_bytes()) +
                                             " bytes, at most " +
                                             std::to_string(limits.package_bytes) + " are allowed");
  }
  writer.spec_ = std::move(spec);
  return writer;
}

Result<Written> PackageWriter::write(const Signatures& signatures, const Sink& sink) const {
  if (signatures.ecdsa.size() != ecdsa_bytes || signatures.ml_dsa.size() != ml_dsa_bytes) {
    return failure(Errc::bad_signature, "signatures of a wrong length");
  }
  MeasuredSink out(sink);
  OTAP_TRY_VOID(out.write(signed_bytes_));
  OTAP_TRY_VOID(out.write(signatures.ecdsa));
  OTAP_TRY_VOID(out.write(signatures.ml_dsa));
  for (std::size_t i = 0; i < spec_.images.size(); ++i) {
    const auto& leaves = leaves_[i];
    OTAP_TRY_VOID(out.write(joined(leaves)));
    std::size_t next = 0;
    const auto on_chunk = [&](std::string_view chunk) -> Result<void> {
      if (next == leaves.size() || leaf_hash(chunk) != leaves[next]) {
        return failure(Errc::altered, "ECU " + spec_.images[i].ecu_id + ": chunk " +
                                          std::to_string(next) + " is not what was signed; " +
                                          "its image changed while it was packed");
      }
      ++next;
      return out.write(chunk);
    };
    OTAP_TRY_VOID(store_image(spec_.images[i], spec_.chunk_bytes, spec_.zstd_level, on_chunk));
  }
  return out.finish();
}

Result<Written> write_package(PackageSpec spec, const SigningKeys& keys, const Sink& sink,
                              const Limits& limits) {
  OTAP_TRY(const auto writer,
           PackageWriter::prepare(std::move(spec), keys.verifying_keys().id(), limits));
  OTAP_TRY(const auto signatures, sign(keys, writer.to_sign()));
  return writer.write(signatures, sink);
}

}  // namespace motorcade::otap
