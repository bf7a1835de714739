// openapi.json, as it was when the program was built.
#pragma once
#include <string_view>

namespace motorcade::https {

[[nodiscard]] std::string_view openapi_json();

}  // namespace motorcade::https
