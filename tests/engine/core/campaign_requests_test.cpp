// Requests that are repeated: whoever sends the same Idempotency-Key again acts once.
#include "digest/digest.hpp"
#include "engine/core/campaign/state.hpp"
#include "engine/core/words.hpp"
#include "support/given.hpp"

namespace motorcade::core::campaigns {
namespace {

using namespace words;
using namespace campaign;
using campaign::Event;

constexpr Generation kFirst{1};

State running_state() {
  State state = Campaigns::initial(context({Stream::kCampaign, 0}));
  for (const Event& event :
       {Event{CampaignCreated{kCampaign, "ann", {}, {release()}, {}}},
        Event{CampaignStarted{kCampaign, "ann", kFirst, kNoon}},
        Event{WavesPlanned{kCampaign, {{1, {}}}}}, Event{WaveOpened{kCampaign, {1}, 1, kFirst}}})
    Campaigns::evolve(state, event);
  return state;
}

/// What an owner does with a request.
Taken ask(State& state, const MessageId& request, const campaign::Command& command) {
  const Cause cause = RequestCause{request};
  const auto taken = Campaigns::check(cause, state);
  Campaigns::take(cause, state);
  std::vector<Event> facts{Campaigns::not_taken(cause, taken)};
  if (taken == Taken::kFresh) {
    const auto decided = Campaigns::decide(command, kNoon, state);
    facts = decided ? *decided : std::vector{Campaigns::refused(command, decided.error())};
    if (facts.empty()) facts = {Campaigns::already_satisfied()};
  }
  for (const auto& fact : facts) Campaigns::evolve(state, fact);
  return taken;
}
Phase phase(const State& state) {
  return state.campaigns.at(kCampaign).phase;
}
MessageId key(std::uint32_t n, std::uint8_t body = 1) {
  auto made = id<MessageId>(n);
  made.bytes.back() = body;
  return made;
}
const Pause kPause{kCampaign, "ann", "rain"};
const Resume kResume{kCampaign, "bob", Resumption::kContinue};

TEST(CampaignRequests, APauseThatIsRepeatedAfterAResumeDoesNotPauseAgain) {
  auto state = running_state();
  EXPECT_EQ(ask(state, key(1), kPause), Taken::kFresh);
  EXPECT_EQ(ask(state, key(2), kResume), Taken::kFresh);
  EXPECT_EQ(ask(state, key(1), kPause), Taken::kDuplicate);
  EXPECT_EQ(phase(state), Phase::kRunning);
}

TEST(CampaignRequests, WhatWasFoundDoneIsNotDoneLater) {
  auto state = running_state();
  ask(state, key(1), kPause);
  ask(state, key(2), kPause);  // already satisfied
  ask(state, key(3), kResume);
  EXPECT_EQ(ask(state, key(2), kPause), Taken::kDuplicate);
  EXPECT_EQ(phase(state), Phase::kRunning);
}

TEST(CampaignRequests, ARetryThatIsRepeatedAfterTheNextHoldIsNoThirdAttempt) {
  auto state = running_state();
  const Resume retry{kCampaign, "ann", Resumption::kRetry};
  const auto hold = [&](std::uint64_t generation) {
    Campaigns::evolve(state, WaveHeld{kCampaign, {1}, HoldReason::kFailureGate, {}, {generation}});
  };
  hold(2);
  ask(state, key(1), retry);
  hold(4);
  EXPECT_EQ(ask(state, key(1), retry), Taken::kDuplicate);
  EXPECT_EQ(phase(state), Phase::kHeld);
  EXPECT_EQ(state.campaigns.at(kCampaign).waves[0].attempt, 2U);
}

TEST(CampaignRequests, TheSameKeyWithAnotherBodyIsRefused) {
  auto state = running_state();
  ask(state, key(1, 1), kPause);
  EXPECT_EQ(ask(state, key(1, 2), kResume), Taken::kOtherBody);
  EXPECT_EQ(phase(state), Phase::kPaused);
  const auto said = Campaigns::not_taken(RequestCause{key(1, 2)}, Taken::kOtherBody);
  EXPECT_EQ(std::get<Refused>(said).reason, Rejection::kIdInUse);
}

TEST(CampaignRequests, WhatWasRefusedMayBeAskedAgain) {
  auto state = running_state();
  ask(state, key(1), kPause);
  ask(state, key(2), Resume{kCampaign, "bob", Resumption::kRetry});  // it is not held
  EXPECT_EQ(ask(state, key(2), kResume), Taken::kFresh);
  EXPECT_EQ(phase(state), Phase::kRunning);
}

TEST(CampaignRequests, ACreationIsComparedWithWhatItMade) {
  auto state = running_state();
  const MessageId creation{kCampaign.bytes};
  EXPECT_EQ(Campaigns::check(RequestCause{creation}, state), Taken::kFresh);
  Campaigns::take(RequestCause{creation}, state);
  Campaigns::evolve(state, AlreadySatisfied{});
  EXPECT_EQ(Campaigns::check(RequestCause{creation}, state), Taken::kFresh);
}

TEST(CampaignRequests, AreRememberedInSnapshotsAndNotForEver) {
  auto state = running_state();
  for (std::uint32_t n = 0; n <= kMaxRequests; ++n)
    ask(state, key(1000 + n), n % 2 == 0 ? campaign::Command{kPause} : campaign::Command{kResume});
  EXPECT_EQ(state.requests.newest.size(), kMaxRequests);
  digest::CanonicalWriter out;
  Campaigns::write(out, state);
  digest::CanonicalReader in(out.bytes());
  const auto back = Campaigns::read(in, state.context);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->requests.newest, state.requests.newest);
  EXPECT_EQ(Campaigns::check(RequestCause{key(1000)}, *back), Taken::kFresh);
  EXPECT_EQ(Campaigns::check(RequestCause{key(1001)}, *back), Taken::kDuplicate);
}

}  // namespace
}  // namespace motorcade::core::campaigns
