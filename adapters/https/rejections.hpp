// What the domain's refusals are over HTTP: a name and a status.
#pragma once
#include <optional>
#include <string_view>

#include "adapters/https/problem.hpp"
#include "events/campaign.hpp"
#include "events/catalog.hpp"
#include "events/vehicle.hpp"

namespace motorcade::https {

[[nodiscard]] Problem problem_of(const campaign::Refused& refused);
[[nodiscard]] Problem problem_of(const catalog::Refused& refused);
[[nodiscard]] Problem problem_of(const vehicle::Refused& refused);

}  // namespace motorcade::https
