#include "motorcade/tables.hpp"

#include <yaml-cpp/yaml.h>

namespace motorcade::app {
namespace {

template <class T, class Read>
Result<T> read_table(const std::filesystem::path& file, Read read) {
  try {
    return read(YAML::LoadFile(file.string()));
  } catch (const YAML::Exception& e) {
    return failure(std::errc::invalid_argument, "the table " + file.string() + ": " + e.what());
  }
}

}  // namespace

Result<edge::TlsPolicy> load_policy(const std::filesystem::path& table, int id) {
  return read_table<edge::TlsPolicy>(table, [&](const YAML::Node& root) -> Result<edge::TlsPolicy> {
    for (const auto& row : root["configurations"]) {
      if (row["id"].as<int>() != id) continue;
      return edge::TlsPolicy{id, row["name"].as<std::string>(), row["group"].as<std::string>(),
                             row["signature"].as<std::string>()};
    }
    return failure(std::errc::invalid_argument,
                   "pqc.configuration: " + std::to_string(id) + " is not in " + table.string());
  });
}

Result<edge::EcuRegistry> load_registry(const std::filesystem::path& file) {
  return read_table<edge::EcuRegistry>(
      file, [&](const YAML::Node& root) -> Result<edge::EcuRegistry> {
        std::vector<edge::RegisteredEcu> ecus;
        for (const auto& row : root["ecus"]) {
          const auto initial = version_from(row["initial"].as<std::string>());
          if (!initial)
            return failure(std::errc::invalid_argument,
                           file.string() + ": " + row["id"].as<std::string>() +
                               ": initial: a version as 1.0.0 is wanted");
          ecus.push_back({row["id"].as<std::string>(), row["type"].as<std::string>(),
                          row["gateway"].as<std::string>(), row["hardware"].as<std::string>(),
                          *initial});
        }
        return edge::EcuRegistry(std::move(ecus));
      });
}

}  // namespace motorcade::app
