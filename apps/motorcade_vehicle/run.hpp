// Runs a fleet until SIGTERM or SIGINT.
#pragma once
#include "motorcade_vehicle/config.hpp"

namespace motorcade::app {

/// The exit code: 0 after an orderly stop, 1 when a vehicle could not live at all.
[[nodiscard]] int run(FleetConfig config, bool print_status);

}  // namespace motorcade::app
