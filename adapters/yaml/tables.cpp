#include "adapters/yaml/tables.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

namespace motorcade::yaml {
namespace {

/// Runs a reader; what yaml-cpp throws, or the reader says, becomes an error with file and line.
template <class T, class Read>
Result<T> reading(const std::filesystem::path& file, Read read) {
  try {
    return read(YAML::LoadFile(file.string()));
  } catch (const YAML::BadFile&) {
    return failure(std::errc::no_such_file_or_directory, file.string());
  } catch (const YAML::Exception& error) {
    const auto line = error.mark.is_null() ? "" : ", line " + std::to_string(error.mark.line + 1);
    return failure(std::errc::invalid_argument, file.string() + line + ": " + error.msg);
  }
}

[[noreturn]] void complain(const YAML::Node& at, const std::string& what) {
  throw YAML::Exception(at.Mark(), what);
}

void only(const YAML::Node& map, const std::set<std::string>& known) {
  if (!map.IsMap()) complain(map, "must be a map");
  for (const auto& entry : map)
    if (const auto name = entry.first.as<std::string>(); !known.contains(name))
      complain(entry.first, "\"" + name + "\" is not known here");
}

std::string text(const YAML::Node& map, const char* name) {
  const auto value = map[name];
  if (!value || !value.IsScalar() || value.Scalar().empty())
    complain(map, std::string("\"") + name + "\" is missing");
  return value.Scalar();
}

std::string text_or(const YAML::Node& map, const char* name, const YAML::Node& defaults) {
  return text(map[name] ? map : defaults, name);
}

YAML::Node list(const YAML::Node& map, const char* name) {
  const auto value = map[name];
  if (!value || !value.IsSequence()) complain(map, std::string("\"") + name + "\" must be a list");
  return value;
}

edge::TlsPolicy policy_from(const YAML::Node& row) {
  only(row, {"id", "group", "signature", "note"});
  edge::TlsPolicy policy;
  policy.id = row["id"] ? row["id"].as<int>() : -1;
  if (policy.id < 0) complain(row, "\"id\" must be a whole number from 0 on");
  policy.group = text(row, "group");
  policy.signature = text(row, "signature");
  policy.name = policy.group + " + " + policy.signature;
  return policy;
}

std::vector<edge::RegisteredEcu> ecus_from(const YAML::Node& zone, const YAML::Node& defaults) {
  only(zone, {"gateway", "ecus"});
  std::vector<edge::RegisteredEcu> ecus;
  for (const auto& row : list(zone, "ecus")) {
    only(row, {"id", "type", "hardware", "version"});
    edge::RegisteredEcu ecu;
    ecu.id = text(row, "id");
    ecu.type = text(row, "type");
    ecu.gateway = text(zone, "gateway");
    ecu.hardware = text_or(row, "hardware", defaults);
    const auto version = version_from(text_or(row, "version", defaults));
    if (!version) complain(row, "\"version\" must be 1, 1.2 or 1.2.3");
    ecu.initial = *version;
    ecus.push_back(std::move(ecu));
  }
  return ecus;
}
}  // namespace

Result<std::vector<edge::TlsPolicy>> load_tls_policies(const std::filesystem::path& file) {
  using Policies = std::vector<edge::TlsPolicy>;
  return reading<Policies>(file, [](const YAML::Node& root) {
    only(root, {"configurations"});
    Policies policies;
    for (const auto& row : list(root, "configurations")) {
      policies.push_back(policy_from(row));
      const auto same = [&](const edge::TlsPolicy& p) { return p.id == policies.back().id; };
      if (std::ranges::count_if(policies, same) > 1) complain(row, "this id is there twice");
    }
    std::ranges::sort(policies, {}, &edge::TlsPolicy::id);
    return policies;
  });
}

Result<edge::TlsPolicy> load_tls_policy(const std::filesystem::path& file, int id) {
  TRY(const auto policies, load_tls_policies(file));
  std::string ids;
  for (const auto& policy : policies) {
    if (policy.id == id) return policy;
    ids += (ids.empty() ? "" : ", ") + std::to_string(policy.id);
  }
  return failure(std::errc::invalid_argument, file.string() + " has no configuration " +
                                                  std::to_string(id) + "; choose one of " + ids);
}

Result<edge::EcuRegistry> load_ecu_registry(const std::filesystem::path& file) {
  return reading<edge::EcuRegistry>(file, [](const YAML::Node& root) {
    only(root, {"defaults", "zones"});
    const auto defaults = root["defaults"] ? root["defaults"] : YAML::Node(YAML::NodeType::Map);
    only(defaults, {"hardware", "version"});
    std::vector<edge::RegisteredEcu> ecus;
    std::set<std::string> ids;
    for (const auto& zone : list(root, "zones"))
      for (auto& ecu : ecus_from(zone, defaults)) {
        if (!ids.insert(ecu.id).second) complain(zone, ecu.id + " is there twice");
        ecus.push_back(std::move(ecu));
      }
    return edge::EcuRegistry(std::move(ecus));
  });
}

}  // namespace motorcade::yaml
