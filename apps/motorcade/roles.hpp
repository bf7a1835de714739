// What a process of the engine does: all of it, or a part, beside other processes on the same log.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "events/ids.hpp"
#include "events/result.hpp"

namespace motorcade::app {

enum class Role {
  kEdge,       ///< HTTPS for all, and what vehicles say over MQTT
  kOwner,      ///< decides: the one writer of each of its partitions
  kProjector,  ///< rows in PostgreSQL
  kBuilder,    ///< packages
  kEffects,    ///< what vehicles are told over MQTT
};
using Roles = std::set<Role>;
[[nodiscard]] const Roles& all_roles();

[[nodiscard]] std::string_view to_string(Role role);
/// As the option and the configuration take them: "edge,owner".
[[nodiscard]] std::string to_string(const Roles& roles);
/// Refuses an unknown word, and none at all.
[[nodiscard]] Result<Roles> roles_from(const std::vector<std::string>& words);

/// Whose partitions are divided among a role's processes; edges divide nothing.
[[nodiscard]] std::vector<Stream> streams_of(Role role);

}  // namespace motorcade::app
