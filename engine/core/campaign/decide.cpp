// What a campaign answers to operators, shards and the catalog.
#include "engine/core/campaign/state.hpp"
#include "engine/core/canonical.hpp"

namespace motorcade::core::campaigns {

namespace {
using Answer = Decision<Event, Rejection>;
constexpr Duration kSurveyTimeout = std::chrono::minutes(10);

tl::unexpected<Rejected<Rejection>> reject(Rejection reason, std::string detail = {}) {
  return tl::unexpected(Rejected<Rejection>{reason, std::move(detail)});
}
tl::unexpected<Rejected<Rejection>> wrong_state(const Campaign& campaign, std::string_view asked) {
  return reject(Rejection::kWrongState, "the campaign is " +
                                            std::string(to_string(campaign.phase)) +
                                            "; it cannot be " + std::string(asked));
}

std::optional<Rejected<Rejection>> invalid_definition(const campaign::Definition& d) {
  const auto no = [](Rejection reason, std::string detail) {
    return Rejected<Rejection>{reason, std::move(detail)};
  };
  if (d.name.empty() || d.name.size() > 256)
    return no(Rejection::kInvalid, "name: 1 to 256 bytes are wanted");
  if (d.releases.empty()) return no(Rejection::kInvalid, "releases: at least one is wanted");
  if (d.waves.empty() || d.waves.size() > campaign::kMaxWaves)
    return no(Rejection::kInvalidWaves, "waves: 1 to " + std::to_string(campaign::kMaxWaves));
  std::uint32_t before = 0;
  for (const auto& wave : d.waves) {
    if (wave.cumulative_basis_points <= before || wave.cumulative_basis_points > 10'000)
      return no(Rejection::kInvalidWaves, "waves: each must add vehicles, up to 100 % in all");
    before = wave.cumulative_basis_points;
  }
  if (before != 10'000)
    return no(Rejection::kInvalidWaves, "waves: their shares must add up to 100 %");
  if (d.gate.success_basis_points > 10'000 || d.gate.failure_basis_points > 10'000)
    return no(Rejection::kInvalid, "gate: shares are at most 100 %");
  const auto& p = d.policy;
  for (const auto timeout :
       {p.offer_timeout, p.download_timeout, p.install_timeout, p.verify_timeout, p.build_timeout})
    if (timeout <= Duration{})
      return no(Rejection::kInvalid, "policy: every timeout must be above zero");
  return std::nullopt;
}

Answer decide_create(const campaign::Create& c, const State& state) {
  if (auto no = invalid_definition(c.definition)) return tl::unexpected(*no);
  std::vector<ReleaseTarget> content;
  for (const auto& id : c.definition.releases) {
    const auto release = state.releases.find(id);
    if (release == state.releases.end())
      return reject(Rejection::kUnknownRelease, "no release " + to_hex(id));
    content.push_back(release->second.target);
  }
  const auto hash = content_hash(c.definition, content);
  if (const auto known = state.campaigns.find(c.campaign); known != state.campaigns.end()) {
    if (known->second.content_hash == hash) return std::vector<Event>{};
    return reject(Rejection::kIdInUse, "the same idempotency key made another campaign");
  }
  for (const auto& id : c.definition.releases)
    if (state.releases.at(id).deprecated)
      return reject(Rejection::kDeprecatedRelease, "release " + to_hex(id) + " is deprecated");
  return std::vector<Event>{
      campaign::CampaignCreated{c.campaign, c.by, c.definition, content, hash}};
}

Answer decide_propose(const campaign::Propose& c, const Campaign& campaign) {
  if (campaign.phase == Phase::kProposed) return std::vector<Event>{};
  if (campaign.phase != Phase::kDraft) return wrong_state(campaign, "proposed");
  return std::vector<Event>{campaign::CampaignProposed{c.campaign, c.by}};
}

Answer decide_approve(const campaign::Approve& c, const Campaign& campaign) {
  if (campaign.phase == Phase::kApproved && campaign.approver == c.by) return std::vector<Event>{};
  if (campaign.phase != Phase::kProposed) return wrong_state(campaign, "approved");
  if (c.by == campaign.author || c.by == campaign.proposer)
    return reject(Rejection::kOwnProposal, "somebody else than its author must approve a campaign");
  if (!c.content_hash.is_zero() && c.content_hash != campaign.content_hash)
    return reject(Rejection::kContentChanged,
                  "the content's hash is " + to_hex(campaign.content_hash));
  return std::vector<Event>{campaign::CampaignApproved{c.campaign, c.by, campaign.content_hash}};
}

Answer decide_start(const campaign::Start& c, const Campaign& campaign, Time now,
                    const State& state) {
  if (campaign.phase == Phase::kSurveying || campaign.phase == Phase::kRunning)
    return std::vector<Event>{};
  if (campaign.phase == Phase::kDraft || campaign.phase == Phase::kProposed)
    return reject(Rejection::kNotApproved, "somebody else than its author must approve it first");
  if (campaign.phase != Phase::kApproved) return wrong_state(campaign, "started");
  if (withdrawn(state.releases, campaign.content))
    return reject(Rejection::kDeprecatedRelease, "a release of its content is deprecated");
  return std::vector<Event>{campaign::CampaignStarted{c.campaign, c.by, after(campaign.generation),
                                                      now + kSurveyTimeout}};
}

Answer decide_pause(const campaign::Pause& c, const Campaign& campaign) {
  if (campaign.phase == Phase::kPaused) return std::vector<Event>{};
  if (campaign.phase != Phase::kRunning) return wrong_state(campaign, "paused");
  return std::vector<Event>{
      campaign::CampaignPaused{c.campaign, c.by, c.reason, after(campaign.generation)}};
}

Answer resume_held(const campaign::Resume& c, const Campaign& campaign) {
  const auto current = current_wave(campaign);
  const auto generation = after(campaign.generation);
  using enum campaign::Resumption;
  if (campaign.held_for == campaign::HoldReason::kContradicted && c.how == kContinue)
    return std::vector<Event>{campaign::CampaignResumed{c.campaign, c.by, c.how, generation}};
  if (c.how == kContinue)
    return reject(Rejection::kSayRetryOrSkip,
                  "a held wave is retried, skipped, or the campaign aborted");
  if (!current)
    return wrong_state(campaign, "resumed: there is no wave to retry or skip; abort it");
  const WaveNumber number{static_cast<std::uint32_t>(*current + 1)};
  std::vector<Event> events{campaign::CampaignResumed{c.campaign, c.by, c.how, generation}};
  if (c.how == kRetry) {
    events.push_back(
        campaign::WaveOpened{c.campaign, number, campaign.waves[*current].attempt + 1, generation});
  } else {
    events.push_back(campaign::WaveSkipped{c.campaign, number, c.by});
    open_from(c.campaign, campaign, *current + 1, generation, events);
  }
  return events;
}

Answer decide_resume(const campaign::Resume& c, const Campaign& campaign, const State& state) {
  if (campaign.phase == Phase::kRunning) return std::vector<Event>{};
  if (campaign.phase != Phase::kPaused && campaign.phase != Phase::kHeld)
    return wrong_state(campaign, "resumed");
  if (withdrawn(state.releases, campaign.content))
    return reject(Rejection::kDeprecatedRelease,
                  "a release of its content is deprecated: abort it");
  if (campaign.phase == Phase::kHeld) return resume_held(c, campaign);
  if (c.how != campaign::Resumption::kContinue)
    return reject(Rejection::kInvalid, "a paused campaign continues; retry and skip answer a hold");
  return std::vector<Event>{
      campaign::CampaignResumed{c.campaign, c.by, c.how, after(campaign.generation)}};
}

Answer decide_abort(const campaign::Abort& c, const Campaign& campaign) {
  switch (campaign.phase) {
    case Phase::kAborted:
    case Phase::kCancelled:
      return std::vector<Event>{};
    case Phase::kCompleted:
      return wrong_state(campaign, "aborted");
    case Phase::kDraft:
    case Phase::kProposed:
    case Phase::kApproved:
      return std::vector<Event>{campaign::CampaignCancelled{c.campaign, c.by, c.reason}};
    default:
      break;
  }
  return std::vector<Event>{
      campaign::CampaignAborted{c.campaign, c.by, c.reason, after(campaign.generation)}};
}

Answer decide_survey(const campaign::TakeSurvey& c, const Campaign& campaign, const State& state) {
  const auto taken = campaign.survey.chunks.find(c.chunk.shard);
  const auto expected = taken == campaign.survey.chunks.end() ? 0U : taken->second;
  if (c.chunk.chunk < expected || campaign.phase != Phase::kSurveying) return std::vector<Event>{};
  if (c.chunk.chunk > expected)
    return reject(Rejection::kPredecessorMissing, "a survey chunk before this one is missing");
  std::vector<Event> events{campaign::SurveyTaken{c.chunk}};
  const auto done = campaign.survey.done.size() + (c.chunk.last ? 1 : 0);
  if (done == state.context.counts.vehicle) {
    auto matched = campaign.survey.matched;
    matched.insert(matched.end(), c.chunk.vehicles.begin(), c.chunk.vehicles.end());
    plan_waves(c.chunk.campaign, campaign, std::move(matched), events);
  }
  return events;
}

Answer decide_tally(const campaign::TakeTally& c, const Campaign& campaign, Time now,
                    const State& state) {
  const auto known = campaign.tallies.find(c.tally.shard);
  if (known != campaign.tallies.end() && known->second.sequence >= c.tally.sequence)
    return std::vector<Event>{};  // the highest sequence wins
  std::vector<Event> events{campaign::TallyTaken{c.tally}};
  Campaign next = campaign;
  next.tallies[c.tally.shard] = c.tally;
  weigh(c.tally.campaign, next, state, now, events);
  return events;
}

/// Campaigns that work on a deprecated release are held by the next ticks, in steps: there may be
/// more of them than an envelope holds.
Answer decide_release(const campaign::NoteRelease& c, const State& state) {
  if (!is_news(state.releases, c.release.release, c.revision)) return std::vector<Event>{};
  return std::vector<Event>{campaign::ReleaseNoted{c.release, c.revision, c.deprecated}};
}

}  // namespace

Taken Campaigns::check(const Cause& cause, const State& state) {
  if (const auto* message = std::get_if<MessageCause>(&cause))
    return state.sources.check(*message, state.context.incarnation);
  const auto* request = std::get_if<RequestCause>(&cause);
  return request == nullptr ? Taken::kFresh : state.requests.check(*request);
}

Answer Campaigns::decide(const Command& command, Time now, const State& state) {
  const auto with = [&](const CampaignId& id, auto&& decide_it) -> Answer {
    const auto found = state.campaigns.find(id);
    if (found == state.campaigns.end())
      return reject(Rejection::kNoSuchCampaign, "no campaign " + to_hex(id));
    return decide_it(found->second);
  };
  return std::visit(
      Match{
          [&](const campaign::Create& c) { return decide_create(c, state); },
          [&](const campaign::Propose& c) {
            return with(c.campaign, [&](const Campaign& k) { return decide_propose(c, k); });
          },
          [&](const campaign::Approve& c) {
            return with(c.campaign, [&](const Campaign& k) { return decide_approve(c, k); });
          },
          [&](const campaign::Start& c) {
            return with(c.campaign,
                        [&](const Campaign& k) { return decide_start(c, k, now, state); });
          },
          [&](const campaign::Pause& c) {
            return with(c.campaign, [&](const Campaign& k) { return decide_pause(c, k); });
          },
          [&](const campaign::Resume& c) {
            return with(c.campaign, [&](const Campaign& k) { return decide_resume(c, k, state); });
          },
          [&](const campaign::Abort& c) {
            return with(c.campaign, [&](const Campaign& k) { return decide_abort(c, k); });
          },
          [&](const campaign::TakeSurvey& c) {
            return with(c.chunk.campaign,
                        [&](const Campaign& k) { return decide_survey(c, k, state); });
          },
          [&](const campaign::TakeTally& c) {
            return with(c.tally.campaign,
                        [&](const Campaign& k) { return decide_tally(c, k, now, state); });
          },
          [&](const campaign::NoteRelease& c) { return decide_release(c, state); },
          [&](const campaign::Undecodable& c) -> Answer {
            return reject(Rejection::kUndecodable, c.reason);
          },
          [&](const campaign::AdvanceTime&) -> Answer { return advance(now, state); },
      },
      command);
}

Event Campaigns::refused(const Command& command, const Rejected<Rejection>& rejected) {
  const auto subject = std::visit(
      [](const auto& c) -> CampaignId {
        if constexpr (requires { c.campaign; }) return c.campaign;
        return {};
      },
      command);
  return campaign::Refused{subject, rejected.reason, rejected.detail};
}

Event Campaigns::not_taken(const Cause&, Taken taken) {
  if (taken == Taken::kDuplicate) return campaign::AlreadySatisfied{};
  if (taken == Taken::kOtherBody)
    return campaign::Refused{
        {}, Rejection::kIdInUse, "the same Idempotency-Key was sent with another body"};
  return campaign::Refused{{},
                           taken == Taken::kPredecessorMissing ? Rejection::kPredecessorMissing
                                                               : Rejection::kOtherIncarnation,
                           {}};
}

}  // namespace motorcade::core::campaigns
