#include "vehicle_agent/vmg/zone_network.hpp"

#include <algorithm>
#include <boost/asio.hpp>

namespace motorcade::vmg {

namespace {
namespace asio = boost::asio;
using agent::EcuOutcome;
using agent::EcuResult;
using agent::ZonePlan;
using in_vehicle::EcuRecord;
using in_vehicle::ZoneInventory;
using in_vehicle::ZoneReport;

constexpr auto kJobPoll = std::chrono::milliseconds(100);
constexpr auto kMostCopiedAtOnce = std::size_t{256} * 1024;

Error in_vehicle_error(const doip::Error& error) {
  return {make_error_code(Errc::kInVehicle), doip::to_string(error)};
}

void note(ZonesOutcome& outcome, std::string reason) {
  if (outcome.reason.empty()) outcome.reason = std::move(reason);
}

void fail_all(ZonesOutcome& outcome, const ZonePlan& zone, const std::string& reason) {
  for (const auto& ecu : zone.ecus)
    outcome.ecus.push_back({zone.gateway, ecu.ecu, EcuOutcome::kFailed, 0});
  note(outcome, zone.gateway + ": " + reason);
}

const EcuRecord* find(const ZoneInventory& inventory, const std::string& ecu) {
  const auto at = std::ranges::find(inventory.ecus, ecu, &EcuRecord::ecu_id);
  return at == inventory.ecus.end() || !at->reachable ? nullptr : &*at;
}

bool runs(const EcuRecord& record, const SemanticVersion& version) {
  return version_from(record.version) == version;
}

/// Whether every ECU of the plan is where it was before the update.
bool untouched(const ZoneInventory& inventory, const ZonePlan& zone) {
  return std::ranges::all_of(zone.ecus, [&](const agent::EcuPlan& ecu) {
    const auto* record = find(inventory, ecu.ecu);
    return record != nullptr && runs(*record, ecu.from) && record->staged_version.empty();
  });
}

/// One result per ECU of the plan, from what the ECUs say now.
void judge(ZonesOutcome& outcome, const ZonePlan& zone, const ZoneInventory& inventory,
           EcuOutcome good) {
  for (const auto& ecu : zone.ecus) {
    const auto* record = find(inventory, ecu.ecu);
    const auto& wanted = good == EcuOutcome::kRolledBack ? ecu.from : ecu.to;
    const bool is_good = record != nullptr && runs(*record, wanted);
    outcome.ecus.push_back({zone.gateway, ecu.ecu, is_good ? good : EcuOutcome::kFailed, 0});
    if (!is_good)
      note(outcome, zone.gateway + "/" + ecu.ecu +
                        (record == nullptr ? " does not answer" : " runs " + record->version));
  }
}

EcuResult install_result(const ZonePlan& zone, const std::string& ecu, const ZoneReport& report,
                         ZonesOutcome& outcome) {
  EcuResult result{zone.gateway, ecu, EcuOutcome::kFailed, 0};
  const auto at = std::ranges::find(report.ecus, ecu, &in_vehicle::EcuResult::ecu_id);
  if (at == report.ecus.end()) {
    note(outcome, zone.gateway + "/" + ecu + " was not in the gateway's report");
    return result;
  }
  using Said = in_vehicle::EcuOutcome;
  result.nrc = static_cast<std::uint32_t>(at->nrc);
  if (at->outcome == Said::programmed || at->outcome == Said::skipped)  // skipped: runs it already
    result.outcome = EcuOutcome::kProgrammed;
  else
    note(outcome, zone.gateway + "/" + ecu + ": " + at->detail);
  return result;
}

Result<void> copy(const otap::Source& from, const std::filesystem::path& to) {
  auto file = otap::FileSink::create(to);
  if (!file) return failure(Errc::kStorage, otap::to_string(file.error()));
  std::string chunk;
  for (std::uint64_t at = 0; at < from.size(); at += chunk.size()) {
    chunk.resize(std::min<std::uint64_t>(kMostCopiedAtOnce, from.size() - at));
    if (auto read = from.read_at(at, chunk); !read)
      return failure(Errc::kPackage, otap::to_string(read.error()));
    if (auto written = file->write(chunk); !written)
      return failure(Errc::kStorage, otap::to_string(written.error()));
  }
  if (auto closed = file->close(); !closed)
    return failure(Errc::kStorage, otap::to_string(closed.error()));
  return {};
}
}  // namespace

ZoneNetwork::ZoneNetwork(std::vector<ZoneAccess> zones, in_vehicle::ZoneClientSettings settings,
                         std::filesystem::path scratch)
    : scratch_(std::move(scratch)) {
  for (auto& zone : zones) {
    auto gateway = zone.endpoint.zone_id;
    zones_.emplace(std::move(gateway),
                   Access{in_vehicle::ZoneClient(std::move(zone.endpoint), settings), zone.model});
  }
}

asio::awaitable<ZoneNetwork::Inventory> ZoneNetwork::read_zone(std::string gateway) {
  const auto zone = zones_.find(gateway);
  if (zone == zones_.end())
    co_return failure(Errc::kInVehicle, gateway + " is not in this vehicle");
  auto inventory = co_await zone->second.client.inventory();
  if (!inventory) co_return tl::unexpected(in_vehicle_error(inventory.error()));
  co_return *std::move(inventory);
}

asio::awaitable<Result<Configuration>> ZoneNetwork::inventory() {
  Configuration configuration;
  for (auto& [gateway, access] : zones_) {
    CO_TRY(const auto inventory, co_await read_zone(gateway));
    Zone zone{gateway, access.model, {}};
    for (const auto& ecu : inventory.ecus) {
      const auto version = version_from(ecu.version);
      if (!ecu.reachable || !version)
        co_return failure(Errc::kInVehicle,
                          gateway + "/" + ecu.ecu_id + " does not say its version");
      zone.ecus.push_back({ecu.ecu_id, ecu.type, ecu.hardware_id, *version});
    }
    std::ranges::sort(zone.ecus, {}, &Ecu::id);
    configuration.zones.push_back(std::move(zone));
  }
  co_return configuration;
}

asio::awaitable<void> ZoneNetwork::wait_for_running_job(Access& zone) {
  asio::steady_timer pause(co_await asio::this_coro::executor);
  while (true) {
    const auto job = co_await zone.client.last_job();
    if (!job || job->state != in_vehicle::JobState::running) co_return;
    pause.expires_after(kJobPoll);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<ZonesOutcome> ZoneNetwork::install(ZonePlan zone, otap::SourcePtr package) {
  ZonesOutcome outcome;
  const auto access = zones_.find(zone.gateway);
  if (access == zones_.end()) {
    fail_all(outcome, zone, "not in this vehicle");
    co_return outcome;
  }
  const auto file = scratch_ / (zone.gateway + ".otap");
  if (const auto copied = copy(*package, file); !copied) {
    fail_all(outcome, zone, to_string(copied.error()));
    co_return outcome;
  }
  co_await wait_for_running_job(access->second);
  in_vehicle::OnProgress unheard = [](const in_vehicle::InstallProgress&) {};
  const auto report = co_await access->second.client.install(file, std::move(unheard));
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  if (!report || report->state == in_vehicle::JobState::failed) {
    fail_all(outcome, zone, report ? report->error : doip::to_string(report.error()));
    co_return outcome;
  }
  for (const auto& ecu : zone.ecus)
    outcome.ecus.push_back(install_result(zone, ecu.ecu, *report, outcome));
  co_return outcome;
}

asio::awaitable<ZonesOutcome> ZoneNetwork::activate(std::vector<ZonePlan> zones) {
  ZonesOutcome outcome;
  for (const auto& zone : zones) {
    const auto access = zones_.find(zone.gateway);
    if (access != zones_.end()) {
      co_await wait_for_running_job(access->second);
      const auto report = co_await access->second.client.activate();
      if (!report) note(outcome, zone.gateway + ": " + doip::to_string(report.error()));
    }
    const auto inventory = co_await read_zone(zone.gateway);
    if (inventory)
      judge(outcome, zone, *inventory, EcuOutcome::kProgrammed);
    else
      fail_all(outcome, zone, to_string(inventory.error()));
  }
  co_return outcome;
}

// A gateway takes back its newest package, which is another update's where this one never came.
asio::awaitable<ZonesOutcome> ZoneNetwork::roll_back(std::vector<ZonePlan> zones) {
  ZonesOutcome outcome;
  for (const auto& zone : zones) {
    auto inventory = co_await read_zone(zone.gateway);
    if (inventory && !untouched(*inventory, zone)) {
      auto& access = zones_.at(zone.gateway);
      co_await wait_for_running_job(access);
      const auto report = co_await access.client.roll_back();
      if (!report) note(outcome, zone.gateway + ": " + doip::to_string(report.error()));
      inventory = co_await read_zone(zone.gateway);
    }
    if (inventory)
      judge(outcome, zone, *inventory, EcuOutcome::kRolledBack);
    else
      fail_all(outcome, zone, to_string(inventory.error()));
  }
  co_return outcome;
}

}  // namespace motorcade::vmg
