// What is on disk comes back exactly, and what is not ours is refused.
#include <gtest/gtest.h>

#include "vehicle_agent/core/world.hpp"

namespace motorcade::agent {
namespace {
using namespace test;

VmgCore core() {
  return VmgCore(Settings{}, OutboxSettings{}, OutboxId{{9}},
                 [](const Report& report) { return brief(report); });
}

std::vector<Input> story() {
  const auto id = command_id(1);
  return {Booted{},
          InventoryRead{},
          LinkUp{},
          OfferReceived{offer(1)},
          AckReceived{{1, OutboxId{{9}}, 1, 0}},
          DownloadProgressed{id, 400},
          CommandReceived{{vehicle::CommandKind::kPause, command_id(7), id, kInAnHour}},
          CommandReceived{{vehicle::CommandKind::kResume, command_id(8), id, kInAnHour}},
          DownloadFinished{id},
          ReadinessRead{{true, true, true, true, true, 77, -20}},
          PackageVerified{id, plan()},
          OfferReceived{offer(2)},
          ZoneInstalled{id, "ZG_BODY", results(plan()[0], EcuOutcome::kProgrammed), ""},
          AckReceived{{5, OutboxId{{3}}, 1, 0}},
          ZoneInstalled{id, "ZG_CHASSIS", results(plan()[1], EcuOutcome::kFailed, 0x72), "x"},
          RolledBack{id, results(EcuOutcome::kRolledBack), ""},
          InventoryRead{}};
}

void expect_same(const VmgCore& a, const VmgCore& b) {
  EXPECT_EQ(a.state(), b.state());
  EXPECT_EQ(a.snapshot(), b.snapshot());
}

TEST(Restore, EveryPrefixOfRecordsAndEverySnapshotGivesTheSameState) {
  auto live = core();
  std::vector<std::string> records;
  for (const auto& input : story()) {
    auto step = live.handle(input, kNow);
    if (!step.record.empty()) records.push_back(step.record);
    auto replayed = core();
    ASSERT_TRUE(replayed.restore(records));
    expect_same(live, replayed);
    auto compacted = core();
    const std::vector<std::string> one{live.snapshot()};
    ASSERT_TRUE(compacted.restore(one));
    expect_same(live, compacted);
  }
  EXPECT_EQ(live.state().boot_count, 2U);
}

TEST(Restore, AnInputThatChangesNothingWritesNothing) {
  auto live = core();
  EXPECT_FALSE(live.handle(Booted{}, kNow).record.empty());
  EXPECT_TRUE(live.handle(TimePassed{}, kNow).record.empty());
  EXPECT_TRUE(live.handle(LinkUp{}, kNow).record.empty());
  EXPECT_TRUE(live.handle(DownloadFinished{command_id(3)}, kNow).record.empty());
}

TEST(Restore, TruncatedAndAlteredRecordsNeverCrash) {
  auto live = core();
  for (const auto& input : story()) (void)live.handle(input, kNow);
  const auto whole = live.snapshot();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<std::string> cut{whole.substr(0, size)};
    auto restored = core();
    (void)restored.restore(cut);
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::vector<std::string> altered{whole};
    altered[0][at] = static_cast<char>(altered[0][at] ^ 0xFF);
    auto restored = core();
    (void)restored.restore(altered);
  }
  const std::vector<std::string> foreign{"\x63hello"};
  auto restored = core();
  const auto refused = restored.restore(foreign);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().context, "record 0 of the agent's journal");
}

}  // namespace
}  // namespace motorcade::agent
