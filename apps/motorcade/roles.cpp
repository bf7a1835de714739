#include "motorcade/roles.hpp"

#include <algorithm>

namespace motorcade::app {

const Roles& all_roles() {
  static const Roles all{Role::kEdge, Role::kOwner, Role::kProjector, Role::kBuilder,
                         Role::kEffects};
  return all;
}

std::string_view to_string(Role role) {
  switch (role) {
    case Role::kEdge:
      return "edge";
    case Role::kOwner:
      return "owner";
    case Role::kProjector:
      return "projector";
    case Role::kBuilder:
      return "builder";
    case Role::kEffects:
      return "effects";
  }
  return "";
}

std::string to_string(const Roles& roles) {
  std::string words;
  for (const auto role : roles) words.append(words.empty() ? "" : ",").append(to_string(role));
  return words;
}

Result<Roles> roles_from(const std::vector<std::string>& words) {
  Roles roles;
  for (const auto& word : words) {
    const auto& all = all_roles();
    const auto role =
        std::ranges::find_if(all, [&](Role known) { return to_string(known) == word; });
    if (role == all.end())
      return failure(std::errc::invalid_argument,
                     "no role \"" + word + "\"; there are " + to_string(all));
    roles.insert(*role);
  }
  if (roles.empty())
    return failure(std::errc::invalid_argument,
                   "at least one role is wanted, of " + to_string(all_roles()));
  return roles;
}

std::vector<Stream> streams_of(Role role) {
  switch (role) {
    case Role::kEdge:
      return {};
    case Role::kOwner:
    case Role::kProjector:
      return {Stream::kVehicle, Stream::kCampaign, Stream::kCatalog};
    case Role::kBuilder:
      return {Stream::kCatalog};
    case Role::kEffects:
      return {Stream::kVehicle, Stream::kCatalog};
  }
  return {};
}

}  // namespace motorcade::app
