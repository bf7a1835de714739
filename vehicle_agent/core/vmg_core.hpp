// The VMG without its shell: agent and outbox, and how both survive a power cut at any point. PURE.
//
// The shell gives an input, makes `record` durable (if there is one), then does the actions, in
// order. Nothing leaves the vehicle and nothing is done in it before the record is on disk. After a
// start it gives restore() all records in order, then Booted.
#pragma once
#include <functional>
#include <span>

#include "events/result.hpp"
#include "vehicle_agent/core/agent.hpp"

namespace motorcade::agent {

/// A report's body as it is sent. Pure.
using EncodeReport = std::function<std::string(const Report&)>;

struct Step {
  std::string record;  ///< empty: nothing changed that must survive
  std::vector<Action> actions;
};

class VmgCore {
 public:
  /// `outbox` is random: the id of the outbox if there is none yet.
  VmgCore(Settings settings, OutboxSettings outbox_settings, OutboxId outbox, EncodeReport encode);

  /// Errors: bad_message, naming the record that is not one of ours.
  [[nodiscard]] Result<void> restore(std::span<const std::string> records);
  [[nodiscard]] Step handle(const Input& input, Time now);
  /// One record in place of all before it.
  [[nodiscard]] std::string snapshot() const;
  /// When TimePassed has something to do.
  [[nodiscard]] std::optional<Time> deadline() const;
  [[nodiscard]] const State& state() const { return agent_.state(); }
  [[nodiscard]] const Outbox& outbox() const { return outbox_; }

 private:
  void enqueue(Agent::Outcome::Said said, digest::CanonicalWriter& record);
  [[nodiscard]] bool apply(digest::CanonicalReader& record);

  Agent agent_;
  Outbox outbox_;
  EncodeReport encode_;
  bool identified_ = false;  // the outbox's birth is on disk
  std::string stored_state_;
};

}  // namespace motorcade::agent
