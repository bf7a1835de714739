// How far a consumer with effects on the world has come: written after delivery, so that a crash
// repeats and never skips.
#pragma once
#include <string_view>

#include "events/ids.hpp"
#include "events/result.hpp"

namespace motorcade::ports {

class CheckpointStore {
 public:
  virtual ~CheckpointStore() = default;
  /// The next sequence to handle; zero if nothing is kept.
  [[nodiscard]] virtual Sequence load(std::string_view consumer, Partition partition) = 0;
  virtual Result<void> store(std::string_view consumer, Partition partition, Sequence next) = 0;
};

}  // namespace motorcade::ports
