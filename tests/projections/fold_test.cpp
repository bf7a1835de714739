#include <gtest/gtest.h>

#include "projections/samples.hpp"

namespace motorcade::projections {
namespace {

using namespace samples;

RowChanges fold_one(Partition partition, Fact fact) {
  return fold(envelope(partition, 3), std::vector<Fact>{std::move(fact)});
}

template <class Change>
const Change& only(const RowChanges& changes) {
  const Change* found = nullptr;
  for (const RowChange& change : changes) {
    if (const auto* match = std::get_if<Change>(&change)) {
      EXPECT_EQ(found, nullptr) << "more than one";
      found = match;
    }
  }
  if (found == nullptr) throw std::runtime_error("no such change");
  return *found;
}

TEST(VehicleFold, RegistrationKeepsTheVinSealed) {
  const auto changes = fold_one(kVehicles, vehicle::Event(vehicle::VehicleRegistered{
                                               id<VehicleId>(1), "M1", 2026, "VMG-1", "sealed"}));
  EXPECT_EQ(only<AddVehicle>(changes).sealed_vin, "sealed");
  EXPECT_EQ(only<AddVehicle>(changes).vin, std::nullopt);
}

TEST(VehicleFold, AnOfferBeginsAnUpdateAndItsEndEndsIt) {
  EXPECT_EQ(only<BeginVehicleUpdate>(fold_one(kVehicles, vehicle::Event(offer(1, 9)))).update,
            to_hex(id<CommandId>(9)));
  const auto failed =
      fold_one(kVehicles, vehicle::Event(step(1, 9, vehicle::ReportedStep::kRolledBack)));
  EXPECT_TRUE(only<EndVehicleUpdate>(failed).failed);
  const auto verified = fold_one(
      kVehicles,
      vehicle::Event(vehicle::Verified{id<VehicleId>(1), id<CampaignId>(2), id<CommandId>(9)}));
  EXPECT_FALSE(only<EndVehicleUpdate>(verified).failed);
}

TEST(UpdateFold, StepsCarryStatusAndProgress) {
  const auto changes =
      fold_one(kVehicles, vehicle::Event(step(1, 9, vehicle::ReportedStep::kDownloading, 50, 100)));
  const auto& change = only<StepUpdate>(changes);
  EXPECT_EQ(change.status, UpdateStatus::kDownloading);
  EXPECT_EQ(progress_percent(*change.status, change.bytes_done, change.bytes_total), 32);
}

TEST(UpdateFold, PausingMovesNoStatus) {
  const auto paused =
      fold_one(kVehicles, vehicle::Event(step(1, 9, vehicle::ReportedStep::kPaused)));
  EXPECT_EQ(only<StepUpdate>(paused).status, std::nullopt);
  EXPECT_EQ(only<StepUpdate>(paused).paused, true);
}

TEST(UpdateFold, ProgressNeverLeavesItsBoundsWhateverAVehicleReports) {
  const auto most = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(progress_percent(UpdateStatus::kDownloading, most, 1), 60);
  EXPECT_EQ(progress_percent(UpdateStatus::kDownloading, most, most), 60);
  EXPECT_EQ(progress_percent(UpdateStatus::kDownloading, 1, 0), 5);
  EXPECT_EQ(progress_percent(UpdateStatus::kDownloading, 0, most), 5);
}

TEST(UpdateFold, RanksGrowAlongTheWayAndEndsAreEqual) {
  for (auto s = UpdateStatus::kOffered; s < UpdateStatus::kInstalled;
       s = static_cast<UpdateStatus>(static_cast<int>(s) + 1)) {
    EXPECT_LT(rank_of(s), rank_of(static_cast<UpdateStatus>(static_cast<int>(s) + 1)));
  }
  EXPECT_LT(rank_of(UpdateStatus::kInstalled), 100);
  EXPECT_EQ(rank_of(UpdateStatus::kVerified), 100);
  EXPECT_EQ(rank_of(UpdateStatus::kCancelled), 100);
}

TEST(UpdateFold, AMemberThatWasNeverOfferedHasARowOfItsOwn) {
  const auto changes =
      fold_one(kVehicles, vehicle::Event(vehicle::AssignmentEnded{id<VehicleId>(1),
                                                                  id<CampaignId>(2),
                                                                  {3},
                                                                  2,
                                                                  CommandId{},
                                                                  vehicle::EndReason::kBuildFailed,
                                                                  "no base image"}));
  const auto& end = only<EndUpdate>(changes);
  EXPECT_EQ(end.update, to_hex(id<CampaignId>(2)) + to_hex(id<VehicleId>(1)));
  EXPECT_EQ(end.wave, WaveNumber{3});
  EXPECT_EQ(end.reason, "build_failed: no base image");
}

TEST(CampaignFold, PlannedWavesAreNumberedFromOneAndTheCampaignRuns) {
  const auto changes = fold_one(
      kCampaigns, campaign::Event(campaign::WavesPlanned{id<CampaignId>(2), {{3, {}}, {27, {}}}}));
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(std::get<AddWave>(changes[0]).wave, WaveNumber{1});
  EXPECT_EQ(std::get<AddWave>(changes[1]).plan.size, 27u);
  EXPECT_EQ(only<MoveCampaign>(changes).to, CampaignStatus::kRunning);
}

TEST(CampaignFold, AHoldThatIsNotByAGateTouchesNoWave) {
  const auto changes = fold_one(
      kCampaigns, campaign::Event(campaign::WaveHeld{
                      id<CampaignId>(2), {0}, campaign::HoldReason::kReleaseDeprecated, {}, {4}}));
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(only<MoveCampaign>(changes).reason, "release_deprecated");
}

TEST(CommandFold, ARequestLeavesItsOutcome) {
  auto made = envelope(kCampaigns, 7);
  made.cause = RequestCause{id<MessageId>(5)};
  made.facts = {StoredFact{AggregateType::kPartition, "", {0}, 0, 0, ""}};
  const std::vector<Fact> facts{campaign::Event(campaign::Refused{
      id<CampaignId>(2), campaign::Rejection::kOwnProposal, "alice is the author"})};
  const auto changes = fold(made, facts);
  const auto& command = only<AddCommand>(changes);
  EXPECT_EQ(command.outcome, CommandOutcome::kRefused);
  EXPECT_EQ(command.reason, "own_proposal");
  EXPECT_EQ(command.position, "campaign/0@7");
  EXPECT_EQ(command.aggregate, "");
}

TEST(CommandFold, WhatTheEngineAsksOfItselfLeavesNone) {
  auto made = envelope(kCampaigns, 7);
  made.cause = RequestCause{};  // two partitions would claim the one row of id zero
  const std::vector<Fact> facts{campaign::Event(campaign::AlreadySatisfied{})};
  EXPECT_TRUE(fold(made, facts).empty());
}

TEST(CommandFold, ReportsAndMessagesLeaveNone) {
  auto made = envelope(kVehicles, 7);
  made.cause = ReportCause{};
  const std::vector<Fact> facts{vehicle::Event(vehicle::AlreadySatisfied{})};
  EXPECT_TRUE(fold(made, facts).empty());
}

TEST(RowKeys, ChangesOfOneRowShareTheirKey) {
  EXPECT_EQ(row_key(AddUpdate{offer(1, 9), {}}),
            row_key(ContradictUpdate{id<VehicleId>(1), {}, {}}));
  EXPECT_NE(row_key(AddUpdate{offer(1, 9), {}}), row_key(AddUpdate{offer(2, 9), {}}));
  EXPECT_NE(row_key(AddWave{id<CampaignId>(2), {1}, {}}),
            row_key(AddWave{id<CampaignId>(2), {2}, {}}));
}

}  // namespace
}  // namespace motorcade::projections
