// Who speaks: an operator, by an API token; a vehicle, by its certificate (CN = VIN); a fleet
// simulator, if allowed.
//
// Roles are exactly what was granted: none implies another. What each endpoint asks for stands in
// its route.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "events/envelope.hpp"

namespace motorcade::edge {

enum class Role : std::uint16_t {
  kViewer = 1,
  kOperator = 2,
  kApprover = 4,
  kAuditor = 8,
  kDiagnostician = 16,
  kAdmin = 32,
  kSimulator = 64,  ///< may speak for any vehicle; off by default
  kVehicle = 128,   ///< itself only; never granted to a token
};
[[nodiscard]] std::string_view to_string(Role role);
[[nodiscard]] std::optional<Role> role_from(std::string_view name);

/// A set of roles.
class Roles {
 public:
  constexpr Roles() = default;
  constexpr Roles(Role role) : bits_(static_cast<std::uint16_t>(role)) {}  // NOLINT: a set of one
  [[nodiscard]] constexpr bool any_of(Roles others) const { return (bits_ & others.bits_) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  friend constexpr Roles operator|(Roles a, Roles b) {
    a.bits_ |= b.bits_;
    return a;
  }
  friend constexpr bool operator==(Roles, Roles) = default;

 private:
  std::uint16_t bits_ = 0;
};
constexpr Roles operator|(Role a, Role b) {
  return Roles(a) | Roles(b);
}
/// "operator,approver", in the order of the enum.
[[nodiscard]] std::string to_string(Roles roles);
/// None: empty, or a name that is no role that a token may have.
[[nodiscard]] std::optional<Roles> roles_from(std::string_view comma_separated);

struct Principal {
  std::string name;  ///< of the token's owner; of a vehicle its VIN: never logged, never in the log
  Roles roles;

  [[nodiscard]] bool is_vehicle() const { return roles.any_of(Role::kVehicle); }
  [[nodiscard]] bool may_speak_for(std::string_view vin) const {
    return roles.any_of(Role::kSimulator) || (is_vehicle() && name == vin);
  }
  /// What the log keeps: "operator:alice", "vehicle" or "simulator".
  [[nodiscard]] Actor actor() const;
};

/// From the common name of a verified client certificate: a VIN, or "simulator" where that is
/// allowed. Nothing: a name that may not speak here (a reserved one, or no VIN at all).
[[nodiscard]] std::optional<Principal> principal_of_certificate(std::string_view common_name,
                                                                bool allow_simulator);

/// 17 characters A–Z 0–9 without I, O and Q (ISO 3779). No check digit: only North America asks for
/// one.
[[nodiscard]] bool is_vin(std::string_view text);
/// Words that stand where a VIN stands in topics and paths, so no vehicle may be called so.
[[nodiscard]] bool is_reserved_name(std::string_view text);

}  // namespace motorcade::edge
