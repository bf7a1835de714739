#include "motorcade/config.hpp"

#include <fstream>

#include "motorcade/limits_section.hpp"
#include "motorcade/yaml_section.hpp"

namespace motorcade::app {
namespace {

/// Settings whose values lie in files of their own: passwords.
void read_client_files(Section& section, std::map<std::string, std::string>& client) {
  std::map<std::string, std::string> files;
  section.texts("client_files", files);
  for (const auto& [name, file] : files) {
    std::ifstream stream(file);
    std::string value;
    std::getline(stream, value);
    if (value.empty())
      section.refuse("client_files", name + ": the first line of " + file + " cannot be read");
    if (!client.emplace(name, value).second)
      section.refuse("client_files", name + " is in client too");
  }
}

void read_kafka(Section section, KafkaSettings& kafka) {
  section.text("bootstrap", kafka.bootstrap)
      .text("prefix", kafka.prefix)
      .number("replication", kafka.replication, {1, 16})
      .number("min_insync_replicas", kafka.min_insync_replicas, {1, 16})
      .seconds("operation_seconds", kafka.operation, {1, 600})
      .seconds("transaction_seconds", kafka.transaction, {1, 600})
      .seconds("session_seconds", kafka.session, {1, 1800})
      .texts("client", kafka.client);
  read_client_files(section, kafka.client);
  section.finish();
}

void read_roles(Section& root, Config& config) {
  std::vector<std::string> words;
  if (!root.words("roles", words)) return;
  auto roles = roles_from(words);
  if (!roles) root.refuse("roles", roles.error().context);
  config.roles = *std::move(roles);
}

void read_log(Section& root, Config& config) {
  auto log = root.section("log");
  log.one_of("kind", config.log.kind, {"embedded", "kafka"})
      .path("directory", config.log.directory)
      .one_of("compression", config.log.compression, {"none", "zstd"});
  auto partitions = log.section("partitions");
  partitions.number("vehicle", config.log.partitions.vehicle, {1, 4096})
      .number("campaign", config.log.partitions.campaign, {1, 64})
      .number("catalog", config.log.partitions.catalog, {1, 64})
      .finish();
  log.section("telemetry").number("keep_days", config.log.telemetry.keep_days, {1, 3650}).finish();
  read_kafka(log.section("kafka"), config.log.kafka);
  log.finish();
}

void read_stores(Section& root, Config& config) {
  auto snapshots = root.section("snapshots");
  snapshots.path("directory", config.snapshots.directory)
      .number("every", config.snapshots.every, {1, 1'000'000'000})
      .finish();
  const std::pair<const char*, Path*> directories[] = {{"keys", &config.keys},
                                                       {"artifacts", &config.artifacts},
                                                       {"signing", &config.signing},
                                                       {"checkpoints", &config.checkpoints},
                                                       {"backups", &config.backups}};
  for (const auto& [name, path] : directories) root.section(name).path("directory", *path).finish();
  auto postgres = root.section("postgres");
  postgres.text("uri", config.postgres.uri)
      .text("schema", config.postgres.schema)
      .number("connections", config.postgres.connections, {1, 256})
      .finish();
  root.section("tokens").path("file", config.tokens).finish();
  root.section("ecus").path("registry", config.ecu_registry).finish();
}

void read_edges(Section& root, Config& config) {
  auto certificates = root.section("certificates");
  certificates.path("directory", config.certificates.directory)
      .flag("development", config.certificates.development)
      .finish();
  const auto& made = config.certificates.directory;
  config.https.certificate = made / "server.crt";
  config.https.key = made / "server.key";
  config.https.client_ca = config.mqtt.ca = made / "ca.crt";
  config.mqtt.certificate = made / "edge.crt";
  config.mqtt.key = made / "edge.key";
  auto https = root.section("https");
  https.text("host", config.https.host)
      .number("port", config.https.port, {0, 65'535})
      .text("public_url", config.https.public_url)
      .path("certificate", config.https.certificate)
      .path("key", config.https.key)
      .path("client_ca", config.https.client_ca)
      .flag("allow_simulator", config.https.allow_simulator)
      .finish();
  auto mqtt = root.section("mqtt");
  mqtt.uri("uri", config.mqtt.uri, "ssl://")  // anything else the library would speak in the clear
      .text("client_id", config.mqtt.client_id)
      .path("ca", config.mqtt.ca)
      .path("certificate", config.mqtt.certificate)
      .path("key", config.mqtt.key)
      .seconds("drain_grace_seconds", config.mqtt.drain_grace, {0, 86'400})
      .finish();
  auto pqc = root.section("pqc");
  pqc.number("configuration", config.pqc.configuration, {0, 1000})
      .path("table", config.pqc.table)
      .finish();
}

}  // namespace

Result<Config> load_config(const Path& file) {
  Config config;
  try {
    Section root(YAML::LoadFile(file.string()), "");
    root.one_of("log_level", config.log_level, {"debug", "info", "warning", "error"})
        .number("threads", config.threads, {1, 256});
    read_roles(root, config);
    read_log(root, config);
    read_stores(root, config);
    read_edges(root, config);
    read_limits(root, config);
    root.finish();
  } catch (const YAML::BadFile&) {
    return failure(std::errc::no_such_file_or_directory, "the configuration " + file.string());
  } catch (const ConfigFault& fault) {
    return failure(std::errc::invalid_argument, file.string() + ":" + fault.what());
  } catch (const YAML::Exception& e) {
    return failure(std::errc::invalid_argument,
                   file.string() + ":" + std::to_string(e.mark.line + 1) + ": " + e.msg);
  }
  return config;
}

Result<void> check_roles(const Config& config) {
  if (config.log.kind == "kafka" || config.roles == all_roles()) return {};
  return failure(std::errc::invalid_argument,
                 "roles " + to_string(config.roles) +
                     ": a log in a directory has one process, which has all roles (" +
                     to_string(all_roles()) + "); several need log.kind: kafka");
}

}  // namespace motorcade::app
