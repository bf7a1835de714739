#include "engine/core/campaign/state.hpp"

#include "engine/core/canonical.hpp"

namespace motorcade::core::campaigns {

std::string_view to_string(Phase phase) {
  constexpr std::string_view names[] = {"",          "draft",   "proposed", "approved",
                                        "surveying", "running", "held",     "paused",
                                        "completed", "aborted", "cancelled"};
  return names[static_cast<std::size_t>(phase)];
}

Digest content_hash(const campaign::Definition& definition,
                    const std::vector<ReleaseTarget>& content) {
  Writer out;
  write(out, definition);
  write_all(out, content);
  return Digest{digest::sha256(out.bytes())};
}

std::optional<std::size_t> current_wave(const Campaign& campaign) {
  for (std::size_t wave = 0; wave < campaign.waves.size(); ++wave) {
    const auto phase = campaign.waves[wave].phase;
    if (phase == WavePhase::kOpen || phase == WavePhase::kSoaking || phase == WavePhase::kHeld)
      return wave;
  }
  return std::nullopt;
}

WaveCounts counts_of(const Campaign& campaign, std::size_t wave) {
  WaveCounts counts;
  for (const auto& [shard, tally] : campaign.tallies)
    if (wave < tally.waves.size()) counts += tally.waves[wave];
  return counts;
}

bool must_hold(const Campaign& campaign, const State& state) {
  const bool started = campaign.phase == Phase::kSurveying || campaign.phase == Phase::kRunning;
  return started && withdrawn(state.releases, campaign.content);
}

std::uint64_t contradicted(const Campaign& campaign) {
  std::uint64_t sum = 0;
  for (const auto& [shard, tally] : campaign.tallies) sum += tally.contradicted;
  return sum;
}

State Campaigns::initial(const Context& context) {
  State state;
  state.context = context;
  return state;
}

namespace {

void write(Writer& out, const Survey& v) {
  out.u32(static_cast<std::uint32_t>(v.chunks.size()));
  for (const auto& [shard, count] : v.chunks) {
    core::write(out, shard);
    out.u32(count);
    out.boolean(v.done.contains(shard));
  }
  write_all(out, v.matched);
  core::write(out, v.deadline);
}

void read(Reader& in, Survey& v) {
  for (auto n = in.u32(); n > 0 && in.ok(); --n) {
    Partition shard;
    core::read(in, shard);
    v.chunks[shard] = in.u32();
    if (in.boolean()) v.done.insert(shard);
  }
  read_all(in, v.matched);
  core::read(in, v.deadline);
}

void write(Writer& out, const Wave& v) {
  out.u8(static_cast<std::uint8_t>(v.phase));
  out.u64(v.size);
  core::write(out, v.last);
  out.u32(v.attempt);
  out.u64(v.opened_at.value);
  core::write(out, v.soak_until);
}

void read(Reader& in, Wave& v) {
  v.phase = static_cast<WavePhase>(in.u8());
  v.size = in.u64();
  core::read(in, v.last);
  v.attempt = in.u32();
  v.opened_at.value = in.u64();
  core::read(in, v.soak_until);
}

void write(Writer& out, const Campaign& v) {
  out.u64(v.version.value);
  core::write(out, v.definition);
  write_all(out, v.content);
  core::write(out, v.content_hash);
  out.text(v.author);
  out.text(v.proposer);
  out.text(v.approver);
  out.u8(static_cast<std::uint8_t>(v.phase));
  out.u8(static_cast<std::uint8_t>(v.held_for));
  out.u64(v.generation.value);
  write(out, v.survey);
  out.u32(static_cast<std::uint32_t>(v.waves.size()));
  for (const auto& wave : v.waves) write(out, wave);
  out.u32(static_cast<std::uint32_t>(v.tallies.size()));
  for (const auto& [shard, tally] : v.tallies) core::write(out, tally);
  out.u64(v.contradicted_seen);
}

void read(Reader& in, Campaign& v) {
  v.version.value = in.u64();
  core::read(in, v.definition);
  read_all(in, v.content);
  core::read(in, v.content_hash);
  v.author = in.text();
  v.proposer = in.text();
  v.approver = in.text();
  v.phase = static_cast<Phase>(in.u8());
  v.held_for = static_cast<campaign::HoldReason>(in.u8());
  v.generation.value = in.u64();
  read(in, v.survey);
  for (auto n = in.u32(); n > 0 && in.ok(); --n) read(in, v.waves.emplace_back());
  for (auto n = in.u32(); n > 0 && in.ok(); --n) {
    Tally tally;
    core::read(in, tally);
    v.tallies[tally.shard] = std::move(tally);
  }
  v.contradicted_seen = in.u64();
}

}  // namespace

void Campaigns::write(Writer& out, const State& state) {
  core::write(out, state.sources);
  out.u32(static_cast<std::uint32_t>(state.campaigns.size()));
  for (const auto& [id, campaign] : state.campaigns) {
    core::write(out, id);
    campaigns::write(out, campaign);
  }
  core::write(out, state.releases);
  core::write(out, state.requests);
}

std::optional<State> Campaigns::read(Reader& in, const Context& context) {
  State state = initial(context);
  core::read(in, state.sources);
  for (auto n = in.u32(); n > 0 && in.ok(); --n) {
    CampaignId id;
    core::read(in, id);
    campaigns::read(in, state.campaigns[id]);
  }
  core::read(in, state.releases);
  core::read(in, state.requests);
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return state;
}

}  // namespace motorcade::core::campaigns
