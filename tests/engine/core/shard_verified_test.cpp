// What proves an update, and what does not.
#include "engine/core/shard_given.hpp"

namespace motorcade::core::shard {
namespace {

const Configuration kWithoutBrakes{{{"ZG_CHASSIS", "ZG-1", {kNew.zones[0].ecus[1]}}}};
const Configuration kNothing{};

// --- missing ECUs ---

TEST(ShardVerified, AMissingEcuProvesNothing) {
  for (const auto& shown : {kWithoutBrakes, kNothing}) {
    const auto judged = installed(2).When(vci(kCar, shown, 2), kNoon);
    EXPECT_EQ(judged.count<Verified>(), 0U);
    const auto ended = judged.the<AssignmentEnded>();
    EXPECT_EQ(ended.reason, EndReason::kNotVerified);
    EXPECT_NE(ended.detail.find("ECU_001 is missing from the VCI"), std::string::npos);
  }
}

TEST(ShardVerified, AMissingEcuProvesNothingEitherIfItsVciOvertookTheReport) {
  const auto activating = after_steps(offered(), {kAccepted, kDownloading, kDownloaded,
                                                  kPackageVerified, kInstalling, kActivating});
  const auto shown = activating.When(vci(kCar, kWithoutBrakes, 2), kNoon).AndThen();
  const auto judged = shown.When(status(shown, kInstalled, 2), kNoon);
  EXPECT_EQ(judged.count<Verified>(), 0U);
  EXPECT_EQ(judged.the<AssignmentEnded>().reason, EndReason::kNotVerified);
}

TEST(ShardVerified, AnEcuThatDisappearsContradicts) {
  const auto verified = installed(2).When(vci(kCar, kNew, 2), kNoon).AndThen();
  EXPECT_EQ(verified.When(vci(kCar, kNew, 3), kNoon).count<VciContradicted>(), 0U);
  EXPECT_EQ(verified.When(vci(kCar, kWithoutBrakes, 3), kNoon).count<VciContradicted>(), 1U);
}

TEST(ShardVerified, AVehicleThatLostItsEcuBeforeItsOfferIsNotVerified) {
  const auto lost = with_vci(surveyed(fleet(1)), kCar, kWithoutBrakes);
  const auto open = lost.When(TakeOrder{open_to_all(2)}).AndThen().AfterTicksAt(kNoon);
  EXPECT_EQ(counts(open).verified, 0U);
  EXPECT_EQ(counts(open).failed, 1U);
}

TEST(ShardVerified, AVehicleThatWasUpdatedBeforeItsOfferIs) {
  const auto ahead = with_vci(surveyed(fleet(1)), kCar, kNew);
  const auto open = ahead.When(TakeOrder{open_to_all(2)}).AndThen().AfterTicksAt(kNoon);
  EXPECT_EQ(counts(open).verified, 1U);
}

}  // namespace
}  // namespace motorcade::core::shard
