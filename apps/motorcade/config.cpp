#include "motorcade/config.hpp"

#include <yaml-cpp/yaml.h>

#include <functional>

namespace motorcade::app {
namespace {

/// A section: reads its keys by name, and afterwards complains of those that nobody read.
class Section {
 public:
  Section(YAML::Node node, std::string path) : node_(std::move(node)), path_(std::move(path)) {
    if (node_.IsDefined() && !node_.IsNull() && !node_.IsMap())
      throw std::runtime_error(path_ + ": a section with keys is wanted");
  }

  template <class T>
  Section& read(const std::string& key, T& out, const char* wanted) {
    known_.insert(key);
    const auto value = node_.IsMap() ? node_[key] : YAML::Node(YAML::NodeType::Undefined);
    if (!value.IsDefined()) return *this;
    try {
      if constexpr (std::is_same_v<T, std::filesystem::path>)
        out = value.as<std::string>();
      else if constexpr (std::is_same_v<T, Duration>)
        out = std::chrono::seconds(value.as<std::uint32_t>());
      else
        out = value.as<T>();
    } catch (const YAML::Exception&) {
      throw std::runtime_error(path_ + "." + key + ": " + wanted + " is wanted, on line " +
                               std::to_string(value.Mark().line + 1));
    }
    return *this;
  }
  Section section(const std::string& key) {
    known_.insert(key);
    return {node_.IsMap() ? node_[key] : YAML::Node(), path_.empty() ? key : path_ + "." + key};
  }
  void finish() const {
    if (!node_.IsMap()) return;
    for (const auto& entry : node_) {
      const auto key = entry.first.as<std::string>();
      if (!known_.contains(key))
        throw std::runtime_error((path_.empty() ? key : path_ + "." + key) +
                                 ": no such setting, on line " +
                                 std::to_string(entry.first.Mark().line + 1));
    }
  }

 private:
  YAML::Node node_;
  std::string path_;
  std::set<std::string> known_;
};

void read_stores(Section& root, Config& config) {
  auto log = root.section("log");
  log.read("directory", config.log.directory, "a path")
      .read("compression", config.log.compression, "none or zstd")
      .read("min_free_bytes", config.log.min_free_bytes, "a number of bytes");
  auto partitions = log.section("partitions");
  partitions.read("vehicle", config.log.partitions.vehicle, "a count")
      .read("campaign", config.log.partitions.campaign, "a count")
      .read("catalog", config.log.partitions.catalog, "a count");
  partitions.finish();
  log.finish();
  auto snapshots = root.section("snapshots");
  snapshots.read("directory", config.snapshots.directory, "a path")
      .read("every", config.snapshots.every, "a number of envelopes");
  snapshots.finish();
  const std::pair<const char*, std::filesystem::path*> directories[] = {
      {"keys", &config.keys},
      {"artifacts", &config.artifacts},
      {"signing", &config.signing},
      {"checkpoints", &config.checkpoints}};
  for (const auto& [name, path] : directories) {
    auto section = root.section(name);
    section.read("directory", *path, "a path");
    section.finish();
  }
  auto postgres = root.section("postgres");
  postgres.read("uri", config.postgres.uri, "a libpq connection string")
      .read("schema", config.postgres.schema, "a name")
      .read("connections", config.postgres.connections, "a count");
  postgres.finish();
}

void read_edges(Section& root, Config& config) {
  auto https = root.section("https");
  https.read("host", config.https.host, "an address")
      .read("port", config.https.port, "a port")
      .read("public_url", config.https.public_url, "a URL")
      .read("certificate", config.https.certificate, "a path")
      .read("key", config.https.key, "a path")
      .read("client_ca", config.https.client_ca, "a path")
      .read("allow_simulator", config.https.allow_simulator, "true or false");
  https.finish();
  auto mqtt = root.section("mqtt");
  mqtt.read("uri", config.mqtt.uri, "a URI as ssl://host:port")
      .read("client_id", config.mqtt.client_id, "a name")
      .read("ca", config.mqtt.ca, "a path")
      .read("certificate", config.mqtt.certificate, "a path")
      .read("key", config.mqtt.key, "a path")
      .read("drain_grace_seconds", config.mqtt.drain_grace, "a number of seconds");
  mqtt.finish();
  auto tokens = root.section("tokens");
  tokens.read("file", config.tokens, "a path");
  tokens.finish();
  auto pqc = root.section("pqc");
  pqc.read("configuration", config.pqc.configuration, "an id of the table")
      .read("table", config.pqc.table, "a path");
  pqc.finish();
  auto ecus = root.section("ecus");
  ecus.read("registry", config.ecu_registry, "a path");
  ecus.finish();
}

void check(const Config& config) {
  const auto within = [](const char* name, std::uint64_t value, std::uint64_t least,
                         std::uint64_t most) {
    if (value < least || value > most)
      throw std::runtime_error(std::string(name) + ": from " + std::to_string(least) + " to " +
                               std::to_string(most) + " is wanted");
  };
  within("log.partitions.vehicle", config.log.partitions.vehicle, 1, 4096);
  within("log.partitions.campaign", config.log.partitions.campaign, 1, 64);
  within("log.partitions.catalog", config.log.partitions.catalog, 1, 64);
  within("postgres.connections", config.postgres.connections, 1, 256);
  within("threads", config.threads, 1, 256);
  if (config.log.compression != "none" && config.log.compression != "zstd")
    throw std::runtime_error("log.compression: none or zstd is wanted");
  const std::set<std::string> levels{"debug", "info", "warning", "error"};
  if (!levels.contains(config.log_level))
    throw std::runtime_error("log_level: debug, info, warning or error is wanted");
}

}  // namespace

Result<Config> load_config(const std::filesystem::path& file) {
  Config config;
  try {
    Section root(YAML::LoadFile(file.string()), "");
    root.read("log_level", config.log_level, "debug, info, warning or error")
        .read("threads", config.threads, "a count");
    read_stores(root, config);
    read_edges(root, config);
    root.finish();
    check(config);
  } catch (const YAML::BadFile&) {
    return failure(std::errc::no_such_file_or_directory, "the configuration " + file.string());
  } catch (const std::exception& e) {
    return failure(std::errc::invalid_argument, file.string() + ": " + e.what());
  }
  return config;
}

}  // namespace motorcade::app
