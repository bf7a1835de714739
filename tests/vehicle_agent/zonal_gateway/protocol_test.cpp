// Reports of a zone: what is written is read, what is cut or altered is refused or at least
// harmless.
#include <random>

#include "vehicle_agent/zonal_gateway/rig.hpp"

namespace motorcade::in_vehicle {
namespace {

ZoneInventory an_inventory() {
  ZoneInventory inventory{"ZG_BODY", {}};
  EcuRecord record;
  record.ecu_id = "ECU_011";
  record.type = "BCM";
  record.hardware_id = "TC375";
  record.version = "1.10.0";
  record.staged_version = "2.0.0";
  record.address = doip::ecu_address(11);
  record.active_bank = 1;
  record.boot_count = 70'000;
  record.sha256.fill(0xAB);
  record.reachable = true;
  inventory.ecus = {record, EcuRecord{}};
  return inventory;
}

ZoneReport a_report() {
  ZoneReport report;
  report.job = Job::install;
  report.state = JobState::running;
  report.percent = 42;
  report.error = "none";
  report.ecus.push_back({"ECU_011", EcuOutcome::failed, uds::FlashStep::check,
                         uds::Nrc::programming_failure, "1.0.0", "check: digest differs"});
  return report;
}

TEST(ZoneProtocol, WhatIsWrittenIsRead) {
  EXPECT_EQ(decode_inventory(encode(an_inventory())).value(), an_inventory());
  EXPECT_EQ(decode_report(encode(a_report())).value(), a_report());
  const ZoneReadiness readiness{"ZG_BODY", true, 1'000'000'000'000, -40, 3, 1, 2};
  EXPECT_EQ(decode_readiness(encode(readiness)).value(), readiness);
}

TEST(ZoneProtocol, EveryTruncationIsRefused) {
  const auto inventory = encode(an_inventory());
  for (std::size_t size = 0; size < inventory.size(); ++size)
    EXPECT_FALSE(decode_inventory(doip::ByteView(inventory).first(size))) << size;
  const auto report = encode(a_report());
  for (std::size_t size = 0; size < report.size(); ++size)
    EXPECT_FALSE(decode_report(doip::ByteView(report).first(size))) << size;
}

TEST(ZoneProtocol, MutationsAreHarmless) {
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    auto inventory = encode(an_inventory());
    auto report = encode(a_report());
    for (int i = 0; i < 3; ++i) {
      inventory[random() % inventory.size()] = static_cast<std::uint8_t>(random());
      report[random() % report.size()] = static_cast<std::uint8_t>(random());
    }
    (void)decode_inventory(inventory);
    (void)decode_report(report);
    (void)decode_readiness(report);
  }
}

}  // namespace
}  // namespace motorcade::in_vehicle
