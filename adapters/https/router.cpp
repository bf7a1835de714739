#include "adapters/https/router.hpp"

#include "adapters/https/handlers.hpp"

namespace motorcade::https {
namespace {
using edge::Role;
using enum Body;
constexpr auto kGet = http::verb::get;
constexpr auto kPost = http::verb::post;
constexpr auto kPut = http::verb::put;
constexpr auto kDelete = http::verb::delete_;

constexpr edge::Roles kAnybody;  // no roles asked for
constexpr edge::Roles kOperator = Role::kOperator;
constexpr edge::Roles kReaders = Role::kViewer | Role::kOperator | Role::kApprover |
                                 Role::kAuditor | Role::kDiagnostician | Role::kAdmin;
constexpr edge::Roles kVehicles = Role::kVehicle | Role::kSimulator;
constexpr edge::Roles kReporters = kVehicles | Role::kOperator;

constexpr bool kEverywhere = true;

constexpr Route kRoutes[] = {
    {kGet, "/", kAnybody, kNone, front_page, kEverywhere},
    {kGet, "/healthz", kAnybody, kNone, healthz, kEverywhere},
    {kGet, "/readyz", kAnybody, kNone, readyz, kEverywhere},
    {kGet, "/metrics", kAnybody, kNone, metrics, kEverywhere},
    {kGet, "/api/v1/openapi.json", kAnybody, kNone, openapi, kEverywhere},

    {kPost, "/api/v1/vehicles/register", kReporters, kJson, register_vehicle},
    {kGet, "/api/v1/vehicles", kReaders, kNone, list_vehicles},
    {kGet, "/api/v1/vehicles/{vin}", kReaders | kVehicles, kNone, get_vehicle},
    {kDelete, "/api/v1/vehicles/{vin}", Role::kAdmin, kNone, erase_vehicle},
    {kGet, "/api/v1/vehicles/{vin}/ecus", kReaders | kVehicles, kNone, list_vehicle_ecus},
    {kPost, "/api/v1/vehicles/{vin}/vci", kVehicles, kReport, report_vci},

    {kGet, "/api/v1/ecus", kReaders, kNone, list_ecus},
    {kGet, "/api/v1/ecus/{ecu_id}", kReaders, kNone, get_ecu},
    {kPut, "/api/v1/ecus/{ecu_id}/version", kOperator, kJson, approve_target},

    {kPost, "/api/v1/ota/check", kReporters, kOptional, check_for_update},
    {kPost, "/api/v1/ota/status", kVehicles, kReport, report_status},
    {kPost, "/api/v1/ota/package", kOperator, kJson, request_package},
    {kGet, "/api/v1/ota/package", kReaders, kNone, list_packages},
    {kGet, "/api/v1/ota/package/{sha256}", kAnybody, kNone, download_package},

    {kPost, "/api/v1/firmware/upload", kOperator, kUpload, upload_firmware},
    {kGet, "/api/v1/firmware", kReaders, kNone, list_firmware},
    {kGet, "/api/v1/firmware/{id}", kReaders, kNone, get_firmware},
    {kPost, "/api/v1/firmware/{id}/deprecate", kOperator, kOptional, deprecate_firmware},

    {kPost, "/api/v1/campaigns", kOperator, kJson, create_campaign},
    {kGet, "/api/v1/campaigns", kReaders, kNone, list_campaigns},
    {kGet, "/api/v1/campaigns/{id}", kReaders, kNone, get_campaign},
    {kGet, "/api/v1/campaigns/{id}/waves", kReaders, kNone, list_waves},
    {kGet, "/api/v1/campaigns/{id}/vehicles", kReaders, kNone, list_campaign_vehicles},
    {kPost, "/api/v1/campaigns/{id}/propose", kOperator, kOptional, propose_campaign},
    {kPost, "/api/v1/campaigns/{id}/approve", Role::kApprover, kOptional, approve_campaign},
    {kPost, "/api/v1/campaigns/{id}/start", kOperator, kOptional, start_campaign},
    {kPost, "/api/v1/campaigns/{id}/pause", kOperator, kOptional, pause_campaign},
    {kPost, "/api/v1/campaigns/{id}/resume", kOperator, kOptional, resume_campaign},
    {kPost, "/api/v1/campaigns/{id}/abort", kOperator, kOptional, abort_campaign},

    {kGet, "/api/v1/commands/{id}", kReaders | kVehicles, kNone, get_command},
    {kPost, "/api/v1/admin/backup", Role::kAdmin, kJson, back_up},
    {kGet, "/api/v1/admin/state", Role::kAdmin | Role::kAuditor, kNone, admin_state, kEverywhere},
};

std::string_view take_segment(std::string_view& path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  const auto segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

bool fits(std::string_view pattern, std::string_view path, Parameters& params) {
  params.clear();
  while (!pattern.empty() && !path.empty()) {
    const auto expected = take_segment(pattern), found = take_segment(path);
    if (expected.starts_with('{')) {
      if (found.empty()) return false;
      params.emplace(expected.substr(1, expected.size() - 2), found);
    } else if (expected != found) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

/// More literal segments win: "/vehicles/register" over "/vehicles/{vin}".
std::size_t wildcards(std::string_view pattern) {
  return static_cast<std::size_t>(std::count(pattern.begin(), pattern.end(), '{'));
}
}  // namespace

std::span<const Route> routes() {
  return kRoutes;
}

Checked<Match> route_for(http::verb method, std::string_view path) {
  std::vector<Match> candidates;
  for (const auto& route : kRoutes) {
    Parameters params;
    if (fits(route.pattern, path, params)) candidates.push_back({&route, std::move(params)});
  }
  if (candidates.empty())
    return refuse(
        not_found("there is nothing at this path; /api/v1/openapi.json lists what there is"));
  std::size_t fewest = SIZE_MAX;
  for (const auto& one : candidates) fewest = std::min(fewest, wildcards(one.route->pattern));
  std::erase_if(candidates, [&](const Match& m) { return wildcards(m.route->pattern) > fewest; });

  std::string allowed;
  const auto wanted = method == http::verb::head ? kGet : method;
  for (auto& one : candidates) {
    if (one.route->method == wanted) return std::move(one);
    if (!allowed.empty()) allowed += ", ";
    allowed +=
        one.route->method == kGet ? "GET, HEAD" : std::string(http::to_string(one.route->method));
  }
  return refuse(method_not_allowed(allowed));
}

bool is_reader(const edge::Principal& who) {
  return who.roles.any_of(kReaders);
}

Checked<void> may(const std::optional<edge::Principal>& who, edge::Roles roles) {
  if (roles.empty()) return {};
  if (!who)
    return refuse(
        unauthorized("send an API token as \"Authorization: Bearer …\", or connect with a "
                     "vehicle's certificate"));
  if (who->roles.any_of(roles)) return {};
  return refuse(forbidden("this needs one of the roles: " + to_string(roles)));
}

}  // namespace motorcade::https
