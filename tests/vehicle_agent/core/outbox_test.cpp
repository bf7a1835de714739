// The outbox against an owner that keeps the rules of the acknowledgement model, over a link that
// loses, doubles and reorders, with acks that a crash repeats or the broker forgets.
#include <gtest/gtest.h>
// after GoogleTest
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "vehicle_agent/core/outbox.hpp"

namespace motorcade::agent {
namespace {
using namespace std::chrono_literals;

OutboxId id_of(std::uint8_t n) {
  OutboxId id;
  id.bytes[7] = n;
  return id;
}
Outbox linked(std::uint8_t id) {
  Outbox outbox(id_of(id));
  outbox.link_up(Time{});
  return outbox;
}
void enqueue(Outbox& outbox, int count) {
  digest::CanonicalWriter records;
  for (int i = 0; i < count; ++i) outbox.enqueue(Channel::kStatus, "r", records);
}
void take(Outbox& outbox, const Ack& ack) {
  digest::CanonicalWriter records;
  outbox.take(ack, records);
}
std::vector<std::uint64_t> sequences(const std::vector<OutboxReport>& reports) {
  std::vector<std::uint64_t> out;
  for (const auto& report : reports) out.push_back(report.place.sequence);
  return out;
}
constexpr Time kLater{1h};

TEST(Outbox, SendsNothingBeforeTheLinkIsUpAndTheRetainedAckHadItsTime) {
  Outbox outbox(id_of(1));
  enqueue(outbox, 1);
  EXPECT_TRUE(outbox.due(kLater).empty());
  outbox.link_up(kLater);
  EXPECT_TRUE(outbox.due(kLater).empty());
  EXPECT_EQ(outbox.deadline(), kLater + 1s);
  EXPECT_EQ(sequences(outbox.due(kLater + 1s)), std::vector<std::uint64_t>{1});
}

TEST(Outbox, ANewOutboxTakesTheNumberAfterTheOneThatTheRetainedAckNames) {
  auto outbox = linked(1);
  enqueue(outbox, 2);
  take(outbox, {7, id_of(9), 3, 0});
  EXPECT_EQ(outbox.epoch(), 8U);
  EXPECT_EQ(outbox.id(), id_of(1));
  EXPECT_EQ(sequences(outbox.due(Time{})), (std::vector<std::uint64_t>{1, 2}));
}

TEST(Outbox, SendsOnlyWithinTheWindow) {
  auto outbox = linked(1);
  enqueue(outbox, 100);
  EXPECT_EQ(outbox.due(kLater).size(), 64U);
  take(outbox, {1, id_of(1), 0, 0b10});  // 2 is taken, 1 is not: the window stays
  EXPECT_EQ(sequences(outbox.due(kLater + 2h)).back(), 64U);
  take(outbox, {1, id_of(1), 10, 0});
  EXPECT_EQ(sequences(outbox.due(kLater + 2h)).back(), 74U);
}

TEST(Outbox, DeletesOnlyWhatAMatchingAckCovers) {
  auto outbox = linked(1);
  enqueue(outbox, 5);
  take(outbox, {1, id_of(1), 1, 0b10});  // 1, 3
  EXPECT_EQ(sequences(outbox.due(kLater)), (std::vector<std::uint64_t>{2, 4, 5}));
  take(outbox, {0, id_of(1), 5, 0});
  take(outbox, {0, id_of(2), 5, 0});
  EXPECT_EQ(outbox.size(), 3U);
}

TEST(Outbox, AnOlderAckOfItsOwnTakesNothingBack) {
  auto outbox = linked(1);
  enqueue(outbox, 70);
  take(outbox, {1, id_of(1), 5, 0});
  take(outbox, {1, id_of(1), 2, 0});
  EXPECT_EQ(sequences(outbox.due(kLater)).back(), 69U);
}

TEST(Outbox, ResendsWhatIsNotCoveredWithGrowingPauses) {
  auto outbox = linked(1);
  enqueue(outbox, 1);
  std::vector<Duration> pauses;
  Time at = kLater;
  for (int i = 0; i < 7; ++i) {
    ASSERT_EQ(outbox.due(at).size(), 1U);
    EXPECT_TRUE(outbox.due(at).empty());
    pauses.push_back(*outbox.deadline() - at);
    at = *outbox.deadline();
  }
  EXPECT_GE(pauses.front(), 5s);
  EXPECT_LT(pauses.front(), 7s);
  EXPECT_TRUE(std::is_sorted(pauses.begin(), pauses.end()));
  EXPECT_LE(pauses.back(), 75s);
  outbox.link_down();
  EXPECT_FALSE(outbox.deadline());
  outbox.link_up(at);
  EXPECT_EQ(outbox.due(at + 1s).size(), 1U) << "a new link is a new chance";
}

TEST(Outbox, FindingItsNumberUnderAnotherIdItTakesTheNextAndKeepsItsSequences) {
  auto outbox = linked(1);
  enqueue(outbox, 3);
  (void)outbox.due(kLater);
  take(outbox, {1, id_of(2), 2, 0});
  EXPECT_EQ(outbox.epoch(), 2U);
  EXPECT_EQ(outbox.id(), id_of(1));
  EXPECT_EQ(sequences(outbox.due(kLater)), (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST(Outbox, AnOldCopyOfItselfBeginsAnew) {
  auto outbox = linked(1);
  enqueue(outbox, 3);
  take(outbox, {1, id_of(1), 2, 0});
  take(outbox, {1, id_of(1), 9, 0});  // never numbered: this disk is older than the vehicle's past
  EXPECT_EQ(outbox.epoch(), 2U);
  EXPECT_NE(outbox.id(), id_of(1));
  EXPECT_EQ(sequences(outbox.due(kLater)), std::vector<std::uint64_t>{1});
  const auto id = outbox.id();
  take(outbox, {4, id, 0, 0});
  EXPECT_EQ(outbox.epoch(), 5U);
  EXPECT_NE(outbox.id(), id);
}

// --- the model: acknowledge.pml with the real window and real bytes ---

struct Owner {
  Ack cursor;
  std::map<std::string, int> recorded;  // by body
  Ack receive(const OutboxReport& report) {
    const auto& place = report.place;
    if (place.epoch > cursor.epoch) cursor = {place.epoch, place.outbox, 0, 0};
    if (place.epoch == cursor.epoch && place.outbox == cursor.id &&
        place.sequence <= cursor.contiguous + 64 && !cursor.covers(place.sequence)) {
      cursor.bitmap |= 1ULL << (place.sequence - cursor.contiguous - 1);
      while ((cursor.bitmap & 1) != 0) cursor.bitmap >>= 1, ++cursor.contiguous;
      ++recorded[report.body];
    }
    return cursor;
  }
};

class Hostile {
 public:
  void step(int dice) {
    switch (dice % 8) {
      case 0:
      case 1:
        if (made_ < 150) write();
        break;
      case 2:
        for (auto& report : outbox_.due(now_ += 30s)) air_.push_back(std::move(report));
        break;
      case 3:  // one report arrives, perhaps again later
        if (!air_.empty()) arrive(static_cast<std::size_t>(dice / 8) % air_.size(), dice % 3 == 0);
        break;
      case 4:  // one is lost
        if (!air_.empty()) air_.erase(air_.begin() + (dice / 8) % static_cast<long>(air_.size()));
        break;
      case 5:  // an ack, any that was ever made: a crash repeats, a link delays
        if (!acks_.empty()) heed(acks_[static_cast<std::size_t>(dice / 8) % acks_.size()]);
        break;
      case 6:
        restart();
        break;
      case 7:
        if (dice % 5 == 0 && lives_ < 4) lose_the_disk();
    }
  }
  void calm_down() {
    air_.clear();
    for (int round = 0; outbox_.size() != 0; ++round) {
      ASSERT_LT(round, 20) << "the outbox does not run empty";
      for (auto& report : outbox_.due(now_ += 100s)) (void)owner_.receive(report);
      heed(owner_.cursor);
    }
  }
  void check() const {
    for (const auto& [body, times] : owner_.recorded) ASSERT_EQ(times, 1) << body;
    std::map<std::string, bool> held;
    auto copy = outbox_;
    for (const auto& body : written_)
      ASSERT_TRUE(copy.holds(Channel::kStatus, body) || owner_.recorded.contains(body)) << body;
  }

 private:
  void write() {
    digest::CanonicalWriter records;
    written_.push_back(std::to_string(lives_) + "/" + std::to_string(++made_));
    outbox_.enqueue(Channel::kStatus, written_.back(), records);
    disk_ += records.take();
  }
  void arrive(std::size_t at, bool again) {
    acks_.push_back(owner_.receive(air_[at]));
    if (!again) air_.erase(air_.begin() + static_cast<long>(at));
  }
  void heed(const Ack& ack) {
    digest::CanonicalWriter records;
    outbox_.take(ack, records);
    disk_ += records.take();
  }
  void restart() {
    outbox_ = Outbox(id_of(static_cast<std::uint8_t>(100 + lives_)));
    digest::CanonicalReader reader(disk_);
    while (!reader.at_end()) {
      const auto tag = reader.u8();
      RC_ASSERT(outbox_.apply(tag, reader));
    }
    outbox_.link_up(now_);
  }
  void lose_the_disk() {  // and with it what it had not delivered: those reports are gone for good
    ++lives_;
    written_.clear();
    disk_.clear();
    air_.clear();
    outbox_ = Outbox(id_of(static_cast<std::uint8_t>(100 + lives_)));
    digest::CanonicalWriter records;
    outbox_.identify(records);
    disk_ = records.take();
    outbox_.link_up(now_);
  }

  Owner owner_;
  int lives_ = 0, made_ = 0;
  Time now_;
  Outbox outbox_ = linked(100);
  std::string disk_ = [] {
    digest::CanonicalWriter records;
    linked(100).identify(records);
    return records.take();
  }();
  std::vector<std::string> written_;
  std::vector<OutboxReport> air_;
  std::vector<Ack> acks_;
};

RC_GTEST_PROP(OutboxProperty, NothingIsLostAndNothingDoubled, (std::vector<std::uint16_t> dice)) {
  Hostile world;
  for (const auto d : dice) {
    world.step(d);
    world.check();
  }
  world.calm_down();
  world.check();
}

TEST(OutboxProperty, LongRunsToo) {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    Hostile world;
    std::uint32_t state = seed;
    for (int i = 0; i < 600; ++i) {
      state = state * 1664525 + 1013904223;
      world.step(static_cast<int>(state >> 12));
      if (i % 20 == 0) world.check();
    }
    world.calm_down();
    world.check();
    if (HasFatalFailure()) FAIL() << "seed " << seed;
  }
}

}  // namespace
}  // namespace motorcade::agent
