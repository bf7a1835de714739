// A real signed bundle for a small vehicle.
#pragma once
#include <gtest/gtest.h>

#include "otap/bundle.hpp"
#include "vehicle_agent/vmg/in_vehicle.hpp"

namespace motorcade::test {

inline const otap::SigningKeys& signer() {
  static const auto keys = otap::SigningKeys::generate();
  return *keys;
}
inline otap::Trust trust() {
  return {{signer().verifying_keys()}, false};
}

/// Two zones, three ECUs, all on 1.0.0.
inline Configuration small_vehicle() {
  const SemanticVersion v1{1, 0, 0};
  return {{{"ZG_BODY", "ZG1", {{"ECU_011", "BCM", "TC375", v1}, {"ECU_012", "DCM", "TC375", v1}}},
           {"ZG_CHASSIS", "ZG1", {{"ECU_006", "ESC", "TC375", v1}}}}};
}

inline std::string package(const std::string& gateway, const std::vector<std::string>& ecus,
                           const std::string& hardware = "TC375",
                           const std::vector<otap::Dependency>& dependencies = {}) {
  otap::PackageSpec spec;
  spec.zonal_gateway = gateway;
  for (const auto& ecu : ecus) {
    std::string image(20'000, '\0');
    for (std::size_t i = 0; i < image.size(); ++i)
      image[i] = static_cast<char>((i * 2654435761U >> 11) ^ ecu.back());
    otap::ImageSpec one;
    one.ecu_id = ecu;
    one.hardware_id = hardware;
    one.from_version = "1.0.0";
    one.to_version = "1.1.0";
    one.dependencies = dependencies;
    one.sha256 = digest::sha256(image);
    one.image = otap::memory_source(std::move(image));
    spec.images.push_back(std::move(one));
  }
  std::string out;
  const auto written = otap::write_package(spec, signer(), [&](std::string_view bytes) {
    out += bytes;
    return otap::Result<void>{};
  });
  EXPECT_TRUE(written);
  return out;
}

inline std::string bundle(const std::vector<std::pair<std::string, std::string>>& packages) {
  otap::BundleSpec spec;
  for (const auto& [gateway, bytes] : packages)
    spec.packages.push_back({gateway, otap::memory_source(bytes), digest::sha256(bytes)});
  std::string out;
  const auto written = otap::write_bundle(spec, signer(), [&](std::string_view bytes) {
    out += bytes;
    return otap::Result<void>{};
  });
  EXPECT_TRUE(written);
  return out;
}
/// Every ECU of the small vehicle to 1.1.0.
inline std::string small_bundle() {
  return bundle({{"ZG_BODY", package("ZG_BODY", {"ECU_011", "ECU_012"})},
                 {"ZG_CHASSIS", package("ZG_CHASSIS", {"ECU_006"})}});
}

}  // namespace motorcade::test
