// A package on its way from the VMG through a zonal gateway into ECUs, over real sockets.
#include <fstream>

#include "vehicle_agent/zonal_gateway/rig.hpp"

namespace motorcade::in_vehicle {
namespace {

std::vector<NewImage> both(std::size_t size = 300'000) {
  return {{"ECU_011", firmware(size, 11)}, {"ECU_012", firmware(size / 3, 12)}};
}

TEST(Installation, TwoEcusAreProgrammedThenActivated) {
  Rig rig;
  std::vector<int> transferred, flashed;
  auto zone = rig.zone();
  OnProgress watch = [&](const InstallProgress& progress) {
    auto& seen = progress.phase == InstallProgress::Phase::transferring ? transferred : flashed;
    seen.push_back(progress.percent);
  };
  const auto installed = rig.wait(zone.install(rig.package("ZG_BODY", both()), watch));
  ASSERT_TRUE(installed) << doip::to_string(installed.error());
  EXPECT_TRUE(installed->succeeded());
  ASSERT_EQ(installed->ecus.size(), 2u);
  EXPECT_EQ(installed->ecus[0].outcome, EcuOutcome::programmed);
  EXPECT_EQ(installed->ecus[1].outcome, EcuOutcome::programmed);
  EXPECT_TRUE(std::is_sorted(transferred.begin(), transferred.end()));
  EXPECT_EQ(transferred.back(), 100);
  EXPECT_EQ(flashed.back(), 100);

  EXPECT_EQ(rig.ecu(0).version, "1.0.0") << "what is programmed does not run before the reset";
  EXPECT_EQ(rig.ecu(0).staged_version, "2.0.0");

  const auto activated = rig.wait(zone.activate());
  ASSERT_TRUE(activated) << doip::to_string(activated.error());
  EXPECT_TRUE(activated->succeeded());
  for (const auto& ecu : activated->ecus) EXPECT_EQ(ecu.outcome, EcuOutcome::activated);
  const auto after = rig.ecu(0);
  EXPECT_EQ(after.version, "2.0.0");
  EXPECT_EQ(after.sha256, digest::sha256(firmware(300'000, 11)));
  EXPECT_EQ(after.active_bank, 1);
  EXPECT_EQ(after.boot_count, 2u);
  EXPECT_EQ(after.type, "BCM");
  EXPECT_EQ(rig.ecu(0, 1).version, "1.0.0") << "the other zone was not asked";
}

TEST(Installation, ABadFlashFailsItsCheckAndTheOtherEcuIsFine) {
  Rig rig;
  EcuFaults faults;
  faults.bad_flash = true;
  rig.network().set_faults("ECU_011", faults);
  const auto report = rig.install(rig.package("ZG_BODY", both()));
  EXPECT_FALSE(report.succeeded());
  EXPECT_EQ(report.ecus[0].outcome, EcuOutcome::failed);
  EXPECT_EQ(report.ecus[0].step, uds::FlashStep::check);
  EXPECT_EQ(report.ecus[1].outcome, EcuOutcome::programmed);

  auto zone = rig.zone();
  const auto back = rig.wait(zone.roll_back());
  ASSERT_TRUE(back) << doip::to_string(back.error());
  EXPECT_TRUE(back->succeeded());
  ASSERT_EQ(back->ecus.size(), 1u) << "only what was programmed is taken back";
  EXPECT_EQ(back->ecus[0].ecu_id, "ECU_012");
  EXPECT_EQ(back->ecus[0].outcome, EcuOutcome::rolled_back);
  for (const std::size_t i : {0, 1}) {
    EXPECT_EQ(rig.ecu(i).version, "1.0.0");
    EXPECT_EQ(rig.ecu(i).staged_version, "");
  }
}

TEST(Installation, AnImageThatDoesNotBootRollsBackAndTheOtherEcuRunsTheNewOne) {
  Rig rig;
  EcuFaults faults;
  faults.bad_boot = true;
  rig.network().set_faults("ECU_011", faults);
  EXPECT_TRUE(rig.install(rig.package("ZG_BODY", both())).succeeded());
  auto zone = rig.zone();
  const auto activated = rig.wait(zone.activate());
  ASSERT_TRUE(activated) << doip::to_string(activated.error());
  EXPECT_FALSE(activated->succeeded());
  EXPECT_EQ(activated->ecus[0].outcome, EcuOutcome::rolled_back);
  EXPECT_EQ(activated->ecus[0].version, "1.0.0");
  EXPECT_EQ(activated->ecus[1].outcome, EcuOutcome::activated);
  EXPECT_EQ(rig.ecu(0).boot_count, 4u) << "three attempts";

  // The vehicle wants all or nothing: the one that booted goes back too. Twice changes nothing.
  for (int i = 0; i < 2; ++i) {
    const auto back = rig.wait(zone.roll_back());
    ASSERT_TRUE(back) << doip::to_string(back.error());
    EXPECT_TRUE(back->succeeded());
    EXPECT_EQ(back->ecus[1].outcome, EcuOutcome::rolled_back);
    EXPECT_EQ(rig.ecu(0).version, "1.0.0");
    EXPECT_EQ(rig.ecu(1).version, "1.0.0");
  }
  const auto readiness = rig.wait(zone.readiness());
  ASSERT_TRUE(readiness);
  EXPECT_EQ(readiness->critical_dtcs, 0) << "a failed update must not forbid the next one";
}

TEST(Installation, ActivatingTwiceGivesTheSameAnswers) {
  Rig rig;
  EXPECT_TRUE(rig.install(rig.package("ZG_BODY", both())).succeeded());
  auto zone = rig.zone();
  for (int i = 0; i < 2; ++i) {
    const auto activated = rig.wait(zone.activate());
    ASSERT_TRUE(activated);
    EXPECT_EQ(activated->ecus[0].outcome, EcuOutcome::activated);
    EXPECT_EQ(rig.ecu(0).boot_count, 2u);
  }
}

TEST(Installation, AnEcuThatRunsTheTargetIsSkipped) {
  Rig rig;
  const auto package = rig.package("ZG_BODY", both());
  EXPECT_TRUE(rig.install(package).succeeded());
  auto zone = rig.zone();
  ASSERT_TRUE(rig.wait(zone.activate()));
  const auto again = rig.install(package);
  EXPECT_TRUE(again.succeeded());
  for (const auto& ecu : again.ecus) EXPECT_EQ(ecu.outcome, EcuOutcome::skipped);
  const auto back = rig.wait(zone.roll_back());
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->ecus.empty()) << "this installation changed nothing";
  EXPECT_EQ(rig.ecu(0).version, "2.0.0");
}

TEST(Installation, WrongHardwareVersionOrEcuIsRefusedPerEcu) {
  Rig rig;
  auto images = both(5000);
  images[0].hardware = "TC399";
  images[1].from = "1.5.0";
  images.push_back({"ECU_099", "nobody"});
  const auto report = rig.install(rig.package("ZG_BODY", images));
  EXPECT_EQ(report.ecus[0].outcome, EcuOutcome::failed);
  EXPECT_NE(report.ecus[0].detail.find("TC399"), std::string::npos);
  EXPECT_EQ(report.ecus[1].outcome, EcuOutcome::failed);
  EXPECT_NE(report.ecus[1].detail.find("1.5.0"), std::string::npos);
  EXPECT_EQ(report.ecus[2].outcome, EcuOutcome::failed);
  EXPECT_EQ(rig.ecu(0).staged_version, "");
}

TEST(Installation, NothingOfAForeignOrAlteredPackageReachesAnEcu) {
  Rig rig;
  auto zone = rig.zone();
  const auto foreign = rig.wait(zone.install(rig.package("ZG_CHASSIS", both()), {}));
  ASSERT_FALSE(foreign);
  EXPECT_NE(foreign.error().context.find("ZG_CHASSIS"), std::string::npos);

  const auto altered = rig.package("ZG_BODY", both());
  {
    std::fstream file(altered, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-100, std::ios::end);
    file.put('!');
  }
  const auto refused = rig.wait(zone.install(altered, {}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::refused);

  auto untrusted = Rig::two_zones();
  untrusted.trust.keys.clear();
  Rig stranger(untrusted);
  auto other = stranger.zone();
  EXPECT_FALSE(stranger.wait(other.install(rig.package("ZG_BODY", both()), {})));
  EXPECT_EQ(rig.ecu(0).staged_version, "");
  const auto nothing = stranger.wait(other.install(rig.directory().path() / "absent", {}));
  EXPECT_FALSE(nothing);
}

TEST(Installation, APowerCutBetweenInstallAndActivateLosesNothing) {
  auto spec = Rig::two_zones();
  TemporaryDirectory storage;
  spec.directory = storage.path();
  Rig rig(spec);
  EXPECT_TRUE(rig.install(rig.package("ZG_BODY", both())).succeeded());
  rig.restart();
  auto zone = rig.zone();
  const auto last = rig.wait(zone.last_job());
  ASSERT_TRUE(last) << doip::to_string(last.error());
  EXPECT_EQ(last->job, Job::install);
  EXPECT_EQ(last->state, JobState::finished);
  const auto activated = rig.wait(zone.activate());
  ASSERT_TRUE(activated) << doip::to_string(activated.error());
  EXPECT_TRUE(activated->succeeded());
  rig.restart();
  EXPECT_EQ(rig.ecu(0).version, "2.0.0");
  EXPECT_EQ(rig.ecu(1).version, "2.0.0");
  EXPECT_EQ(rig.ecu(0).sha256, digest::sha256(firmware(300'000, 11)));
}

TEST(Installation, AnEcuThatAnswersPendingForLongerThanP2IsWaitedFor) {
  auto spec = Rig::two_zones();
  spec.timing.erase = std::chrono::milliseconds(300);
  Rig rig(spec);
  EcuFaults faults;
  faults.slow = std::chrono::milliseconds(60);
  rig.network().set_faults("ECU_011", faults);
  EXPECT_TRUE(rig.install(rig.package("ZG_BODY", both(60'000))).succeeded());
}

TEST(Installation, ThirtyVehiclesInOneProcess) {
  asio::io_context io(1);
  std::vector<std::unique_ptr<InVehicleNetwork>> vehicles;
  const auto image = std::make_shared<const std::string>(firmware(10'000, 3));
  for (int v = 0; v < 30; ++v) {
    NetworkSpec spec;
    spec.vin = "WMOTORCADE00000" + std::to_string(10 + v);
    for (int z = 0; z < 5; ++z) {
      ZoneSpec zone{"Z" + std::to_string(z), 0, {}};
      for (int e = 0; e < 2; ++e) {
        EcuSpec ecu;
        ecu.id = "ECU_" + std::to_string(z) + std::to_string(e);
        ecu.image = image;
        zone.ecus.push_back(std::move(ecu));
      }
      spec.zones.push_back(std::move(zone));
    }
    vehicles.push_back(std::make_unique<InVehicleNetwork>(io.get_executor(), std::move(spec)));
    const auto started = vehicles.back()->start();
    ASSERT_TRUE(started) << doip::to_string(started.error());
  }
  int read = 0;
  std::vector<std::unique_ptr<ZoneClient>> zones;
  for (auto& vehicle : vehicles)
    for (const auto& endpoint : vehicle->endpoints()) {
      zones.push_back(std::make_unique<ZoneClient>(endpoint, vehicle->client_settings()));
      asio::co_spawn(io, zones.back()->inventory(), [&](std::exception_ptr, auto inventory) {
        if (inventory && inventory->ecus.size() == 2 && inventory->ecus[1].reachable) ++read;
        if (read == 150) io.stop();
      });
    }
  io.run_for(std::chrono::seconds(60));
  EXPECT_EQ(read, 150);
  vehicles.clear();
  io.restart();
  io.run_for(std::chrono::seconds(5));
}

TEST(InVehicleNetwork, RefusesWhatCannotWork) {
  asio::io_context io(1);
  const auto error_of = [&](NetworkSpec spec) {
    InVehicleNetwork network(io.get_executor(), std::move(spec));
    const auto started = network.start();
    return started ? std::string() : doip::to_string(started.error());
  };
  auto twice = Rig::two_zones();
  twice.zones[1].ecus[0].id = "ECU_011";
  EXPECT_NE(error_of(twice).find("ECU_011"), std::string::npos);
  auto escape = Rig::two_zones();
  escape.zones[0].id = "../elsewhere";
  EXPECT_NE(error_of(escape), "");
  auto number = Rig::two_zones();
  number.zones[0].ecus[0].number = 12;
  EXPECT_NE(error_of(number).find("number"), std::string::npos);
  TemporaryDirectory storage;
  auto damaged = Rig::two_zones();
  damaged.directory = storage.path();
  std::filesystem::create_directories(storage.path() / "ZG_BODY" / "ECU_011");
  std::ofstream(storage.path() / "ZG_BODY" / "ECU_011" / "state.bin") << "MCECU1 and then nonsense";
  EXPECT_NE(error_of(damaged).find("damaged"), std::string::npos);
}

}  // namespace
}  // namespace motorcade::in_vehicle
