// The ECUs that the fleet may have, and the zone in which each sits (config/ecu_registry.yaml).
// Which version a vehicle has is for its VCI to say; which one it should have is the catalog's
// approved target.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "events/version.hpp"

namespace motorcade::edge {

struct RegisteredEcu {
  std::string id;       ///< ECU_001 …
  std::string type;     ///< ECM, TCM …: the key of releases
  std::string gateway;  ///< ZG_POWERTRAIN …
  std::string hardware;
  SemanticVersion initial;  ///< as delivered
};

class EcuRegistry {
 public:
  EcuRegistry() = default;
  explicit EcuRegistry(std::vector<RegisteredEcu> ecus) : ecus_(std::move(ecus)) {
    std::ranges::sort(ecus_, {}, &RegisteredEcu::id);
  }
  [[nodiscard]] const std::vector<RegisteredEcu>& all() const { return ecus_; }
  /// Null: there is none.
  [[nodiscard]] const RegisteredEcu* find(std::string_view id) const {
    const auto found = std::ranges::lower_bound(ecus_, id, {}, &RegisteredEcu::id);
    return found != ecus_.end() && found->id == id ? &*found : nullptr;
  }

 private:
  std::vector<RegisteredEcu> ecus_;
};

}  // namespace motorcade::edge
