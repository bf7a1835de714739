// Administration: a backup of the log while it is used, the erasure of a vehicle.
#include <boost/json.hpp>

#include "adapters/https/fields.hpp"
#include "adapters/https/handlers.hpp"

namespace motorcade::https {
namespace {

/// One path segment that hides nothing and leads nowhere.
bool is_backup_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !name.empty() && name.front() != '.' && std::ranges::all_of(name, fits);
}

void note(Work& work, const char* event, edge::JournalFields fields) {
  if (work.services.journal) work.services.journal(edge::Severity::kWarning, event, fields);
}

}  // namespace

asio::awaitable<Reply> back_up(Work& work, Request& request) {
  CO_TRY(const auto value, parse_json(request.body, request.json_depth));
  Faults faults;
  if (!value.is_object()) faults.push_back({"", "must be an object"});
  Fields body(value, "", faults);
  auto name = body.text("name", 1, 64);
  if (!name.empty() && !is_backup_name(name))
    body.fault("name", "must be a directory's name of A-Z a-z 0-9 . _ - that begins with no dot");
  body.close();
  if (!faults.empty()) co_return refuse(invalid(std::move(faults)));
  if (!work.services.back_up) co_return refuse(unavailable("this process keeps no log"));
  const auto done = co_await work.services.back_up(name);
  if (!done && done.error().code == std::errc::file_exists)
    co_return refuse(conflict("there is a backup \"" + name + "\" already; give another name"));
  if (!done) co_return refuse(from_error(done.error()));
  note(work, "a backup of the log was made", {{"name", name}, {"by", request.who->name}});
  const boost::json::object answer{{"name", name}, {"directory", done->string()}};
  co_return json_response(201, boost::json::serialize(answer));
}

asio::awaitable<Reply> erase_vehicle(Work& work, Request& request) {
  auto vin = request.params.at("vin");
  if (!edge::is_vin(vin))
    co_return refuse(invalid("vin", "is no VIN: 17 of A-Z 0-9, without I, O and Q"));
  if (!work.services.erase_vehicle) co_return refuse(unavailable("this process keeps no keys"));
  const auto erased = co_await work.services.erase_vehicle(std::move(vin));
  if (!erased) co_return refuse(from_error(erased.error()));
  note(work, "a vehicle was erased", {{"vehicle", to_hex(*erased)}, {"by", request.who->name}});
  const boost::json::object answer{{"vehicleId", to_hex(*erased)}, {"erased", true}};
  co_return json_response(200, boost::json::serialize(answer));
}

}  // namespace motorcade::https
