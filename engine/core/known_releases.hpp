// Releases as campaigns and shards know them: from the catalog's messages, of which the highest
// revision wins.
#pragma once
#include <map>

#include "digest/digest.hpp"
#include "events/vocabulary.hpp"

namespace motorcade::core {

struct KnownRelease {
  ReleaseTarget target;
  std::uint64_t revision{};
  bool deprecated{};
  friend bool operator==(const KnownRelease&, const KnownRelease&) = default;
};
using KnownReleases = std::map<ReleaseId, KnownRelease>;

/// What the catalog says of this revision was not known.
[[nodiscard]] bool is_news(const KnownReleases& known, const ReleaseId& id, std::uint64_t revision);
/// A release of the content was deprecated: it is never offered again.
[[nodiscard]] bool withdrawn(const KnownReleases& known, const std::vector<ReleaseTarget>& content);

void write(digest::CanonicalWriter& out, const KnownReleases& known);
void read(digest::CanonicalReader& in, KnownReleases& known);

}  // namespace motorcade::core
