// Releases as the projections know them, where a command needs what the request only names.
#pragma once
#include "adapters/https/message.hpp"
#include "adapters/https/work.hpp"
#include "events/vocabulary.hpp"

namespace motorcade::https {

struct ReleaseRow {
  ReleaseTarget target;
  bool deprecated = false;
};
/// None: there is no such release (or the projector has not seen it yet).
[[nodiscard]] asio::awaitable<Checked<std::optional<ReleaseRow>>> release_row(Work& work,
                                                                              ReleaseId id);

}  // namespace motorcade::https
