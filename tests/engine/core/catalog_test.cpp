#include "engine/core/catalog/state.hpp"

#include "engine/core/words.hpp"
#include "support/given.hpp"

namespace motorcade::core::catalogs {
namespace {

using namespace words;
using namespace catalog;
using catalog::Event;
using catalog::Rejection;
using Given = motorcade::testing::Given<Catalog>;

Given given(const std::vector<Event>& history) {
  return Given(context({Stream::kCatalog, 0}), history);
}
const UploadRelease kUpload{release(), "brake.bin", "fixes", "rita"};
const ReleaseUploaded kUploaded{release(), "brake.bin", "fixes", "rita", 1};
const PackageContent kContent = plan_package(configuration({1, 0, 0}), {release()});
const PackageKey kKey = key_of(kContent);
constexpr Partition kShard0{Stream::kVehicle, 0}, kShard1{Stream::kVehicle, 1};
const PackageRequested kRequested{kKey, kContent, 1, kShard0};

TEST(CatalogDecider, AReleaseIsUploadedOnce) {
  given({}).When(kUpload).Then({kUploaded});
  given({kUploaded}).When(kUpload).ThenNothing();
}
TEST(CatalogDecider, DuplicateUploadVersionRefused) {
  given({kUploaded})
      .When(UploadRelease{release(2), "other.bin", "", "rita"})
      .ThenRejected(Rejection::kVersionExists);
  given({kUploaded})
      .When(UploadRelease{release(2, {2, 0, 1}), "other.bin", "", "rita"})
      .Then({ReleaseUploaded{release(2, {2, 0, 1}), "other.bin", "", "rita", 1}});
}
TEST(CatalogDecider, AnotherImageUnderTheSameIdIsRefused) {
  auto other = kUpload;
  other.release.image = id<Digest>(77);
  given({kUploaded}).When(other).ThenRejected(Rejection::kIdInUse);
}
TEST(CatalogDecider, AnEmptyImageIsRefused) {
  auto empty = kUpload;
  empty.release.image_size_bytes = 0;
  given({}).When(empty).ThenRejected(Rejection::kInvalid);
}
TEST(CatalogDecider, AnEcuTypeThatNoTopicCanCarryIsRefused) {
  for (const auto* type : {"", "ECM#", "+", "a/b", "tab\t", "\xC3\xA4"}) {
    auto odd = kUpload;
    odd.release.ecu_type = type;
    given({}).When(odd).ThenRejected(Rejection::kInvalid);
  }
}
TEST(CatalogDecider, EveryShardAndCampaignPartitionHearsOfAReleaseAndItsDeprecation) {
  const auto uploaded = given({kUploaded});
  EXPECT_EQ(uploaded.Reacts({kUploaded}).size(), kCounts.vehicle + kCounts.campaign);
  const auto answer = uploaded.When(DeprecateRelease{id<ReleaseId>(1), "rita", "bad"});
  const auto messages = answer.AndThen().Reacts(answer.facts());
  ASSERT_EQ(messages.size(), kCounts.vehicle + kCounts.campaign);
  EXPECT_EQ(std::get<vehicle::NoteRelease>(messages[0].body),
            (vehicle::NoteRelease{release(), 2, true}));
  answer.AndThen().When(DeprecateRelease{id<ReleaseId>(1), "rita", "bad"}).ThenNothing();
}
TEST(CatalogDecider, OnlyAnAvailableVersionBecomesATarget) {
  const ApproveTarget approve{"ECU_001", "BRAKE", {2, 0, 0}, "bob"};
  given({}).When(approve).ThenRejected(Rejection::kNoSuchRelease);
  given({kUploaded}).When(approve).Then({TargetApproved{"ECU_001", "BRAKE", {2, 0, 0}, "bob"}});
  given({kUploaded, ReleaseDeprecated{id<ReleaseId>(1), "rita", "bad", 2}})
      .When(approve)
      .ThenRejected(Rejection::kNoSuchRelease);
}
TEST(CatalogDecider, OnePackageIsBuiltForAllWhoAsk) {
  given({}).When(RequestPackage{kKey, kContent, kShard0}).Then({kRequested});
  given({kRequested})
      .When(RequestPackage{kKey, kContent, kShard1})
      .Then({WaiterAdded{kKey, kShard1}});
  given({kRequested}).When(RequestPackage{kKey, kContent, kShard0}).ThenNothing();
}
TEST(CatalogDecider, AKeyThatIsNotItsContentsIsRefused) {
  given({})
      .When(RequestPackage{id<PackageKey>(1), kContent, kShard0})
      .ThenRejected(Rejection::kInvalid);
}
TEST(CatalogDecider, BuiltAndFailedPackagesReachAllWaiters) {
  const auto waiting = given({kRequested, WaiterAdded{kKey, kShard1}});
  for (const auto& outcome : {std::optional(artifact()), std::optional<Artifact>()}) {
    const auto answer = waiting.When(ReportBuilt{kKey, outcome, "no disk"});
    const auto messages = answer.AndThen().Reacts(answer.facts());
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_EQ(messages[0].to, kShard0);
    EXPECT_EQ(messages[1].to, kShard1);
    EXPECT_EQ(std::get<vehicle::NotePackage>(messages[0].body).artifact, outcome);
  }
}
TEST(CatalogDecider, ALateWaiterHearsOfWhatIsBuilt) {
  const Event added = WaiterAdded{kKey, kShard1};
  const auto built = given({kRequested, PackageBuilt{kKey, artifact()}, added});
  const auto messages = built.Reacts({added});
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].to, kShard1);
}
TEST(CatalogDecider, AFailedBuildIsTriedAgainWhenAskedFor) {
  given({kRequested, PackageFailed{kKey, "no disk"}})
      .When(RequestPackage{kKey, kContent, kShard0})
      .Then({PackageRequested{kKey, kContent, 2, kShard0}});
}
TEST(CatalogDecider, BuiltOnceIsBuiltForGood) {
  const auto built = given({kRequested, PackageBuilt{kKey, artifact()}});
  built.When(ReportBuilt{kKey, artifact(10), ""}).ThenNothing();
  built.When(ReportBuilt{kKey, std::nullopt, "late"}).ThenNothing();
}

}  // namespace
}  // namespace motorcade::core::catalogs
