// Whole vehicles, from the offer on their control topic to the VCI after the reboot: real HTTPS,
// real bundles, full ones with real gateways and ECUs. Only the broker is played by the test, with
// an owner that acknowledges.
#include "vehicle_agent/fleet/vehicle.hpp"

#include "events/wire/json_notices.hpp"
#include "events/wire/reports.hpp"
#include "vehicle_agent/fleet/fleet.hpp"
#include "vehicle_agent/vmg/package_server.hpp"
#include "vehicle_agent/vmg/signed_bundle.hpp"

namespace motorcade::fleet {
namespace {
using namespace test;
using vehicle::ReportedStep;

CommandId command_id(std::uint8_t n) {
  CommandId id;
  id.bytes[15] = n;
  return id;
}

/// The broker and the engine behind it, as one vehicle sees them. Survives its restarts.
class Engine {
 public:
  explicit Engine(asio::any_io_executor executor) : executor_(std::move(executor)) {}

  Result<std::shared_ptr<vmg::BrokerLink>> connect(vmg::BrokerLink::Listener listener) {
    return std::make_shared<Link>(*this, std::move(listener));
  }
  void say(const wire::ControlNotice& notice) {
    control_.push_back(wire::encode_control(notice));
    if (link_ != nullptr) link_->hear("control", control_.back());
  }
  [[nodiscard]] const std::vector<vehicle::ReportStatus>& steps() const { return steps_; }
  [[nodiscard]] const std::vector<vehicle::ReportVci>& vcis() const { return vcis_; }
  [[nodiscard]] std::size_t received() const { return received_; }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  class Link final : public vmg::BrokerLink, public std::enable_shared_from_this<Link> {
   public:
    Link(Engine& engine, Listener listener) : engine_(engine), listener_(std::move(listener)) {}
    ~Link() override { Link::stop(); }
    void start() override {
      up_ = true;
      engine_.link_ = this;
      ++engine_.connections_;
      listener_.on_up();
      hear("ack", engine_.ack());
      for (const auto& body : engine_.control_) hear("control", body);  // a repeated effect
    }
    void stop() override {
      up_ = false;
      if (engine_.link_ == this) engine_.link_ = nullptr;
    }
    void drop(std::chrono::milliseconds) override {
      stop();
      listener_.on_down("dropped");
      asio::post(engine_.executor_, [self = shared_from_this()] { self->start(); });
    }
    bool publish(const std::string& topic, std::string body, int,
                 const vmg::UserProperties& properties) override {
      if (!up_) return false;
      if (!properties.empty()) engine_.receive(topic, body, properties);
      return true;
    }
    void hear(const std::string& what, const std::string& body) {
      asio::post(engine_.executor_, [weak = weak_from_this(), what, body] {
        const auto self = weak.lock();
        if (self && self->up_)
          self->listener_.on_message({"vehicle/" + std::string(kVin) + "/" + what, body});
      });
    }

   private:
    Engine& engine_;
    Listener listener_;
    bool up_ = false;
  };

  [[nodiscard]] std::string ack() const {
    return wire::encode_ack({cursor_.epoch, cursor_.id, cursor_.contiguous, cursor_.bitmap});
  }
  void receive(const std::string& topic, const std::string& body,
               const vmg::UserProperties& properties) {
    ++received_;
    const std::uint64_t epoch = std::stoull(properties.at(0).second);
    const auto id = *id_from_hex<OutboxId>(properties.at(1).second);
    const std::uint64_t sequence = std::stoull(properties.at(2).second);
    if (epoch > cursor_.epoch) cursor_ = {epoch, id, 0, 0};
    ASSERT_EQ(id, cursor_.id);
    ASSERT_LE(sequence, cursor_.contiguous + 64);
    if (!cursor_.covers(sequence)) {
      cursor_.bitmap |= 1ULL << (sequence - cursor_.contiguous - 1);
      waiting_[sequence] = {topic, body};
      while ((cursor_.bitmap & 1) != 0) {
        cursor_.bitmap >>= 1;
        take(waiting_.extract(++cursor_.contiguous).mapped());
      }
    }
    if (link_ != nullptr) link_->hear("ack", ack());
  }
  void take(const std::pair<std::string, std::string>& report) {
    const auto kind = report.first.ends_with("/vci") ? RecordKind::kVci : RecordKind::kStatus;
    const auto read = wire::decode_report(kind, ContentType::kJson, VehicleId{}, "", report.second);
    ASSERT_TRUE(read) << to_string(read.error());
    if (const auto* vci = std::get_if<vehicle::ReportVci>(&*read)) vcis_.push_back(*vci);
    if (const auto* step = std::get_if<vehicle::ReportStatus>(&*read)) steps_.push_back(*step);
  }

 public:
  static constexpr std::string_view kVin = "WMT00000000000001";

 private:
  asio::any_io_executor executor_;
  Link* link_ = nullptr;
  agent::Ack cursor_;
  std::map<std::uint64_t, std::pair<std::string, std::string>> waiting_;
  std::vector<std::string> control_;
  std::vector<vehicle::ReportStatus> steps_;
  std::vector<vehicle::ReportVci> vcis_;
  std::size_t received_ = 0;
  int connections_ = 0;
};

class WholeVehicle : public testing::TestWithParam<Weight> {
 protected:
  WholeVehicle() {
    spec_.weight = GetParam();
    spec_.build = {"Motorcade One", 2026, small_vehicle()};
    auto& vmg = spec_.vmg;
    vmg.vin = Engine::kVin;
    vmg.directory = scratch_ / "vehicle";
    vmg.trust = trust();
    vmg.journal.sync = false;
    vmg.outbox.first_resend = std::chrono::milliseconds(200);
    vmg.outbox.settle = std::chrono::milliseconds(1);
    vmg.agent.first_retry = std::chrono::milliseconds(10);
    vmg.download.identity.ca = authority_.file("ca.crt");
    vmg.download.identity.pin = authority_.pin();
    vmg.download.chunk_bytes = 1024;
    vmg.make_link = [this](asio::any_io_executor, std::string, vmg::BrokerSettings,
                           std::vector<std::string>, vmg::BrokerLink::Listener listener) {
      return engine_.connect(std::move(listener));
    };
    server_.behaviour.content = small_bundle();
  }
  ~WholeVehicle() override {
    if (vehicle_) vehicle_->stop();
    vehicle_.reset();
    server_.close();
    io_.run_for(std::chrono::milliseconds(50));
  }
  void start() {
    vehicle_ = std::make_unique<Vehicle>(io_.get_executor(), pool_, spec_,
                                         [this](const std::string& line) { log_ += line + "\n"; });
    const auto started = vehicle_->start();
    ASSERT_TRUE(started) << to_string(started.error());
    run_until([&] { return !engine_.vcis().empty(); });
  }
  void offer(std::uint8_t n = 1) { engine_.say(notice_of(n)); }
  wire::OfferNotice notice_of(std::uint8_t n) {
    wire::OfferNotice notice;
    notice.command = command_id(n);
    notice.expires_at =
        std::chrono::floor<Duration>(std::chrono::system_clock::now()) + std::chrono::hours(1);
    notice.url = server_.url();
    notice.token = server_.behaviour.token;
    notice.sha256 = Digest{digest::sha256(server_.behaviour.content)};
    notice.size_bytes = server_.behaviour.content.size();
    return notice;
  }
  template <class Condition>
  void run_until(Condition reached) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!reached()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << log_ << vehicle_->status().error;
      io_.run_for(std::chrono::milliseconds(5));
      vehicle_->look_after();
    }
  }
  void run_to_the_vci(std::uint64_t boot_count) {
    run_until([&] { return engine_.vcis().back().boot_count == boot_count; });
    run_until([&] { return vehicle_->status().outbox == 0; });
  }
  [[nodiscard]] std::vector<ReportedStep> milestones() const {
    std::vector<ReportedStep> out;
    for (const auto& report : engine_.steps()) {
      if (report.step == ReportedStep::kDownloading) continue;
      if (std::ranges::find(out, report.step) == out.end()) out.push_back(report.step);
    }
    return out;
  }
  void expect_versions(const SemanticVersion& version) const {
    for (const auto& zone : engine_.vcis().back().configuration.zones)
      for (const auto& ecu : zone.ecus) EXPECT_EQ(ecu.version, version) << ecu.id;
  }
  void expect_updated() {
    run_to_the_vci(2);
    EXPECT_EQ(milestones(), kAllTheWay) << log_;
    expect_versions({1, 1, 0});
  }
  void expect_rolled_back(std::uint64_t boot_count, const std::string& failed_ecu) {
    run_to_the_vci(boot_count);
    EXPECT_EQ(milestones().back(), ReportedStep::kRolledBack) << log_;
    for (const auto& ecu : engine_.steps().back().ecus)
      EXPECT_EQ(ecu.outcome == agent::EcuOutcome::kFailed, ecu.ecu == failed_ecu) << ecu.ecu;
    expect_versions({1, 0, 0});
  }

  const std::vector<ReportedStep> kAllTheWay{
      ReportedStep::kAccepted,   ReportedStep::kDownloaded, ReportedStep::kPackageVerified,
      ReportedStep::kInstalling, ReportedStep::kActivating, ReportedStep::kInstalled};
  Scratch scratch_;
  Authority authority_{scratch_.path()};
  asio::io_context io_{1};
  asio::thread_pool pool_{1};
  PackageServer server_{io_.get_executor(), authority_, {}};
  Engine engine_{io_.get_executor()};
  VehicleSpec spec_;
  std::unique_ptr<Vehicle> vehicle_;
  std::string log_;
};

INSTANTIATE_TEST_SUITE_P(Weights, WholeVehicle, testing::Values(Weight::kFull, Weight::kLight),
                         [](const auto& weight) {
                           return weight.param == Weight::kFull ? "Full" : "Light";
                         });

TEST_P(WholeVehicle, IsUpdated) {
  start();
  EXPECT_EQ(engine_.vcis().front().model, "Motorcade One");
  EXPECT_EQ(engine_.vcis().front().configuration, small_vehicle());
  offer();
  expect_updated();
  EXPECT_EQ(engine_.steps().back().ecus.size(), 3U);
  EXPECT_TRUE(std::filesystem::is_empty(scratch_ / "vehicle" / "packages"));
}

TEST_P(WholeVehicle, ResumesWhenTheLinkIsLostInTheMiddle) {
  spec_.faults.vmg.lost_link_percent = 40;
  start();
  offer();
  expect_updated();
  EXPECT_EQ(engine_.connections(), 2);
  ASSERT_EQ(server_.ranges.size(), 2U);
  EXPECT_NE(server_.ranges[1], "") << "it began anew instead of going on";
}

TEST_P(WholeVehicle, OneBadEcuTakesTheUpdateBack) {
  spec_.faults.bad_flash = {"ECU_006"};
  start();
  offer();
  expect_rolled_back(2, "ECU_006");
  EXPECT_NE(engine_.steps().back().reason, "");
  const auto& ecus = engine_.steps().back().ecus;
  const auto bad = std::ranges::find(ecus, "ECU_006", &agent::EcuResult::ecu);
  ASSERT_NE(bad, ecus.end());
  // An ECU on the wire refuses by the check routine's result (ISO 14229-1 §13.2), which is no NRC.
  if (GetParam() == Weight::kLight) {
    EXPECT_NE(bad->nrc, 0U);
  }
}

TEST_P(WholeVehicle, AnEcuThatDoesNotBootItsNewSoftwareTakesTheUpdateBack) {
  spec_.faults.bad_boot = {"ECU_012"};
  start();
  offer();
  expect_rolled_back(3, "ECU_012");
}

TEST_P(WholeVehicle, DoubledAndReorderedReportsCountOnce) {
  spec_.faults.vmg.duplicate_messages = true;
  spec_.faults.vmg.reorder_messages = true;
  start();
  offer();
  expect_updated();
  EXPECT_GT(engine_.received(), 2 * engine_.steps().size());
}

TEST_P(WholeVehicle, FinishesWhereverThePowerFails) {
  using agent::Phase;
  for (const auto phase :
       {Phase::kDownloading, Phase::kVerifying, Phase::kInstalling, Phase::kActivating}) {
    const Scratch fresh;
    spec_.faults.vmg.power_cut = phase;
    spec_.vmg.directory = fresh / "vehicle";
    engine_ = Engine(io_.get_executor());
    start();
    offer();
    expect_updated();
    EXPECT_EQ(engine_.connections(), 2) << "the power did not fail";
    vehicle_->stop();
    io_.run_for(std::chrono::milliseconds(20));
    vehicle_.reset();
  }
}

TEST_P(WholeVehicle, FinishesWhenGatewaysAndEcusFallWithTheVmg) {
  spec_.faults.vmg.power_cut = agent::Phase::kActivating;  // all is in the other banks
  spec_.faults.power_cut_everywhere = true;
  start();
  offer();
  expect_updated();
  EXPECT_EQ(engine_.connections(), 2);
  EXPECT_NE(log_.find("gateways and ECUs fall"), log_.npos);
}

TEST_P(WholeVehicle, AsksForAFreshLinkWhenItsOwnHasExpired) {
  start();
  server_.behaviour.cut_after = 2000;
  offer();
  run_until([&] { return !server_.ranges.empty(); });
  server_.behaviour.cut_after = SIZE_MAX;
  server_.behaviour.token = "fresh";
  auto notice = notice_of(1);
  notice.token = "fresh";
  server_.behaviour.check_answer = "{\"offer\":" + wire::encode_control(notice) + "}";
  expect_updated();
  EXPECT_EQ(server_.checks.size(), 1U);
  EXPECT_NE(server_.checks.at(0).find(Engine::kVin), std::string::npos);
  EXPECT_NE(server_.ranges.back(), "") << "it began anew instead of going on";
}

TEST_P(WholeVehicle, StartedAgainItKnowsWhatItWasTold) {
  start();
  offer();
  expect_updated();
  const auto said = engine_.steps().size();
  vehicle_->stop();
  io_.run_for(std::chrono::milliseconds(50));
  vehicle_.reset();
  start();  // the engine repeats the offer
  run_until([&] { return engine_.steps().size() > said && engine_.vcis().size() > 2; });
  EXPECT_EQ(engine_.steps().back().step, ReportedStep::kInstalled);
  EXPECT_EQ(engine_.vcis().back().boot_count, 2U);
  EXPECT_EQ(server_.ranges.size(), 1U) << "it downloaded again";
}

TEST_P(WholeVehicle, PausesAndResumesADownload) {
  start();
  server_.behaviour.cut_after = 2000;
  offer();
  run_until([&] { return server_.ranges.size() > 2; });
  const auto later =
      std::chrono::floor<Duration>(std::chrono::system_clock::now()) + std::chrono::hours(1);
  engine_.say(
      wire::CommandNotice{vehicle::CommandKind::kPause, command_id(7), command_id(1), later});
  run_until([&] { return milestones().back() == ReportedStep::kPaused; });
  server_.behaviour.cut_after = SIZE_MAX;
  engine_.say(
      wire::CommandNotice{vehicle::CommandKind::kResume, command_id(8), command_id(1), later});
  run_to_the_vci(2);
  expect_versions({1, 1, 0});
}

TEST_P(WholeVehicle, APackageFromAStrangerReachesNoEcu) {
  const auto stranger = otap::SigningKeys::generate();
  spec_.vmg.trust = {{stranger->verifying_keys()}, false};
  start();
  offer();
  run_until(
      [&] { return !engine_.steps().empty() && milestones().back() == ReportedStep::kFailed; });
  EXPECT_EQ(vehicle_->status().boot_count, 1U);
}

TEST(FleetStatusJson, IsOneLineThatParses) {
  FleetStatus status;
  status.vehicles = 2;
  status.phases["idle"] = 2;
  status.errors = {"a \"quoted\"\nerror"};
  EXPECT_EQ(to_json(status), R"({"vehicles":2,"started":0,"linked":0,"outbox":0,"reportsSent":0,)"
                             R"("phases":{"idle":2},"errors":["a \"quoted\" error"]})");
}

}  // namespace
}  // namespace motorcade::fleet
