// What an owner does under steady load, and what it decides on: a state that knows the cause.
#include "engine/shell/owner_script.hpp"

namespace motorcade::shell {
namespace {

using memory::AppendFate;

TEST(OwnerUnderLoad, TimePassesThoughReportsKeepComing) {
  OwnerTest test;
  Script script(test);
  bool steady = false;
  test.faults.append = [&](Partition partition, Sequence, std::size_t) {
    if (partition == kVehicles && steady) script.vci(2, 1, 1);  // one more, whenever one is taken
    return AppendFate{};
  };
  script.play_to_first_offer();
  steady = true;
  script.vci(2, 1, 1);
  test.clock.move(100h);  // the offer has expired
  test.run(20'000);
  const auto ended = test.all<vehicle::AssignmentEnded>(kVehicles);
  ASSERT_FALSE(ended.empty()) << "ticks starve";
  EXPECT_EQ(ended[0].reason, vehicle::EndReason::kTimedOut);
  steady = false;
  test.run();
  expect_sound(test);
}

TEST(OwnerUnderLoad, AReportThatComesWhileOthersAreCommittedIsNotBeaten) {
  OwnerTest test;
  Script script(test);
  bool once = false;
  test.faults.append = [&](Partition partition, Sequence, std::size_t) {
    if (partition != kVehicles || !std::exchange(once, false)) return AppendFate{};
    const auto offer = test.all<vehicle::Offered>(kVehicles).back();
    vehicle::ReportStatus status{.vehicle = offer.vehicle, .command = offer.command};
    status.step = vehicle::ReportedStep::kAccepted;
    script.report(offer.vehicle.bytes[0], RecordKind::kStatus, wire::encode_status_report(status));
    test.clock.time += 100h;  // a long commit: the offer expires after the report was recorded
    return AppendFate{};
  };
  script.play_to_first_offer();
  once = true;
  script.vci(2, 1, 1);
  test.run();
  EXPECT_EQ(test.all<vehicle::StepReported>(kVehicles).size(), 1U) << "the report was in time";
  expect_sound(test);
}

TEST(OwnerUnderLoad, TheReportThatOpensAnOutboxIsDecidedAsTheFirstOfIt) {
  OwnerTest test;
  Script script(test);
  script.vci(1, 500, 1);
  test.run();
  const vehicle::ReportVci shows{id<VehicleId>(1), "M1", 2024, "VMG", "", 1, shown(2)};
  auto record = script.report_record(1, RecordKind::kVci, 1, wire::encode_vci_report(shows));
  std::get<ReportCause>(record.cause).place = {2, id<OutboxId>(77), 1};
  test.send(kVehicles, record);
  test.run();
  EXPECT_EQ(test.all<vehicle::VciRecorded>(kVehicles).back().boot_count, 1U);
  expect_sound(test);
}

}  // namespace
}  // namespace motorcade::shell
