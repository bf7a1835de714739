#include "adapters/yaml/tables.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "support/temporary_directory.hpp"

namespace motorcade::yaml {
namespace {
const std::filesystem::path kConfig = MOTORCADE_CONFIG;

TEST(TlsTable, HasTheThirteenConfigurationsAndTheThreeHybrids) {
  const auto policies = load_tls_policies(kConfig / "pqc_configs.yaml").value();
  ASSERT_EQ(policies.size(), 16u);
  for (int i = 0; i < 16; ++i) EXPECT_EQ(policies[static_cast<std::size_t>(i)].id, i);
  const auto ours = load_tls_policy(kConfig / "pqc_configs.yaml", 13).value();
  EXPECT_EQ(ours.group, edge::TlsPolicy{}.group);
  EXPECT_EQ(ours.signature, edge::TlsPolicy{}.signature);
  EXPECT_NE(load_tls_policy(kConfig / "pqc_configs.yaml", 16).error().context.find("0, 1, 2"),
            std::string::npos);
}

TEST(EcuRegistry, HasAHundredEcusInTenZones) {
  const auto registry = load_ecu_registry(kConfig / "ecu_registry.yaml").value();
  EXPECT_EQ(registry.all().size(), 100u);
  std::map<std::string, int> zones;
  for (const auto& ecu : registry.all()) {
    ++zones[ecu.gateway];
    EXPECT_EQ(ecu.hardware, "TC375");
    EXPECT_EQ(ecu.initial, (SemanticVersion{1, 0, 0}));
  }
  EXPECT_EQ(zones.size(), 10u);
  EXPECT_EQ(registry.find("ECU_025")->type, "ADAS_CTL");
  EXPECT_EQ(registry.find("ECU_026")->gateway, "ZG_RESERVE_1");
  EXPECT_EQ(registry.find("ECU_100")->gateway, "ZG_RESERVE_5");
  EXPECT_EQ(registry.find("ECU_101"), nullptr);
}

TEST(BadTables, SayWhereAndWhat) {
  testing_support::TemporaryDirectory directory;
  const auto file = directory.path() / "table.yaml";
  const auto complaint = [&](const char* text, auto load) {
    std::ofstream(file) << text;
    const auto loaded = load(file);
    return loaded ? std::string("good") : loaded.error().context;
  };
  const auto tls = [&](const char* text) { return complaint(text, load_tls_policies); };
  const auto ecus = [&](const char* text) { return complaint(text, load_ecu_registry); };
  for (const char* bad :
       {"", "7", "[]", "configurations: 7", "configurations: [7]",
        "configurations: [{id: x, group: g, signature: s}]",
        "configurations: [{id: 1, signature: s}]", "configurations: [{id: 1, group: g}]",
        "configurations: [{id: 1, group: [], signature: s}]", "configuration: []", "{", "a: b: c",
        "configurations: [{id: 1, group: g, signature: s, hash: h}]",
        "configurations: [{id: 1, group: g, signature: s}, {id: 1, group: g, signature: s}]"}) {
    EXPECT_NE(tls(bad).find("table.yaml"), std::string::npos) << bad;
    EXPECT_NE(ecus(bad).find("table.yaml"), std::string::npos) << bad;
  }
  for (const char* bad :
       {"zones: [{gateway: Z, ecus: [{id: A, type: T}]}]",
        "defaults: {hardware: H, version: x}\nzones: [{gateway: Z, ecus: [{id: A, type: T}]}]",
        "defaults: {hardware: H, version: 1}\nzones: [{gateway: Z, ecus: [{id: A, type: T}, {id: "
        "A, type: T}]}]",
        "defaults: {hardware: H, version: 1}\nzones: [{ecus: [{id: A, type: T}]}]"})
    EXPECT_NE(ecus(bad).find("table.yaml"), std::string::npos) << bad;
  EXPECT_EQ(
      ecus("defaults: {hardware: H, version: 1}\nzones: [{gateway: Z, ecus: [{id: A, type: T}]}]"),
      "good");
  EXPECT_NE(load_tls_policies(directory.path() / "none.yaml").error().context.find("none.yaml"),
            std::string::npos);
}

}  // namespace
}  // namespace motorcade::yaml
