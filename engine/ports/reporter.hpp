// What a running engine says to those who operate it: structured, without secrets and without VINs.
#pragma once
#include <initializer_list>
#include <string_view>
#include <utility>

namespace motorcade::ports {

enum class Severity { kDebug, kInfo, kWarning, kError };

/// Thread-safe.
class Reporter {
 public:
  using Fields = std::initializer_list<std::pair<std::string_view, std::string_view>>;
  virtual ~Reporter() = default;
  virtual void report(Severity severity, std::string_view what, Fields fields = {}) = 0;
};

}  // namespace motorcade::ports
