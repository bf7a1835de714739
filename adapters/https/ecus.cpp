// The ECUs that the fleet may have (the registry) and the version that is approved for each.
#include <boost/json.hpp>

#include "adapters/https/fields.hpp"
#include "adapters/https/handlers.hpp"
#include "adapters/https/reads.hpp"
#include "adapters/https/writes.hpp"
#include "engine/edge/request_body.hpp"

namespace motorcade::https {
namespace {
using ports::Resource;

json::object ecu_document(const edge::RegisteredEcu& ecu, const json::value* target) {
  json::object out{{"id", ecu.id},
                   {"type", ecu.type},
                   {"zone", ecu.gateway},
                   {"hardware", ecu.hardware},
                   {"initialVersion", to_string(ecu.initial)}};
  if (target != nullptr && target->is_object())
    if (const auto* version = target->get_object().if_contains("version"))
      out["approvedTarget"] = *version;
  return out;
}

Checked<const edge::RegisteredEcu*> ecu_of(const Work& work, const Request& request) {
  if (const auto* ecu = work.services.ecus.find(request.params.at("ecu_id"))) return ecu;
  return refuse(not_found("the registry has no such ECU; GET /api/v1/ecus lists them"));
}

/// Approved targets by ECU id: as many as the registry has ECUs at most, so one page holds them.
asio::awaitable<Checked<std::map<std::string, json::value>>> targets(Work& work) {
  std::map<std::string, json::value> by_ecu;
  ports::PageRequest wanted;
  wanted.limit = 1000;
  while (true) {
    auto again = wanted;
    const auto page = co_await work.services.rows.list(Resource::kTargets, std::move(again));
    if (!page) co_return refuse(from_error(page.error()));
    for (const auto& item : page->items) {
      boost::system::error_code error;
      auto value = json::parse(item, error);
      const auto* object = value.if_object();
      const auto* ecu = object != nullptr ? object->if_contains("ecu") : nullptr;
      if (ecu != nullptr && ecu->is_string())
        by_ecu.emplace(std::string(ecu->get_string()), std::move(value));
    }
    if (!page->next) co_return by_ecu;
    wanted.cursor = page->next;
  }
}
}  // namespace

asio::awaitable<Reply> list_ecus(Work& work, Request& request) {
  for (const auto& [name, value] : request.query)
    if (name != "type" && name != "zone" && name != "position")
      co_return refuse(invalid(name, "is no parameter of this list: type, zone, position"));
  CO_TRY_VOID(co_await catch_up(work, request));
  CO_TRY(const auto approved, co_await targets(work));
  const auto type = request.parameter("type"), zone = request.parameter("zone");
  json::array items;
  for (const auto& ecu : work.services.ecus.all()) {
    if ((!type.empty() && ecu.type != type) || (!zone.empty() && ecu.gateway != zone)) continue;
    const auto target = approved.find(ecu.id);
    items.push_back(ecu_document(ecu, target == approved.end() ? nullptr : &target->second));
  }
  json::object body{{"items", std::move(items)}, {"next", nullptr}};
  co_return json_response(200, json::serialize(body));
}

asio::awaitable<Reply> get_ecu(Work& work, Request& request) {
  CO_TRY(const auto* ecu, ecu_of(work, request));
  CO_TRY_VOID(co_await catch_up(work, request));
  const auto found = co_await work.services.rows.get(Resource::kTargets, ecu->id);
  if (!found) co_return refuse(from_error(found.error()));
  boost::system::error_code error;
  const auto target = *found ? json::parse(**found, error) : json::value();
  co_return json_response(200, json::serialize(ecu_document(*ecu, &target)));
}

asio::awaitable<Reply> approve_target(Work& work, Request& request) {
  CO_TRY(const auto* ecu, ecu_of(work, request));
  CO_TRY(const auto value, parse_json(request.body, request.json_depth));
  Faults faults;
  if (!value.is_object()) faults.push_back({"", "must be an object"});
  Fields body(value, "", faults);
  const auto version = body.version("version");
  body.close();
  if (!faults.empty()) co_return refuse(invalid(std::move(faults)));
  CO_TRY(const auto key_id, id_of(work, request));
  const auto message = edge::with_body(key_id, request.body);
  catalog::Command command = catalog::ApproveTarget{ecu->id, ecu->type, version, request.who->name};
  Write write(work, request, message);
  auto record = work.services.intake.record_of(command, ecu->type, message, request.who->actor());
  CO_TRY(const auto done, co_await write.commit(std::move(record)));
  if (!done) co_return pending(work, message);
  co_return written(200, *done,
                    "\"ecu\":\"" + ecu->id + "\",\"version\":\"" + to_string(version) + '"');
}

}  // namespace motorcade::https
