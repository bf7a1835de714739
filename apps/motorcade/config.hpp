// The one configuration file of the engine (config/motorcade.yaml documents every setting). Checked
// as a whole at the start: an unknown key, a wrong type or a value out of range is an error that
// names the line, the setting and what is wanted.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "adapters/https/limits.hpp"
#include "adapters/mqtt/limits.hpp"
#include "events/ids.hpp"
#include "events/result.hpp"
#include "motorcade/roles.hpp"

namespace motorcade::app {

using Path = std::filesystem::path;

/// Settings under `limits`, but those that the adapters have types for.
struct EngineLimits {
  std::size_t report_bytes = 256 * 1024, command_bytes = 512 * 1024;
  std::size_t telemetry_bytes = 64 * 1024;
  std::chrono::seconds link_validity{3600};
  struct Owner {
    std::size_t records_per_append = 256, bytes_per_append = 4 << 20;
    friend bool operator==(const Owner&, const Owner&) = default;
  } owner;
  struct Notices {
    Duration repeat_first = std::chrono::seconds(15), repeat_most = std::chrono::minutes(10);
    std::size_t in_flight = 64;
    friend bool operator==(const Notices&, const Notices&) = default;
  } notices;
  struct Log {
    std::size_t record_bytes = 4 << 20, group_bytes = 16 << 20, queued_bytes = 128 << 20;
    std::size_t write_buffer_bytes = 64 << 20, wal_bytes = 256 << 20;
    std::uint64_t min_free_bytes = 256ULL << 20;
    friend bool operator==(const Log&, const Log&) = default;
  } log;
  struct Database {
    std::size_t envelopes_per_batch = 2000, waiting_calls = 1000;
    Duration connect = std::chrono::seconds(5), statement = std::chrono::seconds(30);
    Duration connection_wait = std::chrono::seconds(10), commands_kept = std::chrono::days(7);
    friend bool operator==(const Database&, const Database&) = default;
  } database;
  friend bool operator==(const EngineLimits&, const EngineLimits&) = default;
};

/// The log on Kafka: where, under which names, how safe.
struct KafkaSettings {
  std::string bootstrap = "localhost:9092", prefix = "motorcade";
  int replication = 3, min_insync_replicas = 2;  ///< of topics made at the log's birth
  Duration operation = std::chrono::seconds(10), transaction = std::chrono::seconds(10);
  Duration session = std::chrono::seconds(10);  ///< a process so long silent loses its partitions
  std::map<std::string, std::string> client;    ///< handed to librdkafka: TLS, SASL
  friend bool operator==(const KafkaSettings&, const KafkaSettings&) = default;
};

struct Config {
  Roles roles = all_roles();
  struct {
    std::string kind = "embedded";  ///< embedded | kafka
    Path directory = "var/log";
    std::string compression = "zstd";  ///< none | zstd
    PartitionCounts partitions;        ///< at the log's birth only
    struct {
      std::uint32_t keep_days = 7;
    } telemetry;
    KafkaSettings kafka;
  } log;
  Path keys = "var/keys";
  Path artifacts = "var/artifacts";
  Path signing = "var/signing";
  struct {
    Path directory = "var/snapshots";
    std::uint64_t every = 20'000;
  } snapshots;
  Path checkpoints = "var/checkpoints";
  Path backups = "var/backups";
  struct {
    Path directory = "var/certificates";
    bool development = false;  ///< make what is missing
  } certificates;
  struct {
    std::string host = "0.0.0.0";
    std::uint16_t port = 8443;
    std::string public_url = "https://localhost:8443";
    Path certificate, key, client_ca;  ///< by default in certificates.directory
    bool allow_simulator = false;
  } https;
  struct {
    std::string uri = "ssl://localhost:8883";
    std::string client_id = "motorcade-edge-1";
    Path ca, certificate, key;  ///< by default in certificates.directory
    Duration drain_grace =
        std::chrono::seconds(30);  ///< without the broker, time passes after this
  } mqtt;
  struct {
    std::string uri = "postgresql://localhost/motorcade";
    std::string schema = "motorcade";
    std::size_t connections = 4;
  } postgres;
  Path tokens = "var/tokens";
  struct {
    int configuration = 13;
    Path table = "config/pqc_configs.yaml";
  } pqc;
  Path ecu_registry = "config/ecu_registry.yaml";
  std::string log_level = "info";  ///< debug | info | warning | error
  std::size_t threads = 2;
  EngineLimits limits;
  https::Limits https_limits;
  mqtt_edge::Limits mqtt_limits;
};

/// Relative paths are taken from where the program runs.
[[nodiscard]] Result<Config> load_config(const Path& file);
/// The embedded log has one process, which has all roles.
[[nodiscard]] Result<void> check_roles(const Config& config);

}  // namespace motorcade::app
