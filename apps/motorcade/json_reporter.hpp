// Structured logs on standard error: one JSON object a line, with no secret and no VIN in it.
#pragma once
#include <string>

#include "engine/edge/journal.hpp"
#include "engine/ports/reporter.hpp"

namespace motorcade::app {

class JsonReporter final : public ports::Reporter {
 public:
  explicit JsonReporter(const std::string& level);
  void report(ports::Severity severity, std::string_view what, Fields fields = {}) override;
  /// The same, as edges speak.
  [[nodiscard]] edge::Journal journal();
};

}  // namespace motorcade::app
