// A campaign's history in the log as sentences, for people who compare it with what they expected.
#pragma once
#include <string>
#include <vector>

#include "events/campaign.hpp"

namespace motorcade::simulation {

/// "planned 3 + 12 + 15", "wave 1 opened", "wave 1 passed: 3 of 3 executed, 3 verified", … in
/// order; surveys and tallies are left out.
[[nodiscard]] std::vector<std::string> story_of(const std::vector<campaign::Event>& events,
                                                const CampaignId& id);

}  // namespace motorcade::simulation
