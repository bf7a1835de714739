// The JSON of a campaign's definition, as docs/api.md describes it.
#pragma once
#include "adapters/https/fields.hpp"
#include "engine/ports/key_store.hpp"
#include "events/campaign.hpp"

namespace motorcade::https {

/// Every fault at once, by pointer. VINs become vehicle ids and are not kept. `seed` is what a
/// definition without one gets.
[[nodiscard]] Checked<campaign::Definition> definition_from(
    std::string_view body, std::uint64_t seed, ports::KeyStore& keys,
    std::size_t json_depth = Limits{}.json_depth);

}  // namespace motorcade::https
