// The configuration file: the example works, and every mistake is named.
#include <gtest/gtest.h>

#include "motorcade_vehicle/config.hpp"
#include "vehicle_agent/vmg/scratch.hpp"
#include "vehicle_agent/vmg/signed_bundle.hpp"

namespace motorcade::app {
namespace {
using test::read_file;
using test::Scratch;
using test::write_file;

class ConfigFile : public testing::Test {
 protected:
  ConfigFile() {
    write_file(scratch_ / "signer.pem", test::signer().verifying_keys().to_pem());
    const std::string source = MOTORCADE_SOURCE;
    text_ = read_file(source + "/config/vehicle.yaml.example");
    change("var/signing/package-verifying.pem", (scratch_ / "signer.pem").string());
    change("config/pqc_configs.yaml", source + "/config/pqc_configs.yaml");
    change("config/ecu_registry.yaml", source + "/config/ecu_registry.yaml");
  }
  void change(const std::string& from, const std::string& to) {
    const auto at = text_.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text_.replace(at, from.size(), to);
  }
  [[nodiscard]] Result<FleetConfig> read(const Override& override = {}) const {
    write_file(scratch_ / "vehicle.yaml", text_);
    return read_config(scratch_ / "vehicle.yaml", override);
  }
  void expect_complaint(const std::string& complaint) const {
    const auto config = read();
    ASSERT_FALSE(config);
    EXPECT_NE(to_string(config.error()).find(complaint), std::string::npos)
        << to_string(config.error());
  }

  Scratch scratch_;
  std::string text_;
};

TEST_F(ConfigFile, TheExampleIsAWholeFleet) {
  const auto config = read();
  ASSERT_TRUE(config) << to_string(config.error());
  ASSERT_EQ(config->vehicles.size(), 30U);
  const auto& first = config->vehicles.front();
  EXPECT_EQ(first.vmg.vin, "MCDEM000000000001");
  EXPECT_EQ(first.vmg.broker.uri, "ssl://localhost:8883");
  EXPECT_EQ(first.vmg.broker.certificate, "var/certificates/MCDEM000000000001.pem");
  EXPECT_EQ(first.vmg.download.identity.key, "var/certificates/MCDEM000000000001.key");
  EXPECT_EQ(first.build.configuration.zones.size(), 5U);
  EXPECT_EQ(first.build.configuration.zones[0].gateway, "ZG_ADAS");
  EXPECT_EQ(first.build.configuration.zones[0].ecus[0].type, "CAM_F");
  EXPECT_EQ(config->policy.groups, "X25519MLKEM768");
  EXPECT_EQ(config->vehicles[29].faults.vmg.lost_link_percent, 50U);
  EXPECT_TRUE(config->vehicles[28].faults.bad_flash.contains("ECU_021"));
}

TEST_F(ConfigFile, TheCommandLineDecidesWhoRuns) {
  change("faults:", "no_faults: # faults:");
  expect_complaint("no_faults");
  text_.erase(text_.find("\nno_faults"));
  EXPECT_EQ(read({3, ""})->vehicles.size(), 3U);
  const auto one = read({1, "WMT00000000000007"});
  ASSERT_TRUE(one) << to_string(one.error());
  EXPECT_EQ(one->vehicles.front().vmg.vin, "WMT00000000000007");
}

TEST_F(ConfigFile, MistakesAreNamed) {
  const struct {
    const char *from, *to, *complaint;
  } kMistakes[] = {
      {"port: 8883", "port: 88830", "broker.port must be a number from 1 to 65535"},
      {"port: 8883", "prot: 8883", "broker.prot is no setting"},
      {"host: localhost", "", "broker.host is missing"},
      {"sync: true", "sync: maybe", "storage.sync must be true or false"},
      {"ecus: files", "ecus: tape", "storage.ecus must be files or memory"},
      {"weight: full", "weight: heavy", "fleet.weight must be full or light"},
      {"MCDEM%012d", "MCDEMO%011d", "17 letters and digits, without I, O and Q"},
      {"MCDEM%012d", "MCDEM%012s", "use %0Nd"},
      {"configuration: 13", "configuration: 16", "pqc.configuration must be a number from 0 to 15"},
      {"gateways: 5", "gateways: 50", "has only 10"},
      {"vehicle: 30", "vehicle: 31", "31 is not in this fleet"},
      {"kind: lost_link", "kind: lost_keys", "faults[0].kind must be"},
      {"ecu: ECU_021}     # this", "ecu: ECU_099}     # this",
       "faults[1].ecu is not in this vehicle"},
  };
  const auto good = text_;
  for (const auto& mistake : kMistakes) {
    text_ = good;
    change(mistake.from, mistake.to);
    expect_complaint(mistake.complaint);
  }
  text_ = "broker: [";
  expect_complaint("vehicle.yaml");
  EXPECT_FALSE(read_config(scratch_ / "none.yaml", {}));
}

TEST(Vin, IsMadeFromAPattern) {
  EXPECT_EQ(vin_of("MCDEM%012d", 7), "MCDEM000000000007");
  EXPECT_EQ(vin_of("WMT00000000000001", 7), "WMT00000000000001");
  EXPECT_FALSE(vin_of("MCDEM%012d", 10'000'000'000'000));
  EXPECT_FALSE(vin_of("%0", 1));
  EXPECT_FALSE(vin_of("%0d", 1));
}

}  // namespace
}  // namespace motorcade::app
