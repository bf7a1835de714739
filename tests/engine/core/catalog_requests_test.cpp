// Requests to the catalog that are repeated: whoever sends the same Idempotency-Key again acts
// once.
#include "engine/core/catalog/state.hpp"
#include "engine/core/words.hpp"
#include "support/given.hpp"

namespace motorcade::core::catalogs {
namespace {

using namespace words;
using namespace catalog;
using catalog::Event;

State with_two_releases() {
  State state = Catalog::initial(context({Stream::kCatalog, 0}));
  Catalog::evolve(state, ReleaseUploaded{release(1), "a.bin", "", "rita", 1});
  Catalog::evolve(state, ReleaseUploaded{release(2, {2, 0, 1}), "b.bin", "", "rita", 1});
  return state;
}
MessageId key(std::uint32_t n, std::uint8_t body = 1) {
  auto made = id<MessageId>(n);
  made.bytes.back() = body;
  return made;
}
/// What an owner does with a request.
Taken ask(State& state, const MessageId& request, const catalog::Command& command) {
  const Cause cause = RequestCause{request};
  const auto taken = Catalog::check(cause, state);
  Catalog::take(cause, state);
  std::vector<Event> facts{Catalog::not_taken(cause, taken)};
  if (taken == Taken::kFresh) {
    const auto decided = Catalog::decide(command, kNoon, state);
    facts = decided ? *decided : std::vector{Catalog::refused(command, decided.error())};
    if (facts.empty()) facts = {Catalog::already_satisfied()};
  }
  for (const auto& fact : facts) Catalog::evolve(state, fact);
  return taken;
}
ApproveTarget target(const SemanticVersion& version) {
  return {"ECU_001", release().ecu_type, version, "ann"};
}
const SemanticVersion kOld = release(1).version, kNew = release(2, {2, 0, 1}).version;

TEST(CatalogRequests, ATargetThatIsSetAgainByARepeatedRequestStaysAsItWasSetSince) {
  auto state = with_two_releases();
  EXPECT_EQ(ask(state, key(1), target(kOld)), Taken::kFresh);
  EXPECT_EQ(ask(state, key(2), target(kNew)), Taken::kFresh);
  EXPECT_EQ(ask(state, key(1), target(kOld)), Taken::kDuplicate);
  EXPECT_EQ(state.targets.at("ECU_001").approved, kNew);
}
TEST(CatalogRequests, TheSameKeyWithAnotherBodyIsRefused) {
  auto state = with_two_releases();
  ask(state, key(1, 1), target(kOld));
  EXPECT_EQ(ask(state, key(1, 2), target(kNew)), Taken::kOtherBody);
  EXPECT_EQ(state.targets.at("ECU_001").approved, kOld);
  const auto said = Catalog::not_taken(RequestCause{key(1, 2)}, Taken::kOtherBody);
  EXPECT_EQ(std::get<Refused>(said).reason, Rejection::kIdInUse);
}
TEST(CatalogRequests, ADeprecationIsOneWithItsReason) {
  auto state = with_two_releases();
  const DeprecateRelease gone{id<ReleaseId>(1), "ann", "bad"};
  EXPECT_EQ(ask(state, key(1), gone), Taken::kFresh);
  EXPECT_EQ(ask(state, key(1), gone), Taken::kDuplicate);
  EXPECT_EQ(ask(state, key(1, 2), gone), Taken::kOtherBody);
  EXPECT_EQ(ask(state, key(2), gone), Taken::kFresh);  // already satisfied, and remembered
  EXPECT_EQ(ask(state, key(2, 2), gone), Taken::kOtherBody);
}
TEST(CatalogRequests, WhatWasRefusedMayBeAskedAgain) {
  auto state = with_two_releases();
  EXPECT_EQ(ask(state, key(1), target({9, 9, 9})), Taken::kFresh);
  EXPECT_EQ(ask(state, key(1, 2), target(kNew)), Taken::kFresh);
  EXPECT_EQ(state.targets.at("ECU_001").approved, kNew);
}
TEST(CatalogRequests, AnUploadIsComparedWithWhatItMade) {
  State state = Catalog::initial(context({Stream::kCatalog, 0}));
  const UploadRelease upload{release(1), "a.bin", "", "rita"};
  const MessageId creation{upload.release.release.bytes};
  EXPECT_EQ(ask(state, creation, upload), Taken::kFresh);
  EXPECT_EQ(ask(state, creation, upload), Taken::kFresh);
  auto other = upload;
  other.release.image = id<Digest>(77);
  EXPECT_EQ(Catalog::decide(other, kNoon, state).error().reason, Rejection::kIdInUse);
}
TEST(CatalogRequests, AreRememberedInSnapshots) {
  auto state = with_two_releases();
  ask(state, key(1), target(kOld));
  digest::CanonicalWriter out;
  Catalog::write(out, state);
  digest::CanonicalReader in(out.bytes());
  const auto back = Catalog::read(in, state.context);
  ASSERT_TRUE(back);
  EXPECT_EQ(Catalog::check(RequestCause{key(1)}, *back), Taken::kDuplicate);
}

}  // namespace
}  // namespace motorcade::core::catalogs
