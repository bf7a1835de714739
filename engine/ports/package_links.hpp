// Pre-signed links to packages: what an offer carries, what the HTTPS edge checks.
#pragma once
#include <string>

#include "events/vocabulary.hpp"

namespace motorcade::ports {

struct PackageLink {
  std::string url, token;
};

class PackageLinks {
 public:
  virtual ~PackageLinks() = default;
  /// A link that is good from now on for the configured time (60 minutes by default).
  [[nodiscard]] virtual PackageLink link(const Artifact& artifact, Time now) const = 0;
};

}  // namespace motorcade::ports
