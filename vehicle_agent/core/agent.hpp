// The VMG's decisions: offers, commands, downloads, installs, roll-backs, reboots. PURE: no clock,
// no sockets; the same inputs at the same times give the same reports and actions.
//
// Invariants:
// - A command id acts once. A repeat is answered from its stored result; an expired command is
//   ignored. The link of a repeated offer replaces the one before it, which may have expired.
// - One update at a time; a newer offer replaces one that is not installing yet, and waits for one
//   that is.
// - Nothing is installed that was not verified, and no command stops an install that has begun.
// - The boot counter grows with each activation and each roll-back, and a VCI with it follows.
#pragma once
#include <set>
#include <utility>

#include "vehicle_agent/core/state.hpp"

namespace motorcade::agent {

struct Settings {
  std::string model, vmg_id;
  std::uint32_t year{};
  bool ask_consent = false;    ///< else every offer is accepted
  bool require_ready = false;  ///< install only when the last readiness says so
  /// Downloads that are damaged or refused, or links that are refused in a row, until the update
  /// fails.
  std::uint32_t max_setbacks = 3;
  std::uint32_t progress_percent = 5;
  Duration first_retry = std::chrono::seconds(1);  ///< of a lost download; doubles
  Duration last_retry = std::chrono::seconds(60);
  std::size_t results_kept = 64;  ///< above this, those of expired commands are forgotten
};

[[nodiscard]] bool ready_to_install(const Readiness& readiness);

class Agent {
 public:
  /// What one input leads to; the reports go to the outbox, in order.
  struct Outcome {
    struct Said {
      Channel channel{};
      Report report;
      /// The answer to a repeat: of no use while the first waits in the outbox.
      bool again = false;
    };
    std::vector<Said> reports;
    std::vector<Action> actions;
  };

  explicit Agent(Settings settings) : settings_(std::move(settings)) {}

  [[nodiscard]] Outcome handle(const Input& input, Time now);
  [[nodiscard]] std::optional<Time> deadline() const { return retry_at_; }
  [[nodiscard]] const State& state() const { return state_; }
  /// To be filled from disk, before the first input.
  [[nodiscard]] State& restored() { return state_; }
  /// Results that changed since the last call.
  [[nodiscard]] std::set<CommandId> take_changed_results() {
    return std::exchange(changed_results_, {});
  }

 private:
  void on(const Booted&);
  void on(const LinkUp&);
  void on(const LinkDown&) {}
  void on(const TimePassed&);
  void on(const OfferReceived&);
  void on(const CommandReceived&);
  void on(const AckReceived&) {}
  void on(const ConsentGiven&);
  void on(const ReadinessRead&);
  void on(const DownloadProgressed&);
  void on(const DownloadFinished&);
  void on(const DownloadFailed&);
  void on(const PackageVerified&);
  void on(const PackageRefused&);
  void on(const ZoneInstalled&);
  void on(const Activated&);
  void on(const RolledBack&);
  void on(const InventoryRead&);

  void accept();
  void begin(const Offer& offer);
  void replace_by(const Offer& newer);
  void adopt_link(const Offer& repeat);
  void pause(const Command& command);
  void resume(const Command& command);
  void cancel(const Command& command);
  /// Asks for what the phase waits for.
  void pursue();
  void install_next();
  void start_rolling_back(std::string reason);
  void stop_and_drop();
  /// Ends the update that has not begun to install.
  void abandon(ReportedStep step, std::string reason);
  void end_update(vehicle::ReportStatus last);
  bool answered_before(const CommandId& command);
  void answer(const Command& command);
  void prune_results();

  [[nodiscard]] vehicle::ReportStatus step(ReportedStep step) const;
  void report(vehicle::ReportStatus status);  // and stores it as the offer's result
  void store(const CommandId& command, Time expires_at, Channel channel,
             const vehicle::ReportStatus& report);
  void say(Channel channel, Report report) {
    outcome_.reports.push_back({channel, std::move(report)});
  }
  void act(Action action) { outcome_.actions.push_back(std::move(action)); }
  /// The update in this phase, if the input speaks of it.
  [[nodiscard]] Update* update_in(Phase phase, const CommandId& offer);

  Settings settings_;
  State state_;
  std::set<CommandId> changed_results_;
  Outcome outcome_;
  Time now_;
  std::optional<Time> retry_at_;
  std::uint32_t retries_{};
  std::uint32_t links_refused_{};  ///< without a byte in between
};

}  // namespace motorcade::agent
