// The configuration file: what it says, and what it is told when it is wrong.
#include "motorcade/config.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>

#include "motorcade/yaml_section.hpp"
#include "support/temporary_directory.hpp"

namespace motorcade::app {
namespace {

class ConfigTest : public testing::Test {
 protected:
  Result<Config> load(const std::string& text) {
    const auto file = directory_.path() / "motorcade.yaml";
    std::ofstream(file) << text;
    return load_config(file);
  }
  /// What it says of a file that it refuses, without the file's own name.
  std::string fault(const std::string& text) {
    const auto loaded = load(text);
    if (loaded) return "accepted";
    const auto& context = loaded.error().context;
    return context.substr(context.find("motorcade.yaml:") + 15);
  }
  testing_support::TemporaryDirectory directory_;
};

TEST_F(ConfigTest, ReadsWhatIsThereAndKeepsTheRest) {
  const auto config = load(
      "log: {directory: /srv/log, compression: none, partitions: {vehicle: 16},\n"
      "      telemetry: {keep_days: 3}}\n"
      "https: {port: 9443, allow_simulator: true}\n"
      "mqtt: {drain_grace_seconds: 7}\n"
      "limits: {report_bytes: 2048, telemetry_bytes: 4096, https: {json_depth: 8, idle_seconds: "
      "9}, mqtt: {in_flight: 3},\n"
      "         database: {commands_kept_seconds: 7200}}\n");
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_EQ(config->log.directory, "/srv/log");
  EXPECT_EQ(config->log.partitions, (PartitionCounts{16, 2, 2}));
  EXPECT_EQ(config->https.port, 9443);
  EXPECT_TRUE(config->https.allow_simulator);
  EXPECT_EQ(config->mqtt.drain_grace, std::chrono::seconds(7));
  EXPECT_EQ(config->limits.report_bytes, 2048U);
  EXPECT_EQ(config->limits.telemetry_bytes, 4096U);
  EXPECT_EQ(config->log.telemetry.keep_days, 3U);
  EXPECT_EQ(config->https_limits.json_depth, 8U);
  EXPECT_EQ(config->https_limits.idle, std::chrono::seconds(9));
  EXPECT_EQ(config->https_limits.upload_bytes, https::Limits{}.upload_bytes);
  EXPECT_EQ(config->mqtt_limits.in_flight, 3U);
  EXPECT_EQ(config->limits.database.commands_kept, std::chrono::hours(2));
}

TEST_F(ConfigTest, SettingsOfTheKafkaClientAreHandedOn) {
  const auto config = load(
      "log: {kind: kafka, kafka: {bootstrap: 'a:1,b:2', replication: 1, transaction_seconds: 3,\n"
      "      client: {security.protocol: SASL_SSL, sasl.password: \"x: y\"}}}\n");
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_EQ(config->log.kind, "kafka");
  EXPECT_EQ(config->log.kafka.bootstrap, "a:1,b:2");
  EXPECT_EQ(config->log.kafka.replication, 1);
  EXPECT_EQ(config->log.kafka.transaction, std::chrono::seconds(3));
  EXPECT_EQ(config->log.kafka.client,
            (std::map<std::string, std::string>{{"sasl.password", "x: y"},
                                                {"security.protocol", "SASL_SSL"}}));
  EXPECT_EQ(fault("log:\n  kafka:\n    client: [a]\n"),
            "3: log.kafka.client: a section with keys is wanted");
  EXPECT_EQ(fault("log: {kafka: {client: {a.b: [1]}}}\n"),
            "1: log.kafka.client.a.b: a text is wanted");
  const auto file = (directory_.path() / "secret").string();
  const auto with = "log: {kafka: {client: {a: b}, client_files: {";
  EXPECT_EQ(
      fault(with + ("sasl.password: " + file) + "}}}\n"),
      "1: log.kafka.client_files: sasl.password: the first line of " + file + " cannot be read");
  std::ofstream(file) << "x: y\n";
  EXPECT_EQ(fault(with + ("a: " + file) + "}}}\n"),
            "1: log.kafka.client_files: a is in client too");
  EXPECT_EQ(load(with + ("sasl.password: " + file) + "}}}\n")->log.kafka.client,
            (std::map<std::string, std::string>{{"a", "b"}, {"sasl.password", "x: y"}}));
  EXPECT_EQ(fault("log: {kind: kafak}\n"),
            "1: log.kind: one of embedded, kafka is wanted, not \"kafak\"");
}

TEST_F(ConfigTest, RolesAreAListOfKnownWords) {
  EXPECT_EQ(load("threads: 1\n")->roles, all_roles());
  const auto two = load("log: {kind: kafka}\nroles: [owner, edge]\n");
  ASSERT_TRUE(two) << to_string(two.error());
  EXPECT_EQ(two->roles, (Roles{Role::kEdge, Role::kOwner}));
  EXPECT_TRUE(check_roles(*two));
  const auto all = "edge,owner,projector,builder,effects";
  EXPECT_EQ(fault("\nroles: [edge, ownr]\n"),
            std::string("2: roles: no role \"ownr\"; there are ") + all);
  EXPECT_EQ(fault("roles: []\n"), std::string("1: roles: at least one role is wanted, of ") + all);
  EXPECT_EQ(fault("roles: owner\n"), "1: roles: a list is wanted, as in [a, b]");
}

TEST_F(ConfigTest, ALogInADirectoryHasOneProcessWithAllRoles) {
  const auto config = load("roles: [owner]\n");
  ASSERT_TRUE(config);
  const auto checked = check_roles(*config);
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().context.find("log.kind: kafka"), std::string::npos);
  EXPECT_TRUE(check_roles(*load("roles: [effects, builder, projector, owner, edge]\n")));
}

TEST_F(ConfigTest, AnEmptyOneHasTheDefaultPorts) {
  const auto config = load("https:\nmqtt:\n").value();
  EXPECT_EQ(config.https.port, 8443);
  EXPECT_EQ(config.mqtt.uri, "ssl://localhost:8883");
  EXPECT_FALSE(config.certificates.development) << "only a file that says so makes certificates";
}

TEST_F(ConfigTest, CertificatesLieInTheirDirectoryUnlessASettingSaysElse) {
  const auto config =
      load("certificates: {directory: /c, development: true}\nmqtt: {key: /other.key}\n").value();
  EXPECT_TRUE(config.certificates.development);
  EXPECT_EQ(config.https.certificate, "/c/server.crt");
  EXPECT_EQ(config.https.client_ca, "/c/ca.crt");
  EXPECT_EQ(config.mqtt.certificate, "/c/edge.crt");
  EXPECT_EQ(config.mqtt.key, "/other.key");
}

TEST_F(ConfigTest, UnknownSettingsAreRefusedWithTheNearest) {
  EXPECT_EQ(fault("log:\n  directry: x\n"),
            "2: log.directry: no such setting; is directory meant?");
  EXPECT_EQ(fault("\nhtps: {port: 1}\n"), "2: htps: no such setting; is https meant?");
  EXPECT_EQ(fault("limits:\n  https:\n    jsonbytes: 1\n"),
            "3: limits.https.jsonbytes: no such setting; is json_bytes meant?");
  EXPECT_EQ(fault("zzzzzzzzzz: 1\n"), "1: zzzzzzzzzz: no such setting");
}

TEST_F(ConfigTest, WrongValuesAreRefusedWithTheirLine) {
  EXPECT_EQ(fault("https:\n  port: 65536\n"),
            "2: https.port: a whole number from 0 to 65535 is wanted, not \"65536\"");
  for (const std::string bad : {"-1", "1.5", "many", "0x10", "\"\"", "5000"})
    EXPECT_TRUE(fault("log:\n  partitions:\n    vehicle: " + bad + "\n")
                    .starts_with("3: log.partitions.vehicle: a whole number from 1 to 4096"))
        << bad;
  for (const std::string wrong : {"tcp://broker:1883", "mqtt://broker", "broker:8883", "ssl://"})
    EXPECT_EQ(fault("log_level: info\nmqtt:\n  uri: \"" + wrong + "\"\n"),
              "3: mqtt.uri: ssl://HOST:PORT is wanted, not \"" + wrong + "\"");
  EXPECT_EQ(fault("https: {allow_simulator: yes}\n"),
            "1: https.allow_simulator: true or false is wanted, not \"yes\"");
  EXPECT_EQ(fault("log: {compression: lz4}\n"),
            "1: log.compression: one of none, zstd is wanted, not \"lz4\"");
  EXPECT_EQ(fault("limits:\n  https:\n    idle_seconds: 0\n"),
            "3: limits.https.idle_seconds: a whole number from 1 to 3600 is wanted, not \"0\"");
  EXPECT_EQ(fault("keys: {directory: [a]}\n"), "1: keys.directory: a path is wanted");
  EXPECT_EQ(fault("keys: \"x\"\n"), "1: keys: a section with keys is wanted");
  EXPECT_EQ(fault("threads: 2\nthreads: 3\n"), "2: threads: is there twice");
  EXPECT_TRUE(fault("log: {\n").starts_with("2: ")) << fault("log: {\n");
}

TEST_F(ConfigTest, AFileThatIsNotThereIsNamed) {
  const auto loaded = load_config("/nowhere/at/all.yaml");
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().context.find("/nowhere/at/all.yaml"), std::string::npos);
}

/// The documented file, with what stands commented in it taken as settings too.
std::string everything_documented() {
  std::ifstream file(std::string(MOTORCADE_SOURCE_DIR) + "/config/motorcade.yaml");
  std::string text, line;
  const std::regex commented("( *)# ( *)([a-z_]+:.*)"), top("# ( *[a-z_]+:.*)");
  std::smatch found;
  while (std::getline(file, line)) {
    if (std::regex_match(line, found, top))
      line = found[1].str();
    else if (std::regex_match(line, found, commented))
      line = found[1].str() + found[2].str() + found[3].str();
    text += line + '\n';
  }
  return text;
}

TEST_F(ConfigTest, TheDocumentedFileIsAcceptedAndSaysTheDefaults) {
  ASSERT_TRUE(load_config(std::string(MOTORCADE_SOURCE_DIR) + "/config/motorcade.yaml"));
  const auto text = everything_documented();
  const auto documented = load(text);
  ASSERT_TRUE(documented) << to_string(documented.error()) << "\n" << text;
  const Config defaults;
  EXPECT_EQ(documented->threads, defaults.threads);
  EXPECT_EQ(documented->roles, defaults.roles);
  EXPECT_EQ(documented->log.partitions, defaults.log.partitions);
  EXPECT_EQ(documented->log.kind, defaults.log.kind);
  EXPECT_EQ(documented->log.kafka, defaults.log.kafka);
  EXPECT_EQ(documented->snapshots.every, defaults.snapshots.every);
  EXPECT_EQ(documented->https.port, defaults.https.port);
  EXPECT_EQ(documented->mqtt.drain_grace, defaults.mqtt.drain_grace);
  EXPECT_EQ(documented->postgres.connections, defaults.postgres.connections);
  EXPECT_EQ(documented->limits, defaults.limits);
  EXPECT_EQ(documented->https_limits, defaults.https_limits);
  EXPECT_EQ(documented->mqtt_limits, defaults.mqtt_limits);
}

TEST_F(ConfigTest, EverySettingIsDocumented) {
  // Each name that the reader asks for stands in the documented file: the suggestion for a name
  // near it would otherwise be a setting that nobody can know of.
  const auto text = everything_documented();
  for (const std::string file : {"config.cpp", "limits_section.cpp"}) {
    std::ifstream source(std::string(MOTORCADE_SOURCE_DIR) + "/apps/motorcade/" + file);
    const std::string code((std::istreambuf_iterator<char>(source)), {});
    const std::regex asked(
        "[.(](?:text|texts|words|path|flag|one_of|number|seconds|section)\\(\"([a-z_]+)\"");
    int count = 0;
    for (auto it = std::sregex_iterator(code.begin(), code.end(), asked);
         it != std::sregex_iterator(); ++it, ++count)
      EXPECT_NE(text.find((*it)[1].str() + ":"), std::string::npos) << (*it)[1];
    EXPECT_GT(count, 20) << file;
  }
}

TEST(Nearest, IsNearOrNothing) {
  const std::set<std::string> known{"directory", "compression", "partitions"};
  EXPECT_EQ(nearest("directori", known), "directory");
  EXPECT_EQ(nearest("partition", known), "partitions");
  EXPECT_EQ(nearest("xyz", known), "");
}

}  // namespace
}  // namespace motorcade::app
