// What proves an update, and what does not: ECUs that are missing, gateways that lost their disk.
// And what is left of a campaign that is over.
#include "engine/core/shard_given.hpp"

namespace motorcade::core::shard {
namespace {

const Configuration kWithoutBrakes{{{"ZG_CHASSIS", "ZG-1", {kNew.zones[0].ecus[1]}}}};
const Configuration kNothing{};

ReportCause place(std::uint64_t epoch, std::uint32_t outbox, std::uint64_t sequence = 1) {
  return {id<MessageId>(1), kCar, {epoch, id<OutboxId>(outbox), sequence}};
}

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

// --- a gateway that lost its disk ---

TEST(ShardVerified, ANewOutboxCountsItsBootsAnew) {
  const auto old_life = fleet(1).Taking(place(1, 1)).When(vci(kCar, kOld, 500), kNoon).AndThen();
  const auto recorded =
      old_life.Taking(place(2, 2)).When(vci(kCar, kNew, 1), kNoon).the<VciRecorded>();
  EXPECT_EQ(recorded.configuration, digest_of(kNew));
  EXPECT_EQ(recorded.boot_count, 1U);
}

TEST(ShardVerified, AnOutboxThatMovesOnKeepsItsCount) {
  const auto known = fleet(1).Taking(place(1, 1)).When(vci(kCar, kNew, 500), kNoon).AndThen();
  for (const auto& later : {place(1, 1, 2), place(2, 1)}) {
    const auto recorded = known.Taking(later).When(vci(kCar, kOld, 499), kNoon).the<VciRecorded>();
    EXPECT_EQ(recorded.configuration, digest_of(kNew)) << "overtaken by a newer one";
  }
  const auto refused = known.Taking(place(2, 2, 1 + OutboxCursor::kWindow));
  EXPECT_EQ(refused.state().find(kCar)->boot_count, 500U) << "it was not taken";
}

TEST(ShardVerified, OfTheVcisOfOneBootTheOneThatWasSaidLastCounts) {
  const auto newer = fleet(1).Taking(place(1, 1, 2)).When(vci(kCar, kNew), kNoon).AndThen();
  const auto after = [&](const ReportCause& at) {
    return newer.Taking(at).When(vci(kCar, kOld), kNoon).the<VciRecorded>().configuration;
  };
  EXPECT_EQ(after(place(1, 1, 1)), digest_of(kNew)) << "overtaken by a newer one";
  EXPECT_EQ(after(place(1, 1, 3)), digest_of(kOld));
  EXPECT_EQ(after(place(2, 2, 1)), digest_of(kOld)) << "another outbox counts anew";
}

TEST(ShardVerified, AVehicleThatLostItsDiskAfterTheUpdateIsVerifiedAllTheSame) {
  const auto done = installed(500).Taking(place(1, 1));
  const auto later = done.Taking(place(2, 2)).When(vci(kCar, kNew, 1), kNoon);
  EXPECT_EQ(later.count<Verified>(), 1U);
  EXPECT_EQ(done.When(vci(kCar, kNew, 1), kNoon).count<Verified>(), 0U) << "from before the reboot";
}

// --- over ---

TEST(ShardVerified, ACampaignThatIsOverKeepsItsCountsOnly) {
  const auto done = installed(2).When(vci(kCar, kNew, 2), kNoon).AndThen();
  const auto closed = done.When(TakeOrder{order(OrderPhase::kClosed, 3, {{kAll, 1}})})
                          .AndThen()
                          .AfterTicksAt(kNoon);
  const auto& campaign = closed.state().campaigns.at(kCampaign);
  EXPECT_TRUE(campaign.members.empty());
  EXPECT_TRUE(campaign.plans.empty());
  EXPECT_EQ(counts(closed).verified, 1U);
  EXPECT_EQ(closed.When(vci(kCar, kOld, 3), kNoon).count<VciContradicted>(), 1U)
      << "it still raises an alarm";
}

TEST(ShardVerified, ACampaignIsForgottenWhenItsLastVehicleHasEnded) {
  const auto order_to_end = order(OrderPhase::kAborted, 3, {{kAll, 1}});
  const auto aborted = offered(2).When(TakeOrder{order_to_end}).AndThen().AfterTicksAt(kNoon);
  EXPECT_EQ(aborted.state().campaigns.at(kCampaign).members.size(), 2U);
  const auto one = aborted.When(status(aborted, kCancelled), kNoon).AndThen();
  EXPECT_EQ(one.state().campaigns.at(kCampaign).members.size(), 2U);
  const auto both = one.When(status(one, kCancelled, 0, id<VehicleId>(101)), kNoon).AndThen();
  EXPECT_TRUE(both.state().campaigns.at(kCampaign).members.empty());
  EXPECT_EQ(counts(both).cancelled, 2U);
}

}  // namespace
}  // namespace motorcade::core::shard
