// The section `limits` of the configuration file: how much is taken, how many at once, how long.
#pragma once
#include "motorcade/config.hpp"
#include "motorcade/yaml_section.hpp"

namespace motorcade::app {

/// Throws ConfigFault.
void read_limits(Section& root, Config& config);

}  // namespace motorcade::app
