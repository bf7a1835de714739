#include "vehicle_agent/core/agent.hpp"

#include <algorithm>

namespace motorcade::agent {

bool ready_to_install(const Readiness& r) {
  return r.parked && r.ignition_off && r.storage_ok && r.network_ok && r.no_critical_dtc &&
         r.battery_percent >= 50 && r.temperature_celsius <= 85;
}

Agent::Outcome Agent::handle(const Input& input, Time now) {
  now_ = now;
  outcome_ = {};
  std::visit([this](const auto& in) { on(in); }, input);
  return std::move(outcome_);
}

Update* Agent::update_in(Phase phase, const CommandId& offer) {
  auto& update = state_.update;
  return update && update->phase == phase && update->offer.command == offer ? &*update : nullptr;
}

vehicle::ReportStatus Agent::step(ReportedStep step) const {
  vehicle::ReportStatus status;
  status.command = state_.update->offer.command;
  status.step = step;
  return status;
}

void Agent::report(vehicle::ReportStatus status) {
  const auto& offer = state_.update->offer;
  store(offer.command, offer.expires_at, Channel::kStatus, status);
  say(Channel::kStatus, std::move(status));
}

void Agent::on(const Booted&) {
  retry_at_.reset();
  retries_ = links_refused_ = 0;
  // Before an install its ECUs may have been changed by others while it was off; during one, the
  // VCI that counts comes after it.
  if (!state_.update || state_.update->phase <= Phase::kReady) state_.vci_due = true;
  if (state_.vci_due) act(ReadInventory{});
  pursue();
}

void Agent::on(const LinkUp&) {
  if (!retry_at_) return;
  retry_at_.reset();
  pursue();
}

void Agent::on(const TimePassed&) {
  if (!retry_at_ || *retry_at_ > now_) return;
  retry_at_.reset();
  pursue();
}

void Agent::pursue() {
  if (!state_.update) return;
  const auto& update = *state_.update;
  switch (update.phase) {
    case Phase::kAwaitingConsent:
      return act(AskConsent{update.offer});
    case Phase::kDownloading:
      if (!update.paused) act(StartDownload{update.offer});
      return;
    case Phase::kVerifying:
      if (!update.paused) act(VerifyPackage{update.offer});
      return;
    case Phase::kReady:
    case Phase::kInstalling:
      return install_next();
    case Phase::kActivating:
      return act(Activate{update.offer.command, update.zones});
    case Phase::kRollingBack:
      return act(RollBack{update.offer.command, update.zones});
  }
}

void Agent::accept() {
  state_.update->phase = Phase::kDownloading;
  report(step(ReportedStep::kAccepted));
  pursue();
}

void Agent::on(const ConsentGiven& given) {
  if (!update_in(Phase::kAwaitingConsent, given.offer)) return;
  switch (given.answer) {
    case Consent::kAccept:
      return accept();
    case Consent::kDecline:
      return abandon(ReportedStep::kDeclined, "the driver declined");
    case Consent::kPostpone:
      return abandon(ReportedStep::kPostponed, "the driver postponed");
  }
}

void Agent::on(const ReadinessRead& read) {
  if (state_.readiness == read.readiness) return;
  state_.readiness = read.readiness;
  vehicle::ReportReadiness report;
  report.readiness = read.readiness;
  say(Channel::kStatus, report);
  if (state_.update && state_.update->phase == Phase::kReady) install_next();
}

void Agent::on(const DownloadProgressed& progress) {
  auto* update = update_in(Phase::kDownloading, progress.offer);
  if (update == nullptr || update->offer.size_bytes == 0) return;
  retries_ = links_refused_ = 0;
  const auto bytes = std::min(progress.bytes_on_disk, update->offer.size_bytes);
  const auto percent = static_cast<std::uint32_t>(static_cast<double>(bytes) * 100 /
                                                  static_cast<double>(update->offer.size_bytes));
  if (percent < update->reported_percent + settings_.progress_percent || percent >= 100) return;
  update->reported_percent = percent - percent % settings_.progress_percent;
  auto status = step(ReportedStep::kDownloading);
  status.bytes_done = bytes;
  status.bytes_total = update->offer.size_bytes;
  report(std::move(status));
}

void Agent::on(const DownloadFinished& finished) {
  auto* update = update_in(Phase::kDownloading, finished.offer);
  if (update == nullptr) return;
  update->phase = Phase::kVerifying;
  report(step(ReportedStep::kDownloaded));
  pursue();
}

void Agent::on(const DownloadFailed& failed) {
  auto* update = update_in(Phase::kDownloading, failed.offer);
  if (update == nullptr) return;
  const bool expired = failed.fault == DownloadFault::kLinkExpired;
  if (failed.fault != DownloadFault::kLink &&
      ++(expired ? links_refused_ : update->setbacks) >= settings_.max_setbacks)
    return abandon(ReportedStep::kFailed, failed.reason);
  if (update->paused) return;
  const auto wait = settings_.first_retry * (1LL << std::min(retries_++, 10U));
  retry_at_ = now_ + std::min<Duration>(wait, settings_.last_retry);
}

void Agent::on(const PackageVerified& verified) {
  auto* update = update_in(Phase::kVerifying, verified.offer);
  if (update == nullptr) return;
  if (verified.zones.empty())
    return abandon(ReportedStep::kFailed, "the bundle holds nothing for this vehicle");
  update->zones = verified.zones;
  update->phase = Phase::kReady;
  report(step(ReportedStep::kPackageVerified));
  install_next();
}

void Agent::on(const PackageRefused& refused) {
  if (!update_in(Phase::kVerifying, refused.offer)) return;
  abandon(ReportedStep::kFailed, refused.reason);
}

void Agent::install_next() {
  auto& update = *state_.update;
  if (update.phase == Phase::kReady) {
    const bool ready =
        !settings_.require_ready || (state_.readiness && ready_to_install(*state_.readiness));
    if (update.paused || state_.vci_due || !ready) return;
    update.phase = Phase::kInstalling;
    auto status = step(ReportedStep::kInstalling);
    status.boot_count = state_.boot_count;
    report(std::move(status));
  }
  if (update.zones_installed < update.zones.size())
    return act(InstallZone{update.offer, update.zones[update.zones_installed]});
  update.phase = Phase::kActivating;
  report(step(ReportedStep::kActivating));
  pursue();
}

namespace {
bool all_are(const std::vector<EcuResult>& ecus, EcuOutcome outcome) {
  return std::all_of(ecus.begin(), ecus.end(),
                     [&](const EcuResult& ecu) { return ecu.outcome == outcome; });
}
EcuResult* find(std::vector<EcuResult>& results, const EcuResult& like) {
  const auto at = std::find_if(results.begin(), results.end(), [&](const EcuResult& ecu) {
    return ecu.gateway == like.gateway && ecu.ecu == like.ecu;
  });
  return at == results.end() ? nullptr : &*at;
}
}  // namespace

void Agent::on(const ZoneInstalled& installed) {
  auto* update = update_in(Phase::kInstalling, installed.offer);
  if (update == nullptr || update->zones_installed >= update->zones.size() ||
      update->zones[update->zones_installed].gateway != installed.gateway)
    return;
  ++update->zones_installed;
  update->results.insert(update->results.end(), installed.ecus.begin(), installed.ecus.end());
  auto status = step(ReportedStep::kInstalling);
  status.boot_count = state_.boot_count;
  status.ecus = installed.ecus;
  report(std::move(status));
  if (!all_are(installed.ecus, EcuOutcome::kProgrammed)) {
    const auto& why = installed.reason;
    return start_rolling_back(why.empty() ? "an ECU of " + installed.gateway + " failed" : why);
  }
  install_next();
}

void Agent::on(const Activated& activated) {
  auto* update = update_in(Phase::kActivating, activated.offer);
  if (update == nullptr) return;
  ++state_.boot_count;
  for (const auto& ecu : activated.ecus)
    if (auto* known = find(update->results, ecu)) *known = ecu;
  if (!all_are(activated.ecus, EcuOutcome::kProgrammed)) {
    const auto& why = activated.reason;
    return start_rolling_back(why.empty() ? "an ECU does not run its new software" : why);
  }
  auto status = step(ReportedStep::kInstalled);
  status.boot_count = state_.boot_count;
  status.ecus = update->results;
  end_update(std::move(status));
}

void Agent::start_rolling_back(std::string reason) {
  auto& update = *state_.update;
  update.phase = Phase::kRollingBack;
  update.reason = std::move(reason);
  pursue();
}

void Agent::on(const RolledBack& back) {
  auto* update = update_in(Phase::kRollingBack, back.offer);
  if (update == nullptr) return;
  ++state_.boot_count;
  for (const auto& ecu : back.ecus) {
    auto* known = find(update->results, ecu);
    if (known == nullptr) {  // its zone's turn never came
      auto skipped = ecu;
      if (skipped.outcome == EcuOutcome::kRolledBack) skipped.outcome = EcuOutcome::kSkipped;
      update->results.push_back(std::move(skipped));
    } else if (known->outcome != EcuOutcome::kFailed) {
      *known = ecu;
    }
  }
  const bool all_back = all_are(back.ecus, EcuOutcome::kRolledBack);
  auto status = step(all_back ? ReportedStep::kRolledBack : ReportedStep::kFailed);
  status.reason = update->reason;
  if (!all_back) status.reason += "; and the roll-back failed: " + back.reason;
  status.boot_count = state_.boot_count;
  status.ecus = update->results;
  end_update(std::move(status));
}

void Agent::on(const InventoryRead& read) {
  if (!state_.vci_due) return;
  state_.vci_due = false;
  vehicle::ReportVci vci;
  vci.model = settings_.model;
  vci.year = settings_.year;
  vci.vmg_id = settings_.vmg_id;
  vci.boot_count = state_.boot_count;
  vci.configuration = read.configuration;
  say(Channel::kVci, std::move(vci));
  if (state_.update && state_.update->phase == Phase::kReady) install_next();
}

}  // namespace motorcade::agent
