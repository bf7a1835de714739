#include "engine/core/shard/state.hpp"

#include "engine/core/canonical.hpp"

namespace motorcade::core::shard {
namespace {

void write(Writer& out, const Assignment& v) {
  core::write(out, v.campaign);
  out.u32(v.wave.value);
  out.u32(v.attempt);
  core::write(out, v.command);
  core::write(out, v.package);
  core::write(out, v.artifact);
  core::write(out, v.configuration);
  core::write(out, v.expires_at);
  out.u8(static_cast<std::uint8_t>(v.step));
  out.boolean(v.paused);
  out.boolean(v.cancelling);
  core::write(out, v.deadline);
  out.u64(v.bytes_done);
  out.u64(v.bytes_total);
  out.u64(v.installed_boot_count);
  write_optional(out, v.open_command);
  out.u8(static_cast<std::uint8_t>(v.open_kind));
  core::write(out, v.open_expires_at);
}

void read(Reader& in, Assignment& v) {
  core::read(in, v.campaign);
  v.wave.value = in.u32();
  v.attempt = in.u32();
  core::read(in, v.command);
  core::read(in, v.package);
  core::read(in, v.artifact);
  core::read(in, v.configuration);
  core::read(in, v.expires_at);
  v.step = static_cast<Step>(in.u8());
  v.paused = in.boolean();
  v.cancelling = in.boolean();
  core::read(in, v.deadline);
  v.bytes_done = in.u64();
  v.bytes_total = in.u64();
  v.installed_boot_count = in.u64();
  read_optional(in, v.open_command);
  v.open_kind = static_cast<vehicle::CommandKind>(in.u8());
  core::read(in, v.open_expires_at);
}

void write(Writer& out, const Vehicle& v) {
  out.u64(v.version.value);
  core::write(out, v.outbox);
  core::write(out, v.aliases);
  out.boolean(v.registered);
  out.text(v.model);
  out.u32(v.year);
  core::write(out, v.configuration);
  out.u64(v.boot_count);
  out.u64(v.vci_sequence);
  out.boolean(v.assignment.has_value());
  if (v.assignment) write(out, *v.assignment);
  out.boolean(v.ended.has_value());
  if (v.ended) {
    core::write(out, v.ended->command);
    core::write(out, v.ended->campaign);
  }
  write_optional(out, v.verified_for);
  core::write(out, v.verified_from);
}

void read(Reader& in, Vehicle& v) {
  v.version.value = in.u64();
  core::read(in, v.outbox);
  core::read(in, v.aliases);
  v.registered = in.boolean();
  v.model = in.text();
  v.year = in.u32();
  core::read(in, v.configuration);
  v.boot_count = in.u64();
  v.vci_sequence = in.u64();
  if (in.boolean()) read(in, v.assignment.emplace());
  if (in.boolean()) {
    auto& ended = v.ended.emplace();
    core::read(in, ended.command);
    core::read(in, ended.campaign);
  }
  read_optional(in, v.verified_for);
  core::read(in, v.verified_from);
}

void write(Writer& out, const Campaign& v) {
  out.u64(v.version.value);
  core::write(out, v.order);
  out.u32(static_cast<std::uint32_t>(v.members.size()));
  for (const auto& member : v.members) {
    core::write(out, member.at);
    out.u8(static_cast<std::uint8_t>(member.standing));
    out.u32(member.attempt);
  }
  out.u32(v.survey_chunks);
  out.boolean(v.surveyed);
  out.u32(static_cast<std::uint32_t>(v.plans.size()));
  for (const auto& [configuration, plan] : v.plans) {
    core::write(out, configuration);
    write_optional(out, plan.key);
  }
  out.u64(v.scan_from);
  core::write(out, v.wait_until);
  out.u64(v.offered);
  out.u64(v.contradicted);
  write_all(out, v.counts);
}

void read(Reader& in, Campaign& v) {
  v.version.value = in.u64();
  core::read(in, v.order);
  for (auto n = in.u32(); n > 0 && in.ok(); --n) {
    auto& member = v.members.emplace_back();
    core::read(in, member.at);
    member.standing = static_cast<Standing>(in.u8());
    member.attempt = in.u32();
  }
  v.survey_chunks = in.u32();
  v.surveyed = in.boolean();
  for (auto n = in.u32(); n > 0 && in.ok(); --n) {
    Digest configuration;
    core::read(in, configuration);
    read_optional(in, v.plans[configuration].key);
  }
  v.scan_from = in.u64();
  core::read(in, v.wait_until);
  v.offered = in.u64();
  v.contradicted = in.u64();
  read_all(in, v.counts);
}

void write(Writer& out, const Package& v) {
  write_optional(out, v.artifact);
  out.boolean(v.failed);
  out.text(v.reason);
  core::write(out, v.deadline);
}

void read(Reader& in, Package& v) {
  read_optional(in, v.artifact);
  v.failed = in.boolean();
  v.reason = in.text();
  core::read(in, v.deadline);
}

}  // namespace

void index_waves(Campaign& campaign);
void index_deadline(State& state, const VehicleId& id, Vehicle& vehicle);

State Shard::initial(const Context& context) {
  State state;
  state.context = context;
  return state;
}

std::uint64_t rank_of(std::uint64_t seed, const VehicleId& vehicle) {
  Writer out;
  out.u64(seed);
  core::write(out, vehicle);
  return Digest{digest::sha256(out.bytes())}.head();
}

const Member* member_of(const Campaign& campaign, const VehicleId& vehicle) {
  const Ranked at{rank_of(campaign.order.seed, vehicle), vehicle};
  const auto found = std::lower_bound(campaign.members.begin(), campaign.members.end(), at,
                                      [](const Member& m, const Ranked& r) { return m.at < r; });
  return found != campaign.members.end() && found->at == at ? &*found : nullptr;
}

std::uint64_t reach(const Campaign& campaign) {
  return campaign.wave_ends.empty() ? 0 : campaign.wave_ends.back();
}

std::uint32_t wave_of(const Campaign& campaign, std::uint64_t index) {
  const auto wave = std::upper_bound(campaign.wave_ends.begin(), campaign.wave_ends.end(), index);
  return static_cast<std::uint32_t>(wave - campaign.wave_ends.begin()) + 1;
}

bool has_work(const Campaign& campaign) {
  if (campaign.order.phase == OrderPhase::kSurvey) return !campaign.surveyed;
  // Only vehicles that are at work hear of a pause, an abort, or (paused before a skip) of the end.
  const bool somebody =
      campaign.order.phase == OrderPhase::kRun ||
      std::any_of(campaign.counts.begin(), campaign.counts.end(),
                  [](const WaveCounts& counts) { return counts.in_progress > 0; });
  return somebody && campaign.scan_from < reach(campaign);
}

void Shard::write(Writer& out, const State& state) {
  core::write(out, state.sources);
  std::vector<const std::pair<const VehicleId, Vehicle>*> ordered;
  ordered.reserve(state.vehicles.size());
  for (const auto& entry : state.vehicles) ordered.push_back(&entry);
  std::sort(ordered.begin(), ordered.end(),
            [](const auto* a, const auto* b) { return a->first < b->first; });
  out.u64(ordered.size());
  for (const auto* entry : ordered) {
    core::write(out, entry->first);
    shard::write(out, entry->second);
  }
  out.u32(static_cast<std::uint32_t>(state.configurations.size()));
  for (const auto& [digest, configuration] : state.configurations) {
    core::write(out, digest);
    core::write(out, configuration);
  }
  out.u32(static_cast<std::uint32_t>(state.campaigns.size()));
  for (const auto& [id, campaign] : state.campaigns) {
    core::write(out, id);
    shard::write(out, campaign);
  }
  out.u32(static_cast<std::uint32_t>(state.packages.size()));
  for (const auto& [key, package] : state.packages) {
    core::write(out, key);
    shard::write(out, package);
  }
  core::write(out, state.releases);
}

std::optional<State> Shard::read(Reader& in, const Context& context) {
  State state = initial(context);
  core::read(in, state.sources);
  const auto vehicles = in.u64();
  for (std::uint64_t n = 0; n < vehicles && in.ok(); ++n) {
    VehicleId id;
    core::read(in, id);
    auto& vehicle = state.vehicles[id];
    shard::read(in, vehicle);
    index_deadline(state, id, vehicle);
  }
  for (auto n = in.u32(); n > 0 && in.ok(); --n) {
    Digest digest;
    core::read(in, digest);
    core::read(in, state.configurations[digest]);
  }
  for (auto n = in.u32(); n > 0 && in.ok(); --n) {
    CampaignId id;
    core::read(in, id);
    auto& campaign = state.campaigns[id];
    shard::read(in, campaign);
    index_waves(campaign);
  }
  for (auto n = in.u32(); n > 0 && in.ok(); --n) {
    PackageKey key;
    core::read(in, key);
    shard::read(in, state.packages[key]);
  }
  core::read(in, state.releases);
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return state;
}

}  // namespace motorcade::core::shard
