// Offers and commands: each id acts once.
#include <algorithm>

#include "vehicle_agent/core/agent.hpp"

namespace motorcade::agent {

void Agent::on(const OfferReceived& received) {
  const auto& offer = received.offer;
  adopt_link(offer);
  if (answered_before(offer.command) || offer.expires_at <= now_) return;
  if (state_.update && state_.update->phase >= Phase::kInstalling) {
    state_.next = offer;
    return;
  }
  // The engine has at most one assignment per vehicle: a new one means that the old one has ended.
  if (state_.update) replace_by(offer);
  begin(offer);
}

void Agent::adopt_link(const Offer& repeat) {
  Offer* known = nullptr;
  if (state_.update && state_.update->offer.command == repeat.command)
    known = &state_.update->offer;
  else if (state_.next && state_.next->command == repeat.command)
    known = &*state_.next;
  if (known == nullptr || known->digest != repeat.digest ||
      known->size_bytes != repeat.size_bytes ||
      (known->url == repeat.url && known->token == repeat.token))
    return;
  known->url = repeat.url;
  known->token = repeat.token;
  if (!retry_at_) return;
  retry_at_.reset();
  pursue();
}

void Agent::replace_by(const Offer& newer) {
  const bool same_package = state_.update->offer.digest == newer.digest;
  abandon(ReportedStep::kCancelled, "replaced by a newer offer");
  if (same_package)
    std::erase_if(outcome_.actions,
                  [](const Action& action) { return std::holds_alternative<DropPackage>(action); });
}

void Agent::begin(const Offer& offer) {
  retries_ = links_refused_ = 0;
  retry_at_.reset();
  state_.update.emplace();
  state_.update->offer = offer;
  state_.update->phase = Phase::kAwaitingConsent;
  if (settings_.ask_consent) return pursue();
  accept();
}

void Agent::on(const CommandReceived& received) {
  const auto& command = received.command;
  if (answered_before(command.command) || command.expires_at <= now_) return;
  const bool active = state_.update && state_.update->offer.command == command.offer;
  if (active && state_.update->phase < Phase::kInstalling) {
    if (command.kind == vehicle::CommandKind::kPause) return pause(command);
    if (command.kind == vehicle::CommandKind::kResume) return resume(command);
    return cancel(command);
  }
  if (state_.results.contains(command.offer)) return answer(command);
  if (command.kind == vehicle::CommandKind::kCancel) return cancel(command);
}

// Known, and it is too late to obey: the answer is how far the offer has come.
void Agent::answer(const Command& command) {
  auto said = state_.results.at(command.offer).report;
  store(command.command, command.expires_at, Channel::kControlResponse, said);
  say(Channel::kControlResponse, std::move(said));
}

void Agent::pause(const Command& command) {
  auto& update = *state_.update;
  if (update.phase == Phase::kDownloading && !update.paused) act(StopDownload{command.offer});
  update.paused = true;
  retry_at_.reset();
  const auto status = step(ReportedStep::kPaused);
  store(command.command, command.expires_at, Channel::kControlResponse, status);
  store(command.offer, update.offer.expires_at, Channel::kControlResponse, status);
  say(Channel::kControlResponse, status);
}

void Agent::resume(const Command& command) {
  auto& update = *state_.update;
  const bool was_paused = std::exchange(update.paused, false);
  const auto status = step(ReportedStep::kResumed);
  store(command.command, command.expires_at, Channel::kControlResponse, status);
  store(command.offer, update.offer.expires_at, Channel::kControlResponse, status);
  say(Channel::kControlResponse, status);
  if (was_paused) pursue();
}

// Also for an offer that never came: should it still come, it finds itself cancelled.
void Agent::cancel(const Command& command) {
  vehicle::ReportStatus status;
  status.command = command.offer;
  status.step = ReportedStep::kCancelled;
  status.reason = "cancelled by command";
  const bool active = state_.update && state_.update->offer.command == command.offer;
  const auto expires_at = active ? state_.update->offer.expires_at : command.expires_at;
  if (active) stop_and_drop();
  if (state_.next && state_.next->command == command.offer) state_.next.reset();
  store(command.command, command.expires_at, Channel::kControlResponse, status);
  store(command.offer, expires_at, Channel::kControlResponse, status);
  say(Channel::kControlResponse, std::move(status));
}

void Agent::stop_and_drop() {
  const auto& update = *state_.update;
  if (update.phase == Phase::kDownloading && !update.paused)
    act(StopDownload{update.offer.command});
  act(DropPackage{update.offer.digest});
  retry_at_.reset();
  state_.update.reset();
}

void Agent::abandon(ReportedStep last, std::string reason) {
  auto status = step(last);
  status.reason = std::move(reason);
  report(std::move(status));
  stop_and_drop();
}

void Agent::end_update(vehicle::ReportStatus last) {
  report(std::move(last));
  act(DropPackage{state_.update->offer.digest});
  state_.update.reset();
  state_.vci_due = true;
  act(ReadInventory{});
  if (!state_.next) return;
  const auto offer = *std::exchange(state_.next, std::nullopt);
  if (offer.expires_at > now_) begin(offer);
}

bool Agent::answered_before(const CommandId& command) {
  const auto known = state_.results.find(command);
  if (known == state_.results.end())
    return (state_.next && state_.next->command == command) ||
           (state_.update && state_.update->offer.command == command);
  // How far the offer has come, not what was said first: "resume" may have followed this "pause".
  const auto offer = state_.results.find(known->second.report.command);
  const auto& result = offer == state_.results.end() ? known->second : offer->second;
  outcome_.reports.push_back({result.channel, result.report, true});
  return true;
}

void Agent::store(const CommandId& command, Time expires_at, Channel channel,
                  const vehicle::ReportStatus& report) {
  state_.results[command] = {expires_at, channel, report};
  changed_results_.insert(command);
  prune_results();
}

void Agent::prune_results() {
  if (state_.results.size() <= settings_.results_kept) return;
  std::erase_if(state_.results, [&](const auto& entry) {
    const auto& [command, result] = entry;
    const bool active = state_.update && state_.update->offer.command == command;
    return !active && result.expires_at <= now_ && !changed_results_.contains(command);
  });
}

}  // namespace motorcade::agent
