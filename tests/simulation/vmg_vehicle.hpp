// A vehicle with the real VMG core: its shell, disk, ECUs and link are simulated. The power fails
// before and after every write to its disk and between actions; the link comes and goes.
#pragma once
#include <deque>

#include "simulation/broker.hpp"
#include "vehicle_agent/core/vmg_core.hpp"

namespace motorcade::simulation {

struct VehicleTraits {
  std::string vin;
  std::string model = "M1";
  Configuration configuration;
  std::set<std::string> bad_flash;  ///< ECUs that refuse new software
  std::set<std::string> bad_boot;   ///< ECUs that take it, and do not run it
  bool asks_consent = false, declines = false, needs_readiness = false;
  std::uint32_t progress_percent = 25;
};
/// Per mille: of inputs at which the power fails, of chunks at which the download's link breaks.
struct VehicleFaults {
  std::uint64_t power_cut = 0, broken_download = 0, damaged_download = 0;
  std::uint64_t link_lost = 0;  ///< of the minutes in which it is up
};

class VmgVehicle final : public Subscriber {
 public:
  using Problem = std::function<void(std::string)>;
  VmgVehicle(VirtualClock& clock, Broker& broker, const Artifacts& artifacts, VehicleTraits traits,
             Dice dice, Problem problem);

  VehicleFaults faults;
  void boot();
  /// A workshop puts these versions on all its ECUs, and starts it again.
  void service(const SemanticVersion& version);

  [[nodiscard]] bool connected() const override { return core_ && linked_; }
  void hear(ports::Channel channel, const std::string& body) override;

  /// Nothing to report, nothing under way (but what a command holds).
  [[nodiscard]] bool at_rest() const;
  [[nodiscard]] std::string describe() const;
  [[nodiscard]] const VehicleTraits& traits() const { return traits_; }
  /// Places of all reports that it ever made.
  [[nodiscard]] std::vector<ReportPlace> reported() const;
  /// What its ECUs run now.
  [[nodiscard]] Configuration configuration() const;

 private:
  struct Ecu {
    SemanticVersion running;
    std::optional<SemanticVersion> staged;
  };
  using EcuName = std::pair<std::string, std::string>;

  void feed(agent::Input input);
  void heed(const agent::Input& input);
  void remember(const std::string& record);
  void note_done(const agent::Input& input);
  void power_fails();
  void link_up();
  void watch_link();
  void arm_timer();
  /// Later in this life; a power cut comes before it.
  void later(Duration least, Duration most, std::function<void()> act);

  void perform(const agent::Publish& publish);
  void perform(const agent::AskConsent& ask);
  void perform(const agent::StartDownload& start);
  void perform(const agent::StopDownload&) { ++download_; }
  void perform(const agent::DropPackage& drop) { packages_.erase(drop.digest); }
  void perform(const agent::VerifyPackage& verify);
  void perform(const agent::InstallZone& install);
  void perform(const agent::Activate& activate);
  void perform(const agent::RollBack& back);
  void perform(const agent::ReadInventory&);
  void load_on(const agent::Offer& offer, unsigned download);
  void run_version(const CommandId& command, const EcuName& name, const SemanticVersion& version);

  VirtualClock& clock_;
  Broker& broker_;
  const Artifacts& artifacts_;
  VehicleTraits traits_;
  Dice dice_;
  Problem problem_;
  // survives a power cut
  std::vector<std::string> journal_;
  std::map<EcuName, Ecu> ecus_;
  std::map<Digest, std::uint64_t> packages_;  ///< bytes on disk
  // does not
  std::optional<agent::VmgCore> core_;
  std::deque<agent::Input> inputs_;
  bool heeding_ = false, linked_ = false, reading_ = false;
  unsigned life_ = 0, timer_ = 0, download_ = 0;
  // for the promises
  std::set<std::pair<CommandId, std::string>> zones_done_;  ///< what its disk says is installed
  std::map<std::pair<CommandId, EcuName>, std::vector<SemanticVersion>> ran_;
};

}  // namespace motorcade::simulation
