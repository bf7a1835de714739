#include "engine/core/catalog/state.hpp"

#include "engine/core/canonical.hpp"

namespace motorcade::core::catalogs {

State Catalog::initial(const Context& context) {
  State state;
  state.context = context;
  return state;
}

namespace {
void write(Writer& out, const Package& v) {
  out.u64(v.version.value);
  core::write(out, v.content);
  out.u32(v.attempt);
  write_optional(out, v.artifact);
  out.boolean(v.failed);
  out.text(v.reason);
  out.u32(static_cast<std::uint32_t>(v.waiters.size()));
  for (const auto& waiter : v.waiters) core::write(out, waiter);
}

void read(Reader& in, Package& v) {
  v.version.value = in.u64();
  core::read(in, v.content);
  v.attempt = in.u32();
  read_optional(in, v.artifact);
  v.failed = in.boolean();
  v.reason = in.text();
  for (auto n = in.u32(); n > 0 && in.ok(); --n) {
    Partition waiter;
    core::read(in, waiter);
    v.waiters.insert(waiter);
  }
}
}  // namespace

void Catalog::write(Writer& out, const State& state) {
  core::write(out, state.sources);
  out.u32(static_cast<std::uint32_t>(state.releases.size()));
  for (const auto& [id, release] : state.releases) {
    out.u64(release.version.value);
    core::write(out, release.target);
    out.u64(release.revision);
    out.boolean(release.deprecated);
  }
  out.u32(static_cast<std::uint32_t>(state.packages.size()));
  for (const auto& [key, package] : state.packages) {
    core::write(out, key);
    catalogs::write(out, package);
  }
  out.u32(static_cast<std::uint32_t>(state.targets.size()));
  for (const auto& [ecu, target] : state.targets) {
    out.text(ecu);
    out.u64(target.version.value);
    out.text(target.ecu_type);
    core::write(out, target.approved);
  }
  core::write(out, state.requests);
}

std::optional<State> Catalog::read(Reader& in, const Context& context) {
  State state = initial(context);
  core::read(in, state.sources);
  for (auto n = in.u32(); n > 0 && in.ok(); --n) {
    Release release;
    release.version.value = in.u64();
    core::read(in, release.target);
    release.revision = in.u64();
    release.deprecated = in.boolean();
    state.releases[release.target.release] = std::move(release);
  }
  for (auto n = in.u32(); n > 0 && in.ok(); --n) {
    PackageKey key;
    core::read(in, key);
    catalogs::read(in, state.packages[key]);
  }
  for (auto n = in.u32(); n > 0 && in.ok(); --n) {
    const std::string ecu(in.text());
    auto& target = state.targets[ecu];
    target.version.value = in.u64();
    target.ecu_type = in.text();
    core::read(in, target.approved);
  }
  core::read(in, state.requests);
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return state;
}

}  // namespace motorcade::core::catalogs
