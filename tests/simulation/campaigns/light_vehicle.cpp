#include "simulation/campaigns/light_vehicle.hpp"

#include "events/wire/reports.hpp"

namespace motorcade::simulation {

using namespace std::chrono_literals;
using vehicle::ReportedStep;

LightVehicle::LightVehicle(VirtualClock& clock, Broker& broker, const Artifacts& artifacts,
                           std::string vin, Configuration configuration)
    : clock_(clock),
      broker_(broker),
      artifacts_(artifacts),
      vin_(std::move(vin)),
      configuration_(std::move(configuration)) {
  const auto hash = digest::sha256(vin_);
  std::copy_n(hash.begin(), outbox_.bytes.size(), outbox_.bytes.begin());
  broker_.attach(vin_, *this);
}

// --- what it says ---

void LightVehicle::show() {
  vehicle::ReportVci vci;
  vci.model = "M1";
  vci.year = 2024;
  vci.vmg_id = "VMG";
  vci.boot_count = boot_count_;
  vci.configuration = configuration_;
  publish(RecordKind::kVci, wire::encode_vci_report(vci, ContentType::kProtobuf));
}

void LightVehicle::report(ReportedStep step) {
  vehicle::ReportStatus status;
  status.command = offer_.command;
  status.step = step;
  if (step >= ReportedStep::kInstalling && step <= ReportedStep::kRolledBack)
    status.boot_count = boot_count_;
  publish(RecordKind::kStatus, wire::encode_status_report(status, ContentType::kProtobuf));
}

void LightVehicle::publish(RecordKind kind, std::string body) {
  const ReportPlace place{1, outbox_, ++sequence_};
  auto& kept = waiting_[sequence_] = {vin_, kind, place, ContentType::kProtobuf, std::move(body)};
  if (linked_) broker_.report(kept);
  if (std::exchange(resending_, true)) return;
  clock_.after(30s, [this] { resend(); });
}

void LightVehicle::resend() {
  resending_ = !waiting_.empty();
  if (!resending_) return;
  for (const auto& [sequence, kept] : waiting_)
    if (linked_) broker_.report(kept);
  clock_.after(30s, [this] { resend(); });
}

void LightVehicle::lose_link(Duration how_long) {
  linked_ = false;
  clock_.after(how_long, [this] {
    linked_ = true;
    broker_.connected(vin_);
  });
}

void LightVehicle::service(const SemanticVersion& version) {
  for (auto& zone : configuration_.zones)
    for (auto& ecu : zone.ecus) ecu.version = version;
  show();
}

// --- what it hears ---

void LightVehicle::hear(ports::Channel channel, const std::string& body) {
  if (channel == ports::Channel::kAck) {
    const auto ack = wire::decode_ack(body);
    MOTORCADE_ASSERT(ack && ack->outbox == outbox_);
    waiting_.erase(waiting_.begin(), waiting_.upper_bound(ack->contiguous));
    for (std::uint64_t bit = 0; bit < 64; ++bit)
      if ((ack->bitmap >> bit & 1) != 0) waiting_.erase(ack->contiguous + 1 + bit);
    return;
  }
  const auto notice = wire::decode_control(body);
  MOTORCADE_ASSERT(notice.has_value());
  if (behaviour == Behaviour::kNeverAnswers) return;
  std::visit(
      [this](const auto& n) {
        if (taken_.insert(n.command).second) take(n);
      },
      *notice);
}

void LightVehicle::take(const wire::OfferNotice& offer) {
  offer_ = offer;
  paused_ = false;
  enter(Stage::kAnswering, pace.answer);
}

/// A pause or a cancellation stops what has not begun to install.
void LightVehicle::take(const wire::CommandNotice& command) {
  if (command.offer != offer_.command || stage_ == Stage::kIdle || stage_ >= Stage::kInstalling)
    return;
  switch (command.kind) {
    case vehicle::CommandKind::kPause:
      paused_ = true;
      ++turn_;
      return report(ReportedStep::kPaused);
    case vehicle::CommandKind::kResume:
      paused_ = false;
      report(ReportedStep::kResumed);
      return enter(stage_, stage_ == Stage::kAnswering ? pace.answer : pace.download);
    case vehicle::CommandKind::kCancel:
      stage_ = Stage::kIdle;
      ++turn_;
      return report(ReportedStep::kCancelled);
  }
}

// --- what it does ---

void LightVehicle::enter(Stage stage, Duration takes) {
  stage_ = stage;
  clock_.after(takes, [this, stage, turn = ++turn_] {
    if (turn == turn_) complete(stage);
  });
}

void LightVehicle::complete(Stage stage) {
  switch (stage) {
    case Stage::kIdle:
      return;
    case Stage::kAnswering:
      if (behaviour == Behaviour::kDeclines) {
        stage_ = Stage::kIdle;
        return report(ReportedStep::kDeclined);
      }
      report(ReportedStep::kAccepted);
      if (behaviour != Behaviour::kNeverDownloads) enter(Stage::kDownloading, pace.download);
      return;
    case Stage::kDownloading:
      report(ReportedStep::kInstalling);
      if (behaviour != Behaviour::kNeverInstalls) enter(Stage::kInstalling, pace.install);
      return;
    case Stage::kInstalling:
      return end_install();
    case Stage::kRestarting:
      stage_ = Stage::kIdle;
      if (behaviour != Behaviour::kNeverProves) show();
      return;
  }
}

void LightVehicle::end_install() {
  if (behaviour == Behaviour::kFailsToFlash) {
    stage_ = Stage::kIdle;
    return report(ReportedStep::kFailed);
  }
  ++boot_count_;
  enter(Stage::kRestarting, pace.restart);
  if (behaviour == Behaviour::kRollsBack) return report(ReportedStep::kRolledBack);
  report(ReportedStep::kInstalled);
  const auto* content = artifacts_.find(offer_.sha256);
  if (content == nullptr || behaviour == Behaviour::kShowsOld) return;
  for (const auto& package : content->zones)
    for (const auto& update : package.ecus)
      for (auto& zone : configuration_.zones)
        for (auto& ecu : zone.ecus)
          if (zone.gateway == package.gateway && ecu.id == update.ecu) ecu.version = update.to;
}

}  // namespace motorcade::simulation
