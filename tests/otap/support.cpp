#include "otap/support.hpp"

#include <random>

#include "otap/merkle.hpp"

namespace motorcade::otap {

const SigningKeys& keys() {
  static const SigningKeys made = *SigningKeys::generate();
  return made;
}

Trust trust() {
  return {{keys().verifying_keys()}, false};
}

std::string noise(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random() % 64);
  return bytes;
}

ImageSpec image_of(std::string ecu_id, std::string bytes, Codec codec) {
  ImageSpec spec;
  spec.ecu_id = std::move(ecu_id);
  spec.hardware_id = "TC375";
  spec.from_version = "1.0.0";
  spec.to_version = "1.1.0";
  spec.sha256 = digest::sha256(bytes);
  spec.image = memory_source(std::move(bytes));
  spec.codec = codec;
  return spec;
}

PackageSpec spec_of(std::vector<ImageSpec> images) {
  PackageSpec spec;
  spec.zonal_gateway = "ZG_BODY";
  spec.images = std::move(images);
  spec.chunk_bytes = chunk_bytes_min;
  return spec;
}

Sink into(std::string& out) {
  return [&out](std::string_view bytes) -> Result<void> {
    out += bytes;
    return {};
  };
}

std::string written(const PackageSpec& spec, const Limits& limits) {
  std::string out;
  const auto result = write_package(spec, keys(), into(out), limits);
  EXPECT_TRUE(result) << to_string(result.error());
  if (result) {
    EXPECT_EQ(result->bytes, out.size());
    EXPECT_EQ(result->sha256, digest::sha256(out));
  }
  return out;
}

std::string written_v1(const PackageSpec& spec, const Limits& limits) {
  std::string out;
  const auto result = write_package_v1(spec, into(out), limits);
  EXPECT_TRUE(result) << to_string(result.error());
  return out;
}

std::string signed_and(std::string front, std::string_view payload) {
  const auto signatures = *sign(keys(), front);
  return front.append(signatures.ecdsa).append(signatures.ml_dsa).append(payload);
}

PackageManifest manifest_of(std::vector<EcuEntry> ecus) {
  PackageManifest manifest;
  manifest.zonal_gateway = "ZG_BODY";
  manifest.signer = keys().verifying_keys().id();
  manifest.chunk_bytes = chunk_bytes_min;
  manifest.ecus = std::move(ecus);
  return manifest;
}

EcuEntry entry_of(std::string ecu_id, std::string_view image, Codec codec) {
  EcuEntry ecu;
  ecu.ecu_id = std::move(ecu_id);
  ecu.to_version = "1.1.0";
  ecu.codec = codec;
  ecu.image_bytes = image.size();
  ecu.image_sha256 = digest::sha256(image);
  ecu.merkle_root = merkle_root({});
  return ecu;
}

std::string forged(PackageManifest manifest, const std::vector<std::string>& stored) {
  std::string payload;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    std::vector<digest::Sha256> leaves;
    for (std::size_t at = 0; at < stored[i].size(); at += manifest.chunk_bytes) {
      leaves.push_back(leaf_hash(std::string_view(stored[i]).substr(at, manifest.chunk_bytes)));
      payload.append(leaves.back().begin(), leaves.back().end());
    }
    payload += stored[i];
    manifest.ecus[i].stored_bytes = stored[i].size();
    manifest.ecus[i].merkle_root = merkle_root(leaves);
  }
  return signed_and(encode(manifest), payload);
}

Result<std::string> read_image(ImageReader& reader, std::size_t piece) {
  std::string bytes, buffer(piece, '\0');
  while (true) {
    OTAP_TRY(const auto count, reader.read(std::span(buffer.data(), buffer.size())));
    if (count == 0) return bytes;
    bytes.append(buffer, 0, count);
  }
}

Result<std::string> read_package(std::string bytes, const Trust& trusted, const Limits& limits) {
  OTAP_TRY(const auto package,
           PackageReader::open(memory_source(std::move(bytes)), trusted, limits));
  OTAP_TRY_VOID(package.verify());
  std::string all;
  for (std::size_t i = 0; i < package.manifest().ecus.size(); ++i) {
    OTAP_TRY(auto reader, package.image(i));
    OTAP_TRY(const auto image, read_image(reader));
    all += image;
  }
  return all;
}

TemporaryDirectory::TemporaryDirectory() {
  auto pattern = (std::filesystem::temp_directory_path() / "otap-test-XXXXXX").string();
  EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace motorcade::otap
