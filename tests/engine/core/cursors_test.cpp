#include "engine/core/cursors.hpp"

#include <gtest/gtest.h>

#include <random>

#include "engine/core/shard/state.hpp"
#include "engine/core/words.hpp"

namespace motorcade::core {
namespace {

using namespace words;

const auto kOutbox = id<OutboxId>(1), kOther = id<OutboxId>(2);

ReportPlace place(std::uint64_t sequence, std::uint64_t epoch = 1, OutboxId outbox = kOutbox) {
  return {epoch, outbox, sequence};
}
OutboxCursor after(std::initializer_list<ReportPlace> places) {
  OutboxCursor cursor;
  for (const auto& p : places) cursor.take(p);
  return cursor;
}

TEST(OutboxCursor, TakesEachReportOnceInAnyOrder) {
  auto cursor = after({place(1), place(3), place(2), place(5)});
  EXPECT_EQ(cursor, (OutboxCursor{1, kOutbox, 3, 0b10}));
  for (const std::uint64_t taken : {1, 2, 3, 5})
    EXPECT_EQ(cursor.check(place(taken)), Taken::kDuplicate);
  EXPECT_EQ(cursor.check(place(4)), Taken::kFresh);
  cursor.take(place(4));
  EXPECT_EQ(cursor, (OutboxCursor{1, kOutbox, 5, 0}));
}
TEST(OutboxCursor, TheWindowIs64Reports) {
  const auto cursor = after({place(1)});
  EXPECT_EQ(cursor.check(place(65)), Taken::kFresh);
  EXPECT_EQ(cursor.check(place(66)), Taken::kBeyondWindow);
  EXPECT_EQ(cursor.check(place(~std::uint64_t{0})), Taken::kBeyondWindow);
  EXPECT_EQ(after({place(1), place(65)}).bitmap, std::uint64_t{1} << 63);
}
TEST(OutboxCursor, AFullWindowCloses) {
  OutboxCursor cursor;
  for (std::uint64_t n = 64; n > 0; --n) cursor.take(place(n));
  EXPECT_EQ(cursor, (OutboxCursor{1, kOutbox, 64, 0}));
}
TEST(OutboxCursor, EpochsRiseAndBelongToOneOutbox) {
  const auto cursor = after({place(1), place(2), place(1, 3)});
  EXPECT_EQ(cursor, (OutboxCursor{3, kOutbox, 1, 0}));
  EXPECT_EQ(cursor.check(place(9, 2)), Taken::kLowerEpoch);
  EXPECT_EQ(cursor.check(place(2, 3, kOther)), Taken::kForeignOutbox);
  EXPECT_EQ(cursor.check(place(1, 4, kOther)), Taken::kFresh);
  EXPECT_EQ(cursor.check(place(65, 4, kOther)), Taken::kBeyondWindow);
  EXPECT_EQ(OutboxCursor{}.check(place(1, 0)), Taken::kLowerEpoch);
}
TEST(OutboxCursor, WhatIsNotFreshChangesNothing) {
  const auto cursor = after({place(1, 2), place(4, 2)});
  for (const auto& refused : {place(1, 1), place(2, 2, kOther), place(1, 2), place(4, 2),
                              place(66, 2), place(0, 2), place(70, 5)}) {
    auto next = cursor;
    next.take(refused);
    EXPECT_EQ(next, cursor);
  }
}
TEST(OutboxCursor, AnyDeliveryOfEveryReportEndsContiguous) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    OutboxCursor cursor;
    std::vector<std::uint64_t> sent;  // what the agent sends: only within the window, and again
    std::size_t fresh = 0;
    for (int step = 0; cursor.contiguous < 100 && step < 100'000; ++step) {
      const auto sequence = 1 + random() % std::min<std::uint64_t>(100, cursor.contiguous + 64);
      const bool first = std::find(sent.begin(), sent.end(), sequence) == sent.end();
      EXPECT_EQ(cursor.check(place(sequence)), first ? Taken::kFresh : Taken::kDuplicate);
      cursor.take(place(sequence));
      if (first) sent.push_back(sequence), ++fresh;
    }
    EXPECT_EQ(cursor, (OutboxCursor{1, kOutbox, 100, 0}));
    EXPECT_EQ(fresh, 100U);
  }
}

TEST(ShardCursors, ReportsOutOfOrderAndTwiceBecomeFactsOnce) {
  using shard::Shard;
  auto state = Shard::initial(context({Stream::kVehicle, 0}));
  Shard::evolve(state, vehicle::VehicleRegistered{kCar, "M1", 2024, "VMG-1", ""});
  std::vector<std::uint64_t> facts;
  std::size_t satisfied = 0;
  const auto report = [&](std::uint64_t sequence) {
    const Cause cause = ReportCause{{}, kCar, place(sequence)};
    const auto taken = Shard::check(cause, state);
    if (taken == Taken::kFresh)
      facts.push_back(sequence);
    else if (Shard::not_taken(cause, taken) == vehicle::Event(vehicle::AlreadySatisfied{}))
      ++satisfied;
    Shard::take(cause, state);
  };
  for (const std::uint64_t sequence : {1, 3, 2, 2, 5}) report(sequence);
  EXPECT_EQ(facts, (std::vector<std::uint64_t>{1, 3, 2, 5}));
  EXPECT_EQ(satisfied, 1U);
  EXPECT_EQ(state.find(kCar)->outbox, (OutboxCursor{1, kOutbox, 3, 0b10}));
  report(4);
  EXPECT_EQ(state.find(kCar)->outbox.contiguous, 5U);
}
TEST(ShardCursors, RefusedPlacesSayWhy) {
  const Cause cause = ReportCause{{}, kCar, place(1)};
  for (const auto& [taken, why] : {std::pair{Taken::kLowerEpoch, vehicle::Rejection::kLowerEpoch},
                                   {Taken::kForeignOutbox, vehicle::Rejection::kForeignOutbox},
                                   {Taken::kBeyondWindow, vehicle::Rejection::kBeyondWindow}})
    EXPECT_EQ(shard::Shard::not_taken(cause, taken),
              vehicle::Event(vehicle::Refused{kCar, why, {}}));
}

/// A report by an alias topic: taken or not, and what the shard remembers of it.
class AliasReports : public ::testing::Test {
 protected:
  Taken report(AliasTopic topic, std::uint32_t body) {
    const Cause cause = ReportCause{id<MessageId>(body), kCar, place_of(topic)};
    const auto taken = shard::Shard::check(cause, state_);
    shard::Shard::take(cause, state_);
    return taken;
  }
  shard::State state_ = shard::Shard::initial(context({Stream::kVehicle, 0}));
};

TEST_F(AliasReports, TheSameAgainIsARepeatUnlessSomethingCameBetween) {
  EXPECT_EQ(report(AliasTopic::kStatus, 1), Taken::kFresh);
  EXPECT_EQ(report(AliasTopic::kStatus, 1), Taken::kDuplicate);
  EXPECT_EQ(report(AliasTopic::kProgress, 1), Taken::kFresh) << "another topic";
  EXPECT_EQ(report(AliasTopic::kStatus, 1), Taken::kDuplicate);
  EXPECT_EQ(report(AliasTopic::kStatus, 2), Taken::kFresh);
  EXPECT_EQ(report(AliasTopic::kStatus, 1), Taken::kFresh) << "something came between";
  EXPECT_EQ(state_.find(kCar)->outbox, OutboxCursor{}) << "it has no place in an outbox";
}
TEST_F(AliasReports, WhatWasRefusedOrBelongsToAnEarlierOfferMayBeSaidAgain) {
  report(AliasTopic::kStatus, 1);
  shard::Shard::evolve(state_, vehicle::Refused{kCar, vehicle::Rejection::kUnknownVehicle, {}});
  EXPECT_EQ(report(AliasTopic::kStatus, 1), Taken::kFresh);
  shard::Shard::evolve(state_, vehicle::Offered{.vehicle = kCar});
  EXPECT_EQ(report(AliasTopic::kStatus, 1), Taken::kFresh);
}
TEST_F(AliasReports, AreInTheCanonicalBytes) {
  const auto bytes = [this] {
    digest::CanonicalWriter out;
    shard::Shard::write(out, state_);
    return out.take();
  };
  report(AliasTopic::kProgress, 1);
  const auto one = bytes();
  report(AliasTopic::kProgress, 2);
  EXPECT_NE(bytes(), one);
  digest::CanonicalReader in(one);
  state_ = shard::Shard::read(in, state_.context).value();
  EXPECT_EQ(report(AliasTopic::kProgress, 1), Taken::kDuplicate);
}
TEST_F(AliasReports, EpochZeroIsNoPlaceOtherwise) {
  for (const ReportPlace& bad :
       {ReportPlace{0, kOutbox, 1}, ReportPlace{0, {}, 0}, ReportPlace{0, {}, 3}})
    EXPECT_EQ(shard::Shard::check(ReportCause{{}, kCar, bad}, state_), Taken::kLowerEpoch);
}

const auto kOwn = id<Incarnation>(7);
constexpr Partition kSource{Stream::kCampaign, 0}, kAnother{Stream::kCampaign, 1};

InternalMessageId message(std::uint64_t sequence, std::uint32_t index = 0,
                          Partition source = kSource) {
  return {source, {sequence}, index};
}

TEST(SourceCursors, AMessageNeedsItsPredecessor) {
  SourceCursors cursors;
  EXPECT_EQ(cursors.check({kOwn, message(5), message(4)}, kOwn), Taken::kPredecessorMissing);
  cursors.take({kOwn, message(5), message(4)}, kOwn);
  EXPECT_TRUE(cursors.highest.empty());
  cursors.take({kOwn, message(4), {}}, kOwn);
  cursors.take({kOwn, message(5), message(4)}, kOwn);
  EXPECT_EQ(cursors.check({kOwn, message(7), message(6)}, kOwn), Taken::kPredecessorMissing);
  EXPECT_EQ(cursors.check({kOwn, message(5, 1), message(5)}, kOwn), Taken::kFresh);
  EXPECT_EQ(cursors.check({kOwn, message(9), {}}, kOwn), Taken::kFresh);  // a new session
}
TEST(SourceCursors, ARepeatedSessionIsTakenOnce) {
  SourceCursors cursors;
  cursors.take({kOwn, message(4), {}}, kOwn);
  cursors.take({kOwn, message(5), message(4)}, kOwn);
  EXPECT_EQ(cursors.check({kOwn, message(4), {}}, kOwn), Taken::kDuplicate);
  EXPECT_EQ(cursors.check({kOwn, message(5), message(4)}, kOwn), Taken::kDuplicate);
  EXPECT_EQ(cursors.check({kOwn, message(6), message(5)}, kOwn), Taken::kFresh);
}
TEST(SourceCursors, SourcesAndIncarnationsAreApart) {
  SourceCursors cursors;
  cursors.take({kOwn, message(9), {}}, kOwn);
  EXPECT_EQ(cursors.check({kOwn, message(1, 0, kAnother), {}}, kOwn), Taken::kFresh);
  EXPECT_EQ(cursors.check({id<Incarnation>(8), message(10), {}}, kOwn), Taken::kOtherIncarnation);
}

}  // namespace
}  // namespace motorcade::core
