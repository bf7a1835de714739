// Upcasting: facts written by older programs are raised, one schema version at a time, before they
// are parsed. An upcaster is a pure function from payload to payload and is kept for ever, as is
// the golden file of the version that it raises (tests/events/golden).
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "events/result.hpp"

namespace motorcade::wire {

/// Raises a payload of one version of a fact to the next version.
using Upcaster = Result<std::string> (*)(std::string_view payload);

class Upcasters {
 public:
  /// `upcaster` takes payloads of (type, from) to (type, from + 1).
  Upcasters& add(std::uint16_t type, std::uint16_t from, Upcaster upcaster);
  /// The payload at the newest version of its type; `scratch` holds the bytes if it had to be
  /// raised. kUnknownType, kNewerSchema, or what an upcaster says.
  [[nodiscard]] Result<std::string_view> raise(std::uint16_t type, std::uint16_t version,
                                               std::string_view payload,
                                               std::string& scratch) const;
  /// Those of this program.
  [[nodiscard]] static const Upcasters& standard();

 private:
  std::map<std::pair<std::uint16_t, std::uint16_t>, Upcaster> table_;
};

}  // namespace motorcade::wire
