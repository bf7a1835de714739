// What the contract suite needs of a log: to open it, to end its process in several ways, and to
// make it fail.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/ports/log.hpp"

namespace motorcade::contract {

class LogHarness {
 public:
  virtual ~LogHarness() = default;

  /// The log as a process sees it; made at the first call, the same one after `close` or `crash`.
  virtual ports::EventLog& events() = 0;
  virtual ports::Inbox& inbox() = 0;
  /// The process ends in order.
  virtual void close() = 0;
  /// The machine loses power: what was not synced is gone.
  virtual void crash() = 0;

  /// Names of what can go wrong with an append.
  [[nodiscard]] virtual std::vector<std::string> faults() const = 0;
  /// From now on appends fail so …
  virtual void inject(const std::string& fault) = 0;
  /// … until now.
  virtual void heal() = 0;
  [[nodiscard]] virtual bool is_thread_safe() const = 0;
};

inline constexpr PartitionCounts kCounts{.vehicle = 3, .campaign = 2, .catalog = 1};
using MakeHarness = std::function<std::unique_ptr<LogHarness>()>;

}  // namespace motorcade::contract
