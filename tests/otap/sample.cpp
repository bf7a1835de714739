// Writes a bundle, its public keys and the images in it to a directory, for decoders that are not
// ours.
#include <cstdio>
#include <fstream>

#include "otap/bundle.hpp"

namespace {
using namespace motorcade;

otap::ImageSpec image(const std::filesystem::path& directory, const std::string& zone,
                      const std::string& ecu, std::string bytes, otap::Codec codec) {
  std::ofstream(directory / (zone + "." + ecu + ".expected"), std::ios::binary) << bytes;
  otap::ImageSpec spec;
  spec.ecu_id = ecu;
  spec.hardware_id = "TC375";
  spec.from_version = "1.0.0";
  spec.to_version = "2.0.0";
  spec.sha256 = digest::sha256(bytes);
  spec.image = otap::memory_source(std::move(bytes));
  spec.codec = codec;
  spec.dependencies = {{"ECU_001", "1.5.0"}};
  return spec;
}

otap::Result<void> write_sample(const std::filesystem::path& directory) {
  std::string text;
  for (int i = 0; i < 40'000; ++i) text += std::to_string(i * i) + "\n";
  OTAP_TRY(const auto keys, otap::SigningKeys::generate());
  otap::BundleSpec bundle{"sample", {}};
  for (const std::string zone : {"ZG_BODY", "ZG_ADAS", "ZG_V1"}) {
    otap::PackageSpec spec;
    spec.zonal_gateway = zone;
    spec.images = {image(directory, zone, "ECU_1", text, otap::Codec::zstd),
                   image(directory, zone, "ECU_2", text, otap::Codec::none),
                   image(directory, zone, "ECU_3", "", otap::Codec::none)};
    std::string package;
    const otap::Sink sink = [&](std::string_view bytes) -> otap::Result<void> {
      package += bytes;
      return {};
    };
    OTAP_TRY(const auto written, zone == "ZG_V1" ? otap::write_package_v1(spec, sink)
                                                 : otap::write_package(spec, keys, sink));
    bundle.packages.push_back({zone, otap::memory_source(package), written.sha256});
  }
  std::ofstream(directory / "keys.pem") << keys.verifying_keys().to_pem();
  OTAP_TRY(auto file, otap::FileSink::create(directory / "sample.otab"));
  OTAP_TRY_VOID(otap::write_bundle(bundle, keys, file.sink()));
  return file.close();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto result = write_sample(argv[1]);
  if (result) return 0;
  std::fprintf(stderr, "%s\n", otap::to_string(result.error()).c_str());
  return 1;
}
