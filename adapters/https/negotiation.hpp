// Whether a client takes what a route answers (RFC 9110 §12.5.1).
#pragma once
#include <string_view>

#include "adapters/https/router.hpp"

namespace motorcade::https {

/// Routes under /api/v1/ answer JSON and are held to Accept; packages and text are sent to all.
[[nodiscard]] bool accepts(std::string_view accept, const Route& route);

}  // namespace motorcade::https
