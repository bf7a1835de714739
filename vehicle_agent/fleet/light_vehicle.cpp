#include "vehicle_agent/fleet/light_vehicle.hpp"

#include <fstream>
#include <sstream>

namespace motorcade::fleet {

namespace {
namespace asio = boost::asio;
using agent::EcuOutcome;
using vmg::Errc;
using vmg::failure;
using vmg::ZonesOutcome;
constexpr std::uint32_t kGeneralProgrammingFailure = 0x72;  // ISO 14229-1 annex A
}  // namespace

LightVehicle::LightVehicle(std::filesystem::path file, Build build, VehicleFaults faults)
    : file_(std::move(file)), build_(std::move(build)), faults_(std::move(faults)) {
  for (const auto& zone : build_.configuration.zones)
    for (const auto& ecu : zone.ecus) ecus_[{zone.gateway, ecu.id}] = {ecu.version, std::nullopt};
}

Result<std::shared_ptr<LightVehicle>> LightVehicle::open(std::filesystem::path file, Build build,
                                                         VehicleFaults faults) {
  auto vehicle = std::shared_ptr<LightVehicle>(
      new LightVehicle(std::move(file), std::move(build), std::move(faults)));
  TRY_VOID(vehicle->load());
  return vehicle;
}

// A line per ECU: gateway, id, running version, staged version or "-".
Result<void> LightVehicle::load() {
  std::ifstream in(file_);
  std::string line, gateway, ecu, running, staged;
  while (std::getline(in, line)) {
    std::istringstream words(line);
    words >> gateway >> ecu >> running >> staged;
    const auto version = version_from(running);
    if (!words || !version)
      return failure(Errc::kStorage, file_.string() + " is not a light vehicle's; remove it");
    if (auto* banks = find(gateway, ecu)) *banks = {*version, version_from(staged)};
  }
  return {};
}

Result<void> LightVehicle::save() const {
  const auto fresh = file_.string() + ".new";
  std::ofstream out(fresh, std::ios::trunc);
  for (const auto& [place, banks] : ecus_)
    out << place.first << ' ' << place.second << ' ' << to_string(banks.running) << ' '
        << (banks.staged ? to_string(*banks.staged) : "-") << '\n';
  out.close();
  std::error_code failed;
  if (out) std::filesystem::rename(fresh, file_, failed);
  if (!out || failed) return failure(Errc::kStorage, "writing " + file_.string());
  return {};
}

LightVehicle::Banks* LightVehicle::find(const std::string& gateway, const std::string& ecu) {
  const auto at = ecus_.find({gateway, ecu});
  return at == ecus_.end() ? nullptr : &at->second;
}

template <class Act>
ZonesOutcome LightVehicle::each(const std::vector<agent::ZonePlan>& zones, EcuOutcome good,
                                std::uint32_t nrc, Act act) {
  ZonesOutcome outcome;
  for (const auto& zone : zones) {
    for (const auto& ecu : zone.ecus) {
      auto* banks = find(zone.gateway, ecu.ecu);
      const bool is_good = banks != nullptr && act(*banks, ecu);
      outcome.ecus.push_back(
          {zone.gateway, ecu.ecu, is_good ? good : EcuOutcome::kFailed, is_good ? 0 : nrc});
      if (!is_good) outcome.reason = zone.gateway + "/" + ecu.ecu + " failed";
    }
  }
  if (const auto saved = save(); !saved) {
    for (auto& ecu : outcome.ecus) ecu.outcome = EcuOutcome::kFailed;
    outcome.reason = to_string(saved.error());
  }
  return outcome;
}

asio::awaitable<Result<Configuration>> LightVehicle::inventory() {
  auto configuration = build_.configuration;
  for (auto& zone : configuration.zones)
    for (auto& ecu : zone.ecus) ecu.version = find(zone.gateway, ecu.id)->running;
  co_return configuration;
}

asio::awaitable<ZonesOutcome> LightVehicle::install(agent::ZonePlan zone, otap::SourcePtr) {
  const auto program = [this](Banks& banks, const agent::EcuPlan& ecu) {
    if (faults_.bad_flash.contains(ecu.ecu)) return false;
    if (banks.running != ecu.to) banks.staged = ecu.to;
    return true;
  };
  const std::vector<agent::ZonePlan> zones{std::move(zone)};
  co_return each(zones, EcuOutcome::kProgrammed, kGeneralProgrammingFailure, program);
}

asio::awaitable<ZonesOutcome> LightVehicle::activate(std::vector<agent::ZonePlan> zones) {
  const auto boot = [this](Banks& banks, const agent::EcuPlan& ecu) {
    if (faults_.bad_boot.contains(ecu.ecu)) banks.staged.reset();
    if (banks.staged) banks.running = *std::exchange(banks.staged, std::nullopt);
    return banks.running == ecu.to;
  };
  co_return each(zones, EcuOutcome::kProgrammed, 0, boot);
}

asio::awaitable<ZonesOutcome> LightVehicle::roll_back(std::vector<agent::ZonePlan> zones) {
  const auto back = [](Banks& banks, const agent::EcuPlan& ecu) {
    banks.staged.reset();
    banks.running = ecu.from;
    return true;
  };
  co_return each(zones, EcuOutcome::kRolledBack, 0, back);
}

}  // namespace motorcade::fleet
