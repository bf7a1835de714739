// Vehicles: registration, reports (the same bodies as over MQTT), what is known of them, their
// offer.
#include <boost/json.hpp>
#include <charconv>

#include "adapters/https/fields.hpp"
#include "adapters/https/handlers.hpp"
#include "adapters/https/reads.hpp"
#include "adapters/https/writes.hpp"
#include "events/wire/commands.hpp"
#include "events/wire/reports.hpp"

namespace motorcade::https {
namespace {
using ports::Resource;

/// The VIN that a request names, if the caller may speak for it. Operators may for all.
Checked<std::string> vin_for(const Request& request, std::string vin) {
  if (!edge::is_vin(vin))
    return refuse(invalid("vin", "is no VIN: 17 of A-Z 0-9, without I, O and Q"));
  const bool vehicle_like = !request.who->roles.any_of(edge::Role::kOperator);
  if (vehicle_like && !request.who->may_speak_for(vin))
    return refuse(
        forbidden("a vehicle speaks for itself only: the VIN is another than the "
                  "certificate's"));
  return vin;
}

/// For paths that do not name a vehicle: the certificate's, or `?vin=`.
Checked<std::string> own_vin(const Request& request) {
  auto named = request.parameter("vin");
  if (named.empty() && request.who->is_vehicle()) named = request.who->name;
  if (named.empty()) return refuse(invalid("vin", "is missing: say for which vehicle"));
  return vin_for(request, std::move(named));
}

Checked<std::uint64_t> number_in(const Request& request, const char* header) {
  const auto text = request.header(header);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size() && value > 0) return value;
  return refuse(
      malformed(std::string("the header ") + header +
                " must be a whole number from 1 on; send all three of Motorcade-Outbox-Epoch, "
                "Motorcade-Outbox-Id and Motorcade-Sequence, or none"));
}

/// The place in the vehicle's outbox, from its three headers: all or none. Whoever does not speak
/// as the vehicle has no outbox.
Checked<std::optional<ReportPlace>> place_of(const Request& request) {
  const auto count = request.headers.count("Motorcade-Outbox-Epoch") +
                     request.headers.count("Motorcade-Outbox-Id") +
                     request.headers.count("Motorcade-Sequence");
  if (count == 0) return std::optional<ReportPlace>();
  if (!request.who->is_vehicle() && !request.who->roles.any_of(edge::Role::kSimulator))
    return refuse(
        forbidden("only the vehicle itself has an outbox: leave Motorcade-Outbox-Epoch, "
                  "Motorcade-Outbox-Id and Motorcade-Sequence out"));
  ReportPlace place;
  TRY(place.epoch, number_in(request, "Motorcade-Outbox-Epoch"));
  TRY(place.sequence, number_in(request, "Motorcade-Sequence"));
  const auto outbox = id_from_hex<OutboxId>(request.header("Motorcade-Outbox-Id"));
  if (!outbox)
    return refuse(malformed("the header Motorcade-Outbox-Id must be 16 hexadecimal digits"));
  place.outbox = *outbox;
  return std::optional(place);
}

asio::awaitable<Reply> submit(Work& work, const Request& request, edge::VehicleReport report,
                              unsigned status) {
  auto& intake = work.services.intake;
  CO_TRY(const auto asked, id_of(work, request));
  const bool placed = report.place.has_value();
  const auto id = placed ? intake.id_of(report) : asked;
  Write write(work, request, id);
  auto record = intake.record_of(std::move(report), id, request.who->actor());
  CO_TRY(const auto done, co_await write.commit(std::move(record)));
  // Its outcome is an acknowledgement, not a command's: nobody could be told about it later.
  if (!done && placed)
    co_return refuse(
        unavailable("the report is not decided yet: send it again, with the same place; what has "
                    "been recorded is not recorded twice"));
  if (!done) co_return pending(work, id);
  co_return written(done->find<vehicle::AlreadySatisfied>() != nullptr ? 200 : status, *done);
}

/// A body that the owner decodes: here it is passed on as it came.
asio::awaitable<Reply> pass_on(Work& work, Request& request, RecordKind kind, std::string vin) {
  edge::VehicleReport report;
  report.vin = std::move(vin);
  report.kind = kind;
  CO_TRY(report.place, place_of(request));
  report.content_type = request.header("Content-Type").starts_with("application/x-protobuf")
                            ? ContentType::kProtobuf
                            : ContentType::kJson;
  report.body = std::move(request.body);
  co_return co_await submit(work, request, std::move(report), 200);
}

struct Registration {
  std::string vin;
  vehicle::Register report;
};
Checked<Registration> registration_from(const Request& request) {
  TRY(const auto value, parse_json(request.body, request.json_depth));
  Faults faults;
  if (!value.is_object()) faults.push_back({"", "must be an object"});
  Fields body(value, "", faults);
  Registration out;
  const auto own = request.who->is_vehicle() ? request.who->name : std::string();
  out.vin = own.empty() ? body.text("vin", 17, 17) : body.text_or("vin", own, 17);
  out.report.model = body.text("model", 1, wire::kMaxReportTextBytes);
  out.report.year = static_cast<std::uint32_t>(body.whole("year", {1900, 2200}));
  out.report.vmg_id = body.text("vmgId", 1, wire::kMaxReportTextBytes);
  if (!out.vin.empty() && !edge::is_vin(out.vin))
    body.fault("vin", "is no VIN: 17 of A-Z 0-9, without I, O and Q");
  body.close();
  if (!faults.empty()) return refuse(invalid(std::move(faults)));
  return out;
}

json::object parsed(const std::string& document) {
  boost::system::error_code error;
  auto value = json::parse(document, error);
  return value.is_object() ? std::move(value.get_object()) : json::object();
}
std::string text_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// What the vehicle was offered over MQTT, with a fresh link; null if it has no offer.
asio::awaitable<Checked<json::value>> current_offer(Work& work, const std::string& vin) {
  auto& rows = work.services.rows;
  const auto vehicle = co_await rows.get(Resource::kVehicles, vin);
  if (!vehicle) co_return refuse(from_error(vehicle.error()));
  if (!*vehicle) co_return refuse(not_found("this vehicle is not registered"));
  const auto update_id = text_in(parsed(**vehicle), "currentUpdate");
  if (update_id.empty()) co_return json::value();
  const auto found = co_await rows.get(Resource::kVehicleUpdates, update_id);
  if (!found) co_return refuse(from_error(found.error()));
  const auto update = *found ? parsed(**found) : json::object();
  const auto package = co_await rows.get(Resource::kPackages, text_in(update, "packageKey"));
  if (!package) co_return refuse(from_error(package.error()));
  if (!*package || update.contains("finishedAt")) co_return json::value();
  const auto built = parsed(**package);
  const auto digest = id_from_hex<Digest>(text_in(built, "sha256"));
  if (!digest) co_return json::value();
  const Artifact artifact{*digest, 0};
  const auto link = work.services.links.link(artifact, work.services.clock.now());
  json::object offer{{"kind", "offer"},
                     {"commandId", text_in(update, "id")},
                     {"campaignId", text_in(update, "campaignId")},
                     {"expiresAt", text_in(update, "expiresAt")},
                     {"url", link.url},
                     {"token", link.token},
                     {"sha256", to_hex(*digest)}};
  if (const auto* size = built.if_contains("sizeBytes")) offer["sizeBytes"] = *size;
  co_return json::value(std::move(offer));
}
}  // namespace

asio::awaitable<Reply> register_vehicle(Work& work, Request& request) {
  CO_TRY(auto registration, registration_from(request));
  edge::VehicleReport report;
  CO_TRY(report.vin, vin_for(request, std::move(registration.vin)));
  CO_TRY(report.place, place_of(request));
  report.kind = RecordKind::kRegister;
  report.content_type = ContentType::kJson;
  report.body = wire::encode_register_report(registration.report);
  const auto location = "/api/v1/vehicles/" + report.vin;
  auto reply = co_await submit(work, request, std::move(report), 201);
  if (reply && reply->status != 202) reply->headers.emplace_back("Location", location);
  co_return reply;
}

asio::awaitable<Reply> list_vehicles(Work& work, Request& request) {
  std::vector<std::pair<std::string, std::string>> fixed;
  std::vector<std::string> filters{"model", "year", "status", "vin", "vmgId", "outdated"};
  co_return co_await read_page(work, request, Resource::kVehicles, std::move(fixed),
                               std::move(filters));
}

asio::awaitable<Reply> get_vehicle(Work& work, Request& request) {
  auto vin = request.params.at("vin");
  if (request.who->is_vehicle()) CO_TRY_VOID(vin_for(request, vin));
  co_return co_await read_one(work, request, Resource::kVehicles, std::move(vin), "such vehicle");
}

asio::awaitable<Reply> list_vehicle_ecus(Work& work, Request& request) {
  auto vin = request.params.at("vin");
  if (request.who->is_vehicle()) CO_TRY_VOID(vin_for(request, vin));
  std::vector<std::pair<std::string, std::string>> fixed{{"vehicle", std::move(vin)}};
  std::vector<std::string> filters{"ecu", "type", "zone", "version", "outdated"};
  co_return co_await read_page(work, request, Resource::kVehicleEcus, std::move(fixed),
                               std::move(filters));
}

asio::awaitable<Reply> report_vci(Work& work, Request& request) {
  CO_TRY(auto vin, vin_for(request, request.params.at("vin")));
  co_return co_await pass_on(work, request, RecordKind::kVci, std::move(vin));
}

asio::awaitable<Reply> report_status(Work& work, Request& request) {
  CO_TRY(auto vin, own_vin(request));
  co_return co_await pass_on(work, request, RecordKind::kStatus, std::move(vin));
}

asio::awaitable<Reply> check_for_update(Work& work, Request& request) {
  if (!request.body.empty()) {
    CO_TRY(const auto value, parse_json(request.body, request.json_depth));
    Faults faults;
    if (!value.is_object()) faults.push_back({"", "must be an object"});
    Fields body(value, "", faults);
    if (auto vin = body.text_or("vin", "", 17); !vin.empty()) request.query["vin"] = std::move(vin);
    body.close();
    if (!faults.empty()) co_return refuse(invalid(std::move(faults)));
  }
  CO_TRY(const auto vin, own_vin(request));
  CO_TRY_VOID(co_await catch_up(work, request));
  CO_TRY(auto offer, co_await current_offer(work, vin));
  json::object body{{"offer", std::move(offer)}};
  co_return json_response(200, json::serialize(body));
}

}  // namespace motorcade::https
