// The power fails before and after every write to disk and every action of an update: the vehicle
// comes back and finishes, and the engine hears each report once.
#include <gtest/gtest.h>

#include "vehicle_agent/core/world.hpp"

namespace motorcade::agent {
namespace {
using namespace test;
using namespace std::chrono_literals;

struct PowerCut {};

struct EcuBanks {
  SemanticVersion running{1, 0, 0}, other{0, 9, 0};
};

class Vehicle {
 public:
  Vehicle(int cut_at, bool bad_flash) : cut_at_(cut_at), bad_flash_(bad_flash) {
    for (const auto& zone : plan())
      for (const auto& ecu : zone.ecus) ecus_[ecu.ecu] = {ecu.from, {0, 9, 0}};
  }
  /// Lives on through power cuts until nothing happens any more.
  void live() {
    for (int life = 0; life < 3; ++life) {
      try {
        run();
        return;
      } catch (const PowerCut&) {
      }
    }
    FAIL() << "more power cuts than were asked for";
  }
  [[nodiscard]] int points() const { return point_; }
  [[nodiscard]] const std::vector<std::string>& heard() const { return heard_; }
  [[nodiscard]] const std::map<std::string, EcuBanks>& ecus() const { return ecus_; }
  [[nodiscard]] std::size_t unacknowledged() const { return core_->outbox().size(); }
  [[nodiscard]] bool idle() const { return !core_->state().update && !core_->state().vci_due; }

 private:
  void fault_point() {
    if (++point_ == cut_at_) throw PowerCut{};
  }
  void run() {
    core_.emplace(Settings{}, OutboxSettings{}, OutboxId{{1, 2, 3}},
                  [](const Report& report) { return brief(report); });
    ASSERT_TRUE(core_->restore(disk_));
    inputs_ = {Booted{}, LinkUp{}, AckReceived{cursor_}, OfferReceived{offer(1)}};
    while (true) {
      if (inputs_.empty()) {
        if (!core_->deadline()) return;
        now_ = std::max(now_, *core_->deadline());
        inputs_.push_back(TimePassed{});
      }
      const auto input = inputs_.front();
      inputs_.pop_front();
      const auto step = core_->handle(input, now_);
      fault_point();
      if (!step.record.empty()) disk_.push_back(step.record);
      fault_point();
      for (const auto& action : step.actions) {
        std::visit([this](const auto& a) { perform(a); }, action);
        fault_point();
      }
    }
  }
  void perform(const Publish& publish) {
    const auto& place = publish.report.place;
    if (place.epoch > cursor_.epoch) cursor_ = {place.epoch, place.outbox, 0, 0};
    ASSERT_EQ(place.outbox, cursor_.id);
    if (!cursor_.covers(place.sequence)) {
      ASSERT_EQ(place.sequence, cursor_.contiguous + 1);
      ++cursor_.contiguous;
      heard_.push_back(publish.report.body);
    }
    inputs_.push_back(AckReceived{cursor_});
  }
  void perform(const AskConsent&) {}
  void perform(const StartDownload& start) {
    for (; bytes_on_disk_ < start.offer.size_bytes; bytes_on_disk_ += 100) {
      inputs_.push_back(DownloadProgressed{start.offer.command, bytes_on_disk_});
      fault_point();
    }
    inputs_.push_back(DownloadFinished{start.offer.command});
  }
  void perform(const StopDownload&) {}
  void perform(const DropPackage&) { bytes_on_disk_ = 0; }
  void perform(const VerifyPackage& verify) {
    ASSERT_EQ(bytes_on_disk_, verify.offer.size_bytes);
    inputs_.push_back(PackageVerified{verify.offer.command, plan()});
  }
  void perform(const InstallZone& install) {
    ASSERT_EQ(bytes_on_disk_, install.offer.size_bytes) << "installs what is not there";
    ZoneInstalled done{install.offer.command, install.zone.gateway, {}, ""};
    for (const auto& ecu : install.zone.ecus) {
      fault_point();
      const bool bad = bad_flash_ && ecu.ecu == "ECU_006";
      if (!bad) ecus_[ecu.ecu].other = ecu.to;
      done.ecus.push_back({install.zone.gateway, ecu.ecu,
                           bad ? EcuOutcome::kFailed : EcuOutcome::kProgrammed, bad ? 0x72U : 0});
    }
    inputs_.push_back(done);
  }
  void perform(const Activate& activate) {
    for (const auto& zone : activate.zones) {
      for (const auto& ecu : zone.ecus) {
        fault_point();
        auto& banks = ecus_[ecu.ecu];
        if (banks.running != ecu.to) std::swap(banks.running, banks.other);
        ASSERT_EQ(banks.running, ecu.to);
      }
    }
    inputs_.push_back(Activated{activate.offer, results(EcuOutcome::kProgrammed), ""});
  }
  void perform(const RollBack& back) {
    for (const auto& zone : back.zones) {
      for (const auto& ecu : zone.ecus) {
        fault_point();
        auto& banks = ecus_[ecu.ecu];
        if (banks.running != ecu.from) std::swap(banks.running, banks.other);
      }
    }
    inputs_.push_back(RolledBack{back.offer, results(EcuOutcome::kRolledBack), ""});
  }
  void perform(const ReadInventory&) { inputs_.push_back(InventoryRead{}); }

  int cut_at_, point_ = 0;
  bool bad_flash_;
  Time now_ = kNow;
  std::vector<std::string> disk_;
  std::uint64_t bytes_on_disk_ = 0;
  std::map<std::string, EcuBanks> ecus_;
  std::deque<Input> inputs_;
  std::optional<VmgCore> core_;
  Ack cursor_;  // the owner's
  std::vector<std::string> heard_;
};

/// The story without what a power cut may repeat: progress, the start's VCI, answers to the
/// repeated offer, results of one zone.
std::vector<std::string> milestones(const std::vector<std::string>& heard) {
  std::vector<std::string> out;
  for (const auto& report : heard) {
    if (report.starts_with("DOWNLOADING") || report == "VCI boot 1") continue;
    if (std::find(out.begin(), out.end(), report) == out.end()) out.push_back(report);
  }
  return out;
}

void cut_everywhere(bool bad_flash, const std::vector<std::string>& story, SemanticVersion body) {
  Vehicle calm(0, bad_flash);
  calm.live();
  ASSERT_EQ(milestones(calm.heard()), story);
  ASSERT_GT(calm.points(), 60);
  for (int cut = 1; cut <= calm.points(); ++cut) {
    SCOPED_TRACE("power cut at point " + std::to_string(cut));
    Vehicle vehicle(cut, bad_flash);
    vehicle.live();
    ASSERT_EQ(milestones(vehicle.heard()), story);
    ASSERT_TRUE(vehicle.idle());
    ASSERT_EQ(vehicle.unacknowledged(), 0U);
    ASSERT_EQ(vehicle.ecus().at("ECU_011").running, body);
  }
}

TEST(PowerCut, AnUpdateIsFinishedWhereverThePowerFails) {
  cut_everywhere(false,
                 {"ACCEPTED", "DOWNLOADED", "VERIFIED", "INSTALLING boot 1", "ACTIVATING",
                  "INSTALLED boot 2", "VCI boot 2"},
                 {1, 1, 0});
}

TEST(PowerCut, ARollBackIsFinishedWhereverThePowerFails) {
  cut_everywhere(true,
                 {"ACCEPTED", "DOWNLOADED", "VERIFIED", "INSTALLING boot 1", "ROLLED_BACK boot 2",
                  "VCI boot 2"},
                 {1, 0, 0});
}

}  // namespace
}  // namespace motorcade::agent
