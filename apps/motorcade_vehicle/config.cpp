#include "motorcade_vehicle/config.hpp"

#include "motorcade_vehicle/yaml_section.hpp"

namespace motorcade::app {

namespace {
constexpr std::uint64_t kMostVehicles = 1'000'000;

Result<vmg::TlsPolicy> read_policy(Section pqc) {
  const auto wanted = pqc.number("configuration", 0, 15, 13);
  const auto table = pqc.text("table", "config/pqc_configs.yaml");
  TRY_VOID(pqc.finish());
  TRY(auto root, read_yaml(table));
  for (auto& row : root.list("configurations")) {
    if (row.number("id", 0, 255) != wanted) continue;
    vmg::TlsPolicy policy{row.text("group"), row.text("signature")};
    (void)row.text("name", "");
    (void)row.text("note", "");
    TRY_VOID(row.finish());
    return policy;
  }
  return failure(std::errc::invalid_argument,
                 table + " has no configuration " + std::to_string(wanted));
}

/// "client-{vin}.crt" -> "client-MCDEM….crt"
std::string with_vin(std::string name, const std::string& vin) {
  if (const auto at = name.find("{vin}"); at != name.npos) name.replace(at, 5, vin);
  return name;
}

struct Identities {
  std::filesystem::path directory;
  std::string certificate, key;
  [[nodiscard]] std::filesystem::path certificate_of(const std::string& vin) const {
    return directory / with_vin(certificate, vin);
  }
  [[nodiscard]] std::filesystem::path key_of(const std::string& vin) const {
    return directory / with_vin(key, vin);
  }
};

Result<Identities> read_identities(Section section) {
  Identities out{section.text("directory"), section.text("certificate", "{vin}.pem"),
                 section.text("key", "{vin}.key")};
  TRY_VOID(section.finish());
  return out;
}

Result<void> read_broker(Section broker, vmg::VmgOptions& options) {
  options.broker.uri =
      "ssl://" + broker.text("host") + ":" + std::to_string(broker.number("port", 1, 65535, 8883));
  options.broker.ca = broker.text("ca");
  options.broker.keep_alive =
      std::chrono::seconds(broker.number("keep_alive_seconds", 5, 3600, 30));
  options.broker.session_expiry =
      std::chrono::seconds(broker.number("session_expiry_seconds", 0, 31'536'000, 7 * 24 * 3600));
  return broker.finish();
}

Result<void> read_server(Section server, vmg::VmgOptions& options) {
  auto& identity = options.download.identity;
  identity.ca = server.text("ca");
  if (const auto pin = server.text("pin", ""); !pin.empty()) {
    const auto digest = id_from_hex<Digest>(pin);
    if (!digest) server.complain("pin", "must be 64 hexadecimal digits: SHA-256 of the public key");
    if (digest) identity.pin = digest->bytes;
  }
  options.download.timeout = std::chrono::seconds(server.number("timeout_seconds", 1, 600, 30));
  return server.finish();
}

Result<void> read_trust(Section trust, vmg::VmgOptions& options) {
  const auto signers = trust.texts("signers");
  TRY_VOID(trust.finish());
  for (const auto& path : signers) {
    auto keys = otap::VerifyingKeys::load(path);
    if (!keys) return failure(keys.error().code, "trust.signers: " + keys.error().context);
    options.trust.keys.push_back(*std::move(keys));
  }
  return {};
}

Result<void> read_agent(Section agent, vmg::VmgOptions& options) {
  options.agent.ask_consent = agent.flag("ask_consent", false);
  options.agent.vmg_id = agent.text("vmg_id", "VMG-1");
  options.telemetry = std::chrono::seconds(agent.number("telemetry_seconds", 0, 86'400, 60));
  options.outbox.first_resend =
      std::chrono::milliseconds(agent.number("resend_milliseconds", 100, 600'000, 5'000));
  return agent.finish();
}

struct Storage {
  std::filesystem::path directory;
  bool ecus_on_disk = true;
};
Result<Storage> read_storage(Section storage, vmg::VmgOptions& options) {
  Storage out{storage.text("directory"), true};
  options.journal.sync = storage.flag("sync", true);
  const auto ecus = storage.text("ecus", "files");
  if (ecus != "files" && ecus != "memory") storage.complain("ecus", "must be files or memory");
  out.ecus_on_disk = ecus == "files";
  TRY_VOID(storage.finish());
  return out;
}

Result<fleet::Weight> read_weight(Section& fleet) {
  const auto weight = fleet.text("weight", "full");
  if (weight == "full") return fleet::Weight::kFull;
  if (weight == "light") return fleet::Weight::kLight;
  return failure(std::errc::invalid_argument, "fleet.weight must be full or light");
}

Result<std::vector<std::string>> read_vins(Section& fleet, const Override& override) {
  const auto pattern = fleet.text("vin", "MCDEM%012d");
  const auto first = fleet.number("first", 0, 99'999'999'999, 1);
  const auto configured = fleet.number("vehicles", 1, kMostVehicles, 1);
  if (!override.vin.empty()) {
    TRY(auto vin, vin_of(override.vin, 0));
    return std::vector<std::string>{std::move(vin)};
  }
  std::vector<std::string> vins;
  for (std::uint64_t i = 0; i < override.vehicles.value_or(configured); ++i) {
    TRY(auto vin, vin_of(pattern, first + i));
    vins.push_back(std::move(vin));
  }
  return vins;
}
}  // namespace

Result<std::string> vin_of(const std::string& pattern, std::uint64_t number) {
  auto vin = pattern;
  if (const auto at = pattern.find("%0"); at != pattern.npos) {
    const auto end = pattern.find('d', at);
    const auto width = pattern.substr(at + 2, end == pattern.npos ? 0 : end - at - 2);
    auto digits = std::to_string(number);
    if (width.empty() || width.size() > 2 || width.find_first_not_of("0123456789") != width.npos)
      return failure(std::errc::invalid_argument, "VIN pattern " + pattern + ": use %0Nd");
    const auto wanted = static_cast<std::size_t>(std::stoul(width));
    if (digits.size() < wanted) digits.insert(0, wanted - digits.size(), '0');
    vin.replace(at, end + 1 - at, digits);
  }
  const bool fit = vin.find_first_not_of("ABCDEFGHJKLMNPRSTUVWXYZ0123456789") == vin.npos;
  if (vin.size() != 17 || !fit)
    return failure(std::errc::invalid_argument,
                   "VIN " + vin + ": 17 letters and digits, without I, O and Q, are needed");
  return vin;
}

Result<FleetConfig> read_config(const std::string& path, const Override& override) {
  TRY(auto root, read_yaml(path));
  FleetConfig config;
  vmg::VmgOptions common;
  TRY(config.policy, read_policy(root.section("pqc")));
  common.download.policy = config.policy;
  auto broker = root.section("broker");
  TRY(const auto identities, read_identities(broker.section("certificates")));
  TRY_VOID(read_broker(std::move(broker), common));
  TRY_VOID(read_server(root.section("server"), common));
  TRY_VOID(read_trust(root.section("trust"), common));
  TRY_VOID(read_agent(root.section("agent"), common));
  TRY(const auto storage, read_storage(root.section("storage"), common));
  auto fleet = root.section("fleet");
  TRY(const auto vins, read_vins(fleet, override));
  TRY(const auto weight, read_weight(fleet));
  TRY(const auto build, read_build(fleet));
  config.settings.stagger =
      std::chrono::milliseconds(fleet.number("stagger_milliseconds", 0, 60'000, 10));
  TRY_VOID(fleet.finish());
  for (const auto& vin : vins) {
    fleet::VehicleSpec spec{weight, build, {}, common, storage.ecus_on_disk};
    spec.vmg.vin = vin;
    spec.vmg.directory = storage.directory / vin;
    spec.vmg.broker.certificate = identities.certificate_of(vin);
    spec.vmg.broker.key = identities.key_of(vin);
    spec.vmg.download.identity.certificate = spec.vmg.broker.certificate;
    spec.vmg.download.identity.key = spec.vmg.broker.key;
    config.vehicles.push_back(std::move(spec));
  }
  TRY_VOID(read_faults(root, config.vehicles));
  TRY_VOID(root.finish());
  return config;
}

}  // namespace motorcade::app
