#include "engine/core/known_releases.hpp"

#include "engine/core/canonical.hpp"

namespace motorcade::core {

bool is_news(const KnownReleases& known, const ReleaseId& id, std::uint64_t revision) {
  const auto release = known.find(id);
  return release == known.end() || release->second.revision < revision;
}

bool withdrawn(const KnownReleases& known, const std::vector<ReleaseTarget>& content) {
  return std::any_of(content.begin(), content.end(), [&](const auto& target) {
    const auto release = known.find(target.release);
    return release != known.end() && release->second.deprecated;
  });
}

void write(Writer& out, const KnownReleases& known) {
  out.u32(static_cast<std::uint32_t>(known.size()));
  for (const auto& [id, release] : known) {
    write(out, release.target);
    out.u64(release.revision);
    out.boolean(release.deprecated);
  }
}

void read(Reader& in, KnownReleases& known) {
  for (auto n = in.u32(); n > 0 && in.ok(); --n) {
    KnownRelease release;
    read(in, release.target);
    release.revision = in.u64();
    release.deprecated = in.boolean();
    known[release.target.release] = std::move(release);
  }
}

}  // namespace motorcade::core
