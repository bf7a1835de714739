#include "simulation/vmg_vehicle.hpp"

#include "events/wire/json_notices.hpp"
#include "events/wire/reports.hpp"

namespace motorcade::simulation {

using namespace std::chrono_literals;
using agent::EcuOutcome;
namespace {
constexpr std::uint32_t kGeneralProgrammingFailure = 0x72;  // ISO 14229-1 annex A

std::string encode(const agent::Report& report) {
  return std::visit(
      Match{[](const vehicle::ReportStatus& r) { return wire::encode_status_report(r); },
            [](const vehicle::ReportVci& r) { return wire::encode_vci_report(r); },
            [](const vehicle::ReportReadiness& r) { return wire::encode_readiness_report(r); }},
      report);
}

RecordKind kind_of(agent::Channel channel) {
  if (channel == agent::Channel::kVci) return RecordKind::kVci;
  return channel == agent::Channel::kStatus ? RecordKind::kStatus : RecordKind::kControlResponse;
}
}  // namespace

VmgVehicle::VmgVehicle(VirtualClock& clock, Broker& broker, const Artifacts& artifacts,
                       VehicleTraits traits, Dice dice, Problem problem)
    : clock_(clock),
      broker_(broker),
      artifacts_(artifacts),
      traits_(std::move(traits)),
      dice_(std::move(dice)),
      problem_(std::move(problem)) {
  for (const auto& zone : traits_.configuration.zones)
    for (const auto& ecu : zone.ecus) ecus_[{zone.gateway, ecu.id}] = {ecu.version, std::nullopt};
  broker_.attach(traits_.vin, *this);
}

// --- its life ---

void VmgVehicle::boot() {
  agent::Settings settings;
  settings.model = traits_.model;
  settings.vmg_id = "VMG-" + traits_.vin.substr(10);
  settings.year = 2024;
  settings.ask_consent = traits_.asks_consent;
  settings.require_ready = traits_.needs_readiness;
  settings.progress_percent = traits_.progress_percent;
  core_.emplace(settings, agent::OutboxSettings{}, dice_.id<OutboxId>(), encode);
  if (const auto restored = core_->restore(journal_); !restored)
    problem_(traits_.vin + " does not start again: " + to_string(restored.error()));
  feed(agent::Booted{});
  later(1s, 20s, [this] { link_up(); });
  if (traits_.needs_readiness)
    later(1s, 5min, [this] {
      feed(agent::ReadinessRead{Readiness{true, true, true, true, true, 80, 20}});
    });
}

void VmgVehicle::power_fails() {
  core_.reset();
  inputs_.clear();
  linked_ = reading_ = false;
  ++life_;
  clock_.after(dice_.between(5s, 10min), [this, life = life_] {
    if (life == life_) boot();
  });
}

void VmgVehicle::service(const SemanticVersion& version) {
  for (auto& [name, ecu] : ecus_) ecu = {version, std::nullopt};
  power_fails();
}

void VmgVehicle::link_up() {
  linked_ = true;
  feed(agent::LinkUp{});
  if (!connected()) return;
  broker_.connected(traits_.vin);
  watch_link();
}

void VmgVehicle::watch_link() {
  if (faults.link_lost == 0) return;
  later(1min, 1min, [this] {
    if (!dice_.chance(faults.link_lost)) return watch_link();
    linked_ = false;
    feed(agent::LinkDown{});
    later(5s, 15min, [this] { link_up(); });
  });
}

void VmgVehicle::later(Duration least, Duration most, std::function<void()> act) {
  clock_.after(dice_.between(least, most), [this, life = life_, act = std::move(act)] {
    if (life == life_) act();
  });
}

void VmgVehicle::hear(ports::Channel channel, const std::string& body) {
  if (channel == ports::Channel::kAck) {
    const auto ack = wire::decode_ack(body);
    if (!ack) return problem_("an acknowledgement is not readable");
    return feed(agent::AckReceived{{ack->epoch, ack->outbox, ack->contiguous, ack->bitmap}});
  }
  const auto notice = wire::decode_control(body);
  if (!notice) return problem_("a command is not readable");
  std::visit(Match{[this](const wire::OfferNotice& n) {
                     feed(agent::OfferReceived{{n.command, n.campaign, n.expires_at, n.url, n.token,
                                                n.sha256, n.size_bytes}});
                   },
                   [this](const wire::CommandNotice& n) {
                     feed(agent::CommandReceived{{n.kind, n.command, n.offer, n.expires_at}});
                   }},
             *notice);
}

// --- the core's shell ---

void VmgVehicle::feed(agent::Input input) {
  if (!core_) return;
  inputs_.push_back(std::move(input));
  if (std::exchange(heeding_, true)) return;
  while (core_ && !inputs_.empty()) {
    const auto next = std::move(inputs_.front());
    inputs_.pop_front();
    heed(next);
  }
  heeding_ = false;
  if (core_) arm_timer();
}

void VmgVehicle::heed(const agent::Input& input) {
  const auto step = core_->handle(input, clock_.now());
  const bool cut = dice_.chance(faults.power_cut);
  auto points = cut ? dice_.below(step.actions.size() + 2) : ~0ULL;
  if (points-- == 0) return power_fails();
  remember(step.record);
  note_done(input);
  for (const auto& action : step.actions) {
    if (points-- == 0) return power_fails();
    std::visit([this](const auto& a) { perform(a); }, action);
  }
  if (points == 0) power_fails();
}

void VmgVehicle::remember(const std::string& record) {
  if (record.empty()) return;
  journal_.push_back(record);
  if (journal_.size() > 30) journal_ = {core_->snapshot()};
}

void VmgVehicle::note_done(const agent::Input& input) {
  if (const auto* done = std::get_if<agent::ZoneInstalled>(&input))
    zones_done_.insert({done->offer, done->gateway});
}

void VmgVehicle::arm_timer() {
  const auto deadline = core_->deadline();
  if (!deadline) return;
  clock_.at(*deadline, [this, life = life_, timer = ++timer_] {
    if (life == life_ && timer == timer_) feed(agent::TimePassed{});
  });
}

// --- what the core asks for ---

void VmgVehicle::perform(const agent::Publish& publish) {
  if (!linked_) return;
  const auto& report = publish.report;
  broker_.report(
      {traits_.vin, kind_of(report.channel), report.place, ContentType::kJson, report.body});
}

void VmgVehicle::perform(const agent::AskConsent& ask) {
  later(5s, 5min, [this, offer = ask.offer.command] {
    const auto answer = traits_.declines ? agent::Consent::kDecline : agent::Consent::kAccept;
    feed(agent::ConsentGiven{offer, answer});
  });
}

void VmgVehicle::perform(const agent::StartDownload& start) {
  load_on(start.offer, ++download_);
}

void VmgVehicle::load_on(const agent::Offer& offer, unsigned download) {
  later(500ms, 10s, [this, offer, download] {
    if (download != download_) return;
    if (!linked_ || dice_.chance(faults.broken_download))
      return feed(agent::DownloadFailed{offer.command, agent::DownloadFault::kLink, "no link"});
    auto& bytes = packages_[offer.digest];
    bytes = std::min(offer.size_bytes, bytes + offer.size_bytes / 4 + dice_.below(1000));
    if (bytes < offer.size_bytes) {
      feed(agent::DownloadProgressed{offer.command, bytes});
      return load_on(offer, download);
    }
    if (dice_.chance(faults.damaged_download)) {
      bytes = 0;
      return feed(agent::DownloadFailed{offer.command, agent::DownloadFault::kDamaged, "damaged"});
    }
    feed(agent::DownloadFinished{offer.command});
  });
}

void VmgVehicle::perform(const agent::VerifyPackage& verify) {
  later(200ms, 3s, [this, offer = verify.offer] {
    const auto* content = artifacts_.find(offer.digest);
    if (content == nullptr || packages_[offer.digest] != offer.size_bytes)
      return feed(agent::PackageRefused{offer.command, "there is no package"});
    agent::PackageVerified verified{offer.command, {}};
    for (const auto& zone : content->zones) {
      agent::ZonePlan plan{zone.gateway, {}};
      for (const auto& ecu : zone.ecus) plan.ecus.push_back({ecu.ecu, ecu.from, ecu.to});
      verified.zones.push_back(std::move(plan));
    }
    feed(std::move(verified));
  });
}

void VmgVehicle::perform(const agent::InstallZone& install) {
  const auto& gateway = install.zone.gateway;
  if (zones_done_.contains({install.offer.command, gateway}))
    problem_(traits_.vin + " installs a zone twice for one command");
  later(5s, 1min, [this, install] {
    const auto& zone = install.zone;
    agent::ZoneInstalled done{install.offer.command, zone.gateway, {}, ""};
    for (const auto& ecu : zone.ecus) {
      const bool bad = traits_.bad_flash.contains(ecu.ecu);
      auto& target = ecus_.at({zone.gateway, ecu.ecu});
      if (!bad && target.running != ecu.to) target.staged = ecu.to;
      done.ecus.push_back({zone.gateway, ecu.ecu,
                           bad ? EcuOutcome::kFailed : EcuOutcome::kProgrammed,
                           bad ? kGeneralProgrammingFailure : 0});
    }
    feed(std::move(done));
  });
}

void VmgVehicle::perform(const agent::Activate& activate) {
  later(5s, 30s, [this, activate] {
    agent::Activated done{activate.offer, {}, ""};
    for (const auto& zone : activate.zones)
      for (const auto& ecu : zone.ecus) {
        auto& target = ecus_.at({zone.gateway, ecu.ecu});
        if (traits_.bad_boot.contains(ecu.ecu)) target.staged.reset();
        if (target.staged == ecu.to) run_version(activate.offer, {zone.gateway, ecu.ecu}, ecu.to);
        const bool runs = target.running == ecu.to;
        done.ecus.push_back(
            {zone.gateway, ecu.ecu, runs ? EcuOutcome::kProgrammed : EcuOutcome::kFailed, 0});
      }
    feed(std::move(done));
  });
}

void VmgVehicle::perform(const agent::RollBack& back) {
  later(5s, 30s, [this, back] {
    agent::RolledBack done{back.offer, {}, ""};
    for (const auto& zone : back.zones)
      for (const auto& ecu : zone.ecus) {
        const EcuName name{zone.gateway, ecu.ecu};
        if (ecus_.at(name).running != ecu.from) run_version(back.offer, name, ecu.from);
        ecus_.at(name).staged.reset();
        done.ecus.push_back({zone.gateway, ecu.ecu, EcuOutcome::kRolledBack, 0});
      }
    feed(std::move(done));
  });
}

void VmgVehicle::perform(const agent::ReadInventory&) {
  if (std::exchange(reading_, true)) return;
  later(200ms, 5s, [this] {
    reading_ = false;
    feed(agent::InventoryRead{configuration()});
  });
}

/// For one command an ECU changes to the new version at most once, and back at most once.
void VmgVehicle::run_version(const CommandId& command, const EcuName& name,
                             const SemanticVersion& version) {
  auto& ran = ran_[{command, name}];
  if (std::find(ran.begin(), ran.end(), version) != ran.end())
    problem_(traits_.vin + "/" + name.second + " changes its version twice for one command");
  ran.push_back(version);
  ecus_.at(name) = {version, std::nullopt};
}

// --- what others ask ---

Configuration VmgVehicle::configuration() const {
  auto configuration = traits_.configuration;
  for (auto& zone : configuration.zones)
    for (auto& ecu : zone.ecus) ecu.version = ecus_.at({zone.gateway, ecu.id}).running;
  return configuration;
}

bool VmgVehicle::at_rest() const {
  if (!core_ || core_->outbox().size() > 0 || core_->state().vci_due) return false;
  return !core_->state().update || core_->state().update->paused;
}

std::string VmgVehicle::describe() const {
  if (!core_) return traits_.vin + " has no power";
  const auto& update = core_->state().update;
  return traits_.vin + ": outbox " + std::to_string(core_->outbox().size()) +
         (linked_ ? "" : ", no link") + (core_->state().vci_due ? ", VCI due" : "") +
         (update ? ", phase " + std::to_string(static_cast<int>(update->phase)) : "") +
         (update && update->paused ? " (paused)" : "");
}

std::vector<ReportPlace> VmgVehicle::reported() const {
  std::vector<ReportPlace> places;
  const auto& outbox = core_->outbox();
  for (std::uint64_t sequence = 1; sequence < outbox.next_sequence(); ++sequence)
    places.push_back({outbox.epoch(), outbox.id(), sequence});
  return places;
}

}  // namespace motorcade::simulation
