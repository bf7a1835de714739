// The one configuration file of the engine (config/motorcade.yaml documents every setting). Checked
// as a whole at the start: an unknown key, a wrong type or a value out of range is an error that
// names it and says what is wanted.
#pragma once
#include <filesystem>
#include <set>
#include <string>

#include "events/ids.hpp"
#include "events/result.hpp"

namespace motorcade::app {

struct Config {
  struct {
    std::filesystem::path directory = "var/log";
    std::string compression = "zstd";  ///< none | zstd
    PartitionCounts partitions;        ///< at the log's birth only
    std::uint64_t min_free_bytes = 256ULL << 20;
  } log;
  std::filesystem::path keys = "var/keys";
  std::filesystem::path artifacts = "var/artifacts";
  std::filesystem::path signing = "var/signing";
  struct {
    std::filesystem::path directory = "var/snapshots";
    std::uint64_t every = 20'000;
  } snapshots;
  std::filesystem::path checkpoints = "var/checkpoints";
  struct {
    std::string host = "0.0.0.0";
    std::uint16_t port = 8443;
    std::string public_url = "https://localhost:8443";
    std::filesystem::path certificate, key, client_ca;
    bool allow_simulator = false;
  } https;
  struct {
    std::string uri = "ssl://localhost:8883";
    std::string client_id = "motorcade-edge-1";
    std::filesystem::path ca, certificate, key;
    Duration drain_grace =
        std::chrono::seconds(30);  ///< without the broker, time passes after this
  } mqtt;
  struct {
    std::string uri = "postgresql://localhost/motorcade";
    std::string schema = "motorcade";
    std::size_t connections = 4;
  } postgres;
  std::filesystem::path tokens = "var/tokens";
  struct {
    int configuration = 13;
    std::filesystem::path table = "config/pqc_configs.yaml";
  } pqc;
  std::filesystem::path ecu_registry = "config/ecu_registry.yaml";
  std::string log_level = "info";  ///< debug | info | warning | error
  std::size_t threads = 2;
};

/// Relative paths are taken from where the program runs.
[[nodiscard]] Result<Config> load_config(const std::filesystem::path& file);

}  // namespace motorcade::app
