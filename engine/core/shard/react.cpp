// What other machines hear of a shard's envelope. Golden files hold it: the same messages, in the
// same order, on every build.
#include "engine/core/shard/state.hpp"

namespace motorcade::core::shard {
namespace {

Partition home_of(const CampaignId& id, const Context& context) {
  return {Stream::kCampaign, partition_of(id, context.counts.campaign)};
}

/// The campaign whose counts a fact changed.
std::optional<CampaignId> counted(const Event& event, const State& after) {
  return std::visit(
      Match{
          [](const vehicle::Offered& e) { return std::optional(e.campaign); },
          [](const vehicle::Verified& e) { return std::optional(e.campaign); },
          [](const vehicle::AssignmentEnded& e) { return std::optional(e.campaign); },
          [](const vehicle::VciContradicted& e) { return std::optional(e.campaign); },
          [](const vehicle::OrderTaken& e) {  // the campaign hears which generation the counts obey
            return e.order.waves.empty() ? std::nullopt : std::optional(e.order.campaign);
          },
          [&](const vehicle::StepReported& e) -> std::optional<CampaignId> {
            const auto* v = after.find(e.vehicle);
            if (v == nullptr || !v->ended || v->ended->command != e.command) return std::nullopt;
            return v->ended->campaign;
          },
          [](const auto&) { return std::optional<CampaignId>{}; }},
      event);
}

}  // namespace

std::vector<Message> Shard::react(std::span<const Event> events, Sequence at, const State& after) {
  const auto& context = after.context;
  std::vector<Message> messages;
  std::set<CampaignId> changed;
  for (const auto& event : events) {
    if (const auto* e = std::get_if<vehicle::VehiclesMatched>(&event))
      messages.push_back({home_of(e->campaign, context),
                          campaign::TakeSurvey{SurveyChunk{e->campaign, context.self, e->chunk,
                                                           e->last, e->vehicles}}});
    if (const auto* e = std::get_if<vehicle::PackagePlanned>(&event);
        e && !e->content.zones.empty())
      messages.push_back({{Stream::kCatalog, partition_of(e->key, context.counts.catalog)},
                          catalog::RequestPackage{e->key, e->content, context.self}});
    if (const auto id = counted(event, after)) changed.insert(*id);
  }
  for (const auto& id : changed) {
    const auto found = after.campaigns.find(id);
    if (found == after.campaigns.end()) continue;
    const auto& campaign = found->second;
    messages.push_back(
        {home_of(id, context),
         campaign::TakeTally{Tally{id, context.self, at, campaign.order.generation,
                                   campaign.offered, campaign.contradicted, campaign.counts}}});
  }
  return messages;
}

}  // namespace motorcade::core::shard
