// A vehicle of a few hundred bytes: it answers offers as its behaviour says, proves what it did by
// a VCI, and resends what is not acknowledged. For campaigns of thousands; the real core is in
// simulation/vmg_vehicle.
#pragma once
#include "events/wire/json_notices.hpp"
#include "simulation/broker.hpp"

namespace motorcade::simulation {

enum class Behaviour : std::uint8_t {
  kGood,
  kDeclines,
  kFailsToFlash,    ///< FAILED, on the old version
  kRollsBack,       ///< ROLLED_BACK, and a VCI that shows it
  kShowsOld,        ///< says INSTALLED, and its VCI shows the old version
  kNeverAnswers,    ///< not even the offer
  kNeverDownloads,  ///< silent after ACCEPTED
  kNeverInstalls,   ///< silent after INSTALLING
  kNeverProves,     ///< silent after INSTALLED
};

/// How long it takes.
struct Pace {
  Duration answer = std::chrono::seconds(1), download = std::chrono::minutes(2),
           install = std::chrono::minutes(3), restart = std::chrono::seconds(30);
};

class LightVehicle final : public Subscriber {
 public:
  LightVehicle(VirtualClock& clock, Broker& broker, const Artifacts& artifacts, std::string vin,
               Configuration configuration);

  Behaviour behaviour = Behaviour::kGood;
  Pace pace;
  /// Reports its VCI.
  void show();
  /// A workshop puts this version on all its ECUs; it shows that.
  void service(const SemanticVersion& version);
  void lose_link(Duration how_long);

  [[nodiscard]] bool connected() const override { return linked_; }
  void hear(ports::Channel channel, const std::string& body) override;

  [[nodiscard]] const std::string& vin() const { return vin_; }
  [[nodiscard]] bool is_paused() const { return paused_; }
  /// Everything that it reported is acknowledged.
  [[nodiscard]] bool is_heard() const { return waiting_.empty(); }
  [[nodiscard]] std::uint64_t reports() const { return sequence_; }
  [[nodiscard]] const OutboxId& outbox() const { return outbox_; }

 private:
  enum class Stage : std::uint8_t { kIdle, kAnswering, kDownloading, kInstalling, kRestarting };
  void take(const wire::OfferNotice& offer);
  void take(const wire::CommandNotice& command);
  void enter(Stage stage, Duration takes);
  void complete(Stage stage);
  void end_install();
  void report(vehicle::ReportedStep step);
  void publish(RecordKind kind, std::string body);
  void resend();

  VirtualClock& clock_;
  Broker& broker_;
  const Artifacts& artifacts_;
  std::string vin_;
  Configuration configuration_;
  OutboxId outbox_;
  std::uint64_t sequence_ = 0, boot_count_ = 1;
  std::map<std::uint64_t, edge::VehicleReport> waiting_;  ///< not acknowledged, by sequence
  bool resending_ = false, linked_ = true, paused_ = false;
  Stage stage_ = Stage::kIdle;
  unsigned turn_ = 0;  ///< a stage that was left does not complete
  wire::OfferNotice offer_;
  std::set<CommandId> taken_;
};

}  // namespace motorcade::simulation
