#include "events/wire/reports.hpp"

#include <algorithm>
#include <set>

#include "events/proto/reports.pb.h"
#include "events/wire/errc.hpp"
#include "events/wire/fields.hpp"
#include "events/wire/text.hpp"

namespace motorcade::wire {
namespace {

tl::unexpected<Error> invalid(const std::string& place, const char* wrong) {
  return failure(Errc::kInvalid, place + " " + wrong);
}

enum class Text { kOptional, kRequired };
/// Names and reasons: one line, bounded.
Result<void> check_text(const std::string& place, std::string_view text,
                        Text presence = Text::kRequired) {
  if (text.empty() && presence == Text::kRequired) return invalid(place, "is missing");
  if (text.find_first_of("\r\n\t") != text.npos)
    return invalid(place, "has a control character in it");
  if (const char* wrong = wrong_with_text(text, kMaxReportTextBytes)) return invalid(place, wrong);
  return {};
}

/// Of a vehicle: model, year, VMG. A VCI report may leave them out, a registration not the model.
template <class Report>
Result<void> check_vehicle(const Report& report, Text model) {
  TRY_VOID(check_text("model", report.model(), model));
  TRY_VOID(check_text("vmgId", report.vmg_id(), Text::kOptional));
  if (report.year() > 9999) return invalid("year", "is not a year");
  return {};
}

Result<vehicle::Command> registration(ContentType content_type, const VehicleId& vehicle,
                                      std::string sealed_vin, std::string_view body) {
  proto::RegisterReport report;
  TRY_VOID(parse_body(content_type, body, report));
  TRY_VOID(check_vehicle(report, Text::kRequired));
  return vehicle::Register{vehicle, report.model(), report.year(), report.vmg_id(),
                           std::move(sealed_vin)};
}

// --- VCI ---

Result<Ecu> ecu_of(const std::string& place, const proto::VciReport::Ecu& from) {
  TRY_VOID(check_text(place + ".id", from.id()));
  TRY_VOID(check_text(place + ".type", from.type()));
  TRY_VOID(check_text(place + ".hardware", from.hardware(), Text::kOptional));
  const auto version = version_from(from.version());
  if (!version)
    return invalid(place + ".version", "is not a version; MAJOR.MINOR.PATCH is expected");
  return Ecu{from.id(), from.type(), from.hardware(), *version};
}

Result<Zone> zone_of(const std::string& place, const proto::VciReport::Zone& from) {
  TRY_VOID(check_text(place + ".gateway", from.gateway()));
  TRY_VOID(check_text(place + ".model", from.model(), Text::kOptional));
  Zone zone{from.gateway(), from.model(), {}};
  for (int i = 0; i < from.ecus_size(); ++i) {
    TRY(auto ecu, ecu_of(place + ".ecus[" + std::to_string(i) + "]", from.ecus(i)));
    zone.ecus.push_back(std::move(ecu));
  }
  std::ranges::sort(zone.ecus, {}, &Ecu::id);
  return zone;
}

/// ECU ids are unique within the vehicle, not only within their zone.
Result<void> check_unique(const Configuration& configuration) {
  std::set<std::string_view> gateways, ecus;
  for (const auto& zone : configuration.zones) {
    if (!gateways.insert(zone.gateway).second)
      return invalid("zones", "has two with the same gateway");
    for (const auto& ecu : zone.ecus)
      if (!ecus.insert(ecu.id).second) return invalid("zones", "has two ECUs with the same id");
  }
  return {};
}

Result<Configuration> configuration_of(const proto::VciReport& report) {
  if (report.zones_size() > static_cast<int>(kMaxZones))
    return invalid("zones", "has more than 64 elements");
  std::size_t ecus = 0;
  for (const auto& zone : report.zones()) ecus += static_cast<std::size_t>(zone.ecus_size());
  if (ecus > kMaxEcus) return invalid("zones", "has more than 512 ECUs");
  Configuration configuration;
  for (int i = 0; i < report.zones_size(); ++i) {
    TRY(auto zone, zone_of("zones[" + std::to_string(i) + "]", report.zones(i)));
    configuration.zones.push_back(std::move(zone));
  }
  std::ranges::sort(configuration.zones, {}, &Zone::gateway);
  TRY_VOID(check_unique(configuration));
  return configuration;
}

Result<vehicle::Command> vci(ContentType content_type, const VehicleId& vehicle,
                             std::string sealed_vin, std::string_view body) {
  proto::VciReport report;
  TRY_VOID(parse_body(content_type, body, report));
  TRY_VOID(check_vehicle(report, Text::kOptional));
  TRY(auto configuration, configuration_of(report));
  return vehicle::ReportVci{vehicle,
                            report.model(),
                            report.year(),
                            report.vmg_id(),
                            std::move(sealed_vin),
                            report.boot_count(),
                            std::move(configuration)};
}

// --- status ---

Result<vehicle::EcuResult> result_of(const std::string& place,
                                     const proto::StatusReport::EcuResult& from) {
  TRY_VOID(check_text(place + ".gateway", from.gateway()));
  TRY_VOID(check_text(place + ".ecu", from.ecu()));
  if (from.outcome() < 1 || from.outcome() > kLastOf<vehicle::EcuOutcome>)
    return invalid(place + ".outcome",
                   "is missing, or none of PROGRAMMED, FAILED, ROLLED_BACK, SKIPPED");
  if (from.nrc() > 0xff)
    return invalid(place + ".nrc", "is not a negative response code (0 to 255)");
  return vehicle::EcuResult{from.gateway(), from.ecu(),
                            static_cast<vehicle::EcuOutcome>(from.outcome()), from.nrc()};
}

Result<std::vector<vehicle::EcuResult>> results_of(const proto::StatusReport& report) {
  if (report.ecus_size() > static_cast<int>(kMaxEcus))
    return invalid("ecus", "has more than 512 elements");
  std::vector<vehicle::EcuResult> results;
  std::set<std::string_view> seen;
  for (int i = 0; i < report.ecus_size(); ++i) {
    if (!seen.insert(report.ecus(i).ecu()).second)
      return invalid("ecus", "has two results of the same ECU");
    TRY(auto result, result_of("ecus[" + std::to_string(i) + "]", report.ecus(i)));
    results.push_back(std::move(result));
  }
  std::ranges::sort(results, {}, &vehicle::EcuResult::ecu);
  return results;
}

Result<vehicle::Command> step(const VehicleId& vehicle, const proto::StatusReport& report) {
  const auto command = id_from_hex<CommandId>(report.command_id());
  if (!command || command->is_zero())
    return invalid("commandId", "is missing, or not 32 hexadecimal digits");
  if (report.step() < 1 || report.step() > kLastOf<vehicle::ReportedStep>)
    return invalid("step", "is missing, or not one that this program knows (ACCEPTED, …)");
  TRY_VOID(check_text("reason", report.reason(), Text::kOptional));
  TRY(auto ecus, results_of(report));
  return vehicle::ReportStatus{vehicle,
                               *command,
                               static_cast<vehicle::ReportedStep>(report.step()),
                               report.reason(),
                               report.bytes_done(),
                               report.bytes_total(),
                               report.boot_count(),
                               std::move(ecus)};
}

Result<vehicle::Command> readiness(const VehicleId& vehicle, const proto::StatusReport& report) {
  vehicle::ReportReadiness ready{vehicle, {}};
  FromProto in;
  get(in, report.readiness(), ready.readiness);
  if (ready.readiness.battery_percent > 100)
    return invalid("readiness.batteryPercent", "is not 0 to 100");
  if (ready.readiness.temperature_celsius < -273 || ready.readiness.temperature_celsius > 1000)
    return invalid("readiness.temperatureCelsius", "is not -273 to 1000");
  return ready;
}

Result<vehicle::Command> status(ContentType content_type, const VehicleId& vehicle,
                                std::string_view body) {
  proto::StatusReport report;
  TRY_VOID(parse_body(content_type, body, report));
  if (report.has_readiness() && report.step() != 0)
    return invalid("readiness", "and step exclude each other; send two reports");
  return report.has_readiness() ? readiness(vehicle, report) : step(vehicle, report);
}

}  // namespace

Result<vehicle::Command> decode_report(RecordKind kind, ContentType content_type,
                                       const VehicleId& vehicle, std::string sealed_vin,
                                       std::string_view body) {
  switch (kind) {
    case RecordKind::kRegister:
      return registration(content_type, vehicle, std::move(sealed_vin), body);
    case RecordKind::kVci:
      return vci(content_type, vehicle, std::move(sealed_vin), body);
    case RecordKind::kStatus:
    case RecordKind::kControlResponse:
      return status(content_type, vehicle, body);
    case RecordKind::kDiagnosticsResponse:
      return failure(Errc::kUnknownType, "diagnostics responses are not taken by this version");
    case RecordKind::kMessage:
    case RecordKind::kCampaignCommand:
    case RecordKind::kCatalogCommand:
      break;
  }
  return failure(Errc::kUnknownType, "not a vehicle's report");
}

}  // namespace motorcade::wire
