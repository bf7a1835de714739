// Who may do what: the table of routes against this page, role by role. A route or a role that is
// not here is a decision that nobody has seen.
#include <gtest/gtest.h>

#include <map>

#include "adapters/https/router.hpp"

namespace motorcade::https {
namespace {

using edge::Role;
using edge::Roles;

const Roles kReaders = Role::kViewer | Role::kOperator | Role::kApprover | Role::kAuditor |
                       Role::kDiagnostician | Role::kAdmin;
const Roles kOperator = Role::kOperator;
const Roles kItself = Role::kVehicle | Role::kSimulator;
const Roles kAnybody;  // or checked by the handler: the link's own token

const std::map<std::string, Roles> kPage = {
    {"GET /", kAnybody},
    {"GET /healthz", kAnybody},
    {"GET /readyz", kAnybody},
    {"GET /metrics", kAnybody},
    {"GET /api/v1/openapi.json", kAnybody},
    {"POST /api/v1/vehicles/register", kOperator | kItself},
    {"GET /api/v1/vehicles", kReaders},
    {"GET /api/v1/vehicles/{vin}", kReaders | kItself},
    {"GET /api/v1/vehicles/{vin}/ecus", kReaders | kItself},
    {"DELETE /api/v1/vehicles/{vin}", Role::kAdmin},
    {"POST /api/v1/vehicles/{vin}/vci", kItself},
    {"GET /api/v1/ecus", kReaders},
    {"GET /api/v1/ecus/{ecu_id}", kReaders},
    {"PUT /api/v1/ecus/{ecu_id}/version", kOperator},
    {"POST /api/v1/ota/check", kOperator | kItself},
    {"POST /api/v1/ota/status", kItself},
    {"POST /api/v1/ota/package", kOperator},
    {"GET /api/v1/ota/package", kReaders},
    {"GET /api/v1/ota/package/{sha256}", kAnybody},
    {"POST /api/v1/firmware/upload", kOperator},
    {"GET /api/v1/firmware", kReaders},
    {"GET /api/v1/firmware/{id}", kReaders},
    {"POST /api/v1/firmware/{id}/deprecate", kOperator},
    {"POST /api/v1/campaigns", kOperator},
    {"GET /api/v1/campaigns", kReaders},
    {"GET /api/v1/campaigns/{id}", kReaders},
    {"GET /api/v1/campaigns/{id}/waves", kReaders},
    {"GET /api/v1/campaigns/{id}/vehicles", kReaders},
    {"POST /api/v1/campaigns/{id}/propose", kOperator},
    {"POST /api/v1/campaigns/{id}/approve", Role::kApprover},
    {"POST /api/v1/campaigns/{id}/start", kOperator},
    {"POST /api/v1/campaigns/{id}/pause", kOperator},
    {"POST /api/v1/campaigns/{id}/resume", kOperator},
    {"POST /api/v1/campaigns/{id}/abort", kOperator},
    {"GET /api/v1/commands/{id}", kReaders | kItself},
    {"GET /api/v1/admin/state", Role::kAdmin | Role::kAuditor},
    {"POST /api/v1/admin/backup", Role::kAdmin},
};
constexpr Role kRoles[] = {Role::kViewer,        Role::kOperator, Role::kApprover,  Role::kAuditor,
                           Role::kDiagnostician, Role::kAdmin,    Role::kSimulator, Role::kVehicle};

TEST(RolesOfRoutes, AreWhatThisPageSays) {
  std::size_t seen = 0;
  for (const auto& route : routes()) {
    const auto name = std::string(http::to_string(route.method)) + ' ' + std::string(route.pattern);
    const auto expected = kPage.find(name);
    ASSERT_NE(expected, kPage.end()) << name << ": decide who may, here and in docs/api.md";
    ++seen;
    EXPECT_EQ(may(std::nullopt, route.roles).has_value(), expected->second.empty()) << name;
    for (const auto role : kRoles) {
      const edge::Principal who{"someone", role};
      const bool allowed = expected->second.empty() || expected->second.any_of(role);
      EXPECT_EQ(may(who, route.roles).has_value(), allowed) << name << " as " << to_string(role);
    }
  }
  EXPECT_EQ(seen, kPage.size()) << "this page names a route that is not there";
}

}  // namespace
}  // namespace motorcade::https
