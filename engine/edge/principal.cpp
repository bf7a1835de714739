#include "engine/edge/principal.hpp"

#include <algorithm>
#include <array>

namespace motorcade::edge {
namespace {
struct NamedRole {
  Role role;
  std::string_view name;
};
constexpr std::array kNamedRoles{
    NamedRole{Role::kViewer, "viewer"},     NamedRole{Role::kOperator, "operator"},
    NamedRole{Role::kApprover, "approver"}, NamedRole{Role::kAuditor, "auditor"},
    NamedRole{Role::kAdmin, "admin"},       NamedRole{Role::kDiagnostician, "diagnostician"},
    NamedRole{Role::kVehicle, "vehicle"},   NamedRole{Role::kSimulator, "simulator"}};
constexpr std::array<std::string_view, 5> kReserved{"broadcast", "updates", "register", "simulator",
                                                    "server"};
constexpr std::string_view kVinAlphabet = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ";
}  // namespace

std::string_view to_string(Role role) {
  const auto found = std::ranges::find(kNamedRoles, role, &NamedRole::role);
  return found == kNamedRoles.end() ? "unknown" : found->name;
}

std::optional<Role> role_from(std::string_view name) {
  const auto found = std::ranges::find(kNamedRoles, name, &NamedRole::name);
  if (found == kNamedRoles.end()) return std::nullopt;
  return found->role;
}

std::string to_string(Roles roles) {
  std::string names;
  for (const auto& [role, name] : kNamedRoles)
    if (roles.any_of(role)) (names += names.empty() ? "" : ",") += name;
  return names;
}

std::optional<Roles> roles_from(std::string_view names) {
  Roles roles;
  while (true) {
    const auto comma = names.find(',');
    const auto role = role_from(names.substr(0, comma));
    if (!role || *role == Role::kVehicle) return std::nullopt;
    roles = roles | *role;
    if (comma == names.npos) return roles;
    names.remove_prefix(comma + 1);
  }
}

Actor Principal::actor() const {
  if (is_vehicle()) return "vehicle";
  if (roles == Role::kSimulator) return "simulator";
  return "operator:" + name;
}

std::optional<Principal> principal_of_certificate(std::string_view common_name,
                                                  bool allow_simulator) {
  if (common_name == "simulator" && allow_simulator)
    return Principal{std::string(common_name), Role::kSimulator};
  if (!is_vin(common_name)) return std::nullopt;
  return Principal{std::string(common_name), Role::kVehicle};
}

bool is_vin(std::string_view text) {
  return text.size() == 17 && text.find_first_not_of(kVinAlphabet) == text.npos &&
         !is_reserved_name(text);
}

bool is_reserved_name(std::string_view text) {
  return std::ranges::find(kReserved, text) != kReserved.end();
}

}  // namespace motorcade::edge
