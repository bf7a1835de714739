// Campaign -> every shard: one order per partition whenever an envelope changed what shards must
// do.
#include "engine/core/campaign/state.hpp"

namespace motorcade::core::campaigns {
namespace {

OrderPhase order_phase(Phase phase) {
  switch (phase) {
    case Phase::kSurveying:
      return OrderPhase::kSurvey;
    case Phase::kRunning:
      return OrderPhase::kRun;
    case Phase::kHeld:
    case Phase::kPaused:
      return OrderPhase::kPaused;
    case Phase::kAborted:
      return OrderPhase::kAborted;
    default:
      return OrderPhase::kClosed;
  }
}

Order order_of(const CampaignId& id, const Campaign& campaign) {
  Order order{.campaign = id,
              .generation = campaign.generation,
              .phase = order_phase(campaign.phase),
              .filter = campaign.definition.filter,
              .content = campaign.content,
              .policy = campaign.definition.policy,
              .seed = campaign.definition.seed,
              .waves = {},
              .allowance = std::numeric_limits<std::uint64_t>::max()};
  for (const auto& wave : campaign.waves) {
    if (wave.phase == WavePhase::kPending) break;
    order.waves.push_back({wave.last, wave.phase == WavePhase::kSkipped ? 0 : wave.attempt});
  }
  return order;
}

/// Facts that carry a generation change what shards must do.
std::optional<CampaignId> ordering(const Event& event) {
  return std::visit(
      [](const auto& e) -> std::optional<CampaignId> {
        if constexpr (requires { e.generation; }) return e.campaign;
        return std::nullopt;
      },
      event);
}

}  // namespace

std::vector<Message> Campaigns::react(std::span<const Event> events, Sequence, const State& after) {
  std::set<CampaignId> ordered;
  for (const auto& event : events)
    if (const auto id = ordering(event)) ordered.insert(*id);
  std::vector<Message> messages;
  for (const auto& id : ordered) {
    const auto found = after.campaigns.find(id);
    if (found == after.campaigns.end()) continue;
    const auto order = order_of(id, found->second);
    for (std::uint16_t shard = 0; shard < after.context.counts.vehicle; ++shard)
      messages.push_back({{Stream::kVehicle, shard}, vehicle::TakeOrder{order}});
  }
  return messages;
}

}  // namespace motorcade::core::campaigns
