// What effects say to vehicles: of what is committed, of nothing else, and until it is answered.
#include "engine/shell/effects.hpp"

#include "engine/shell/owner_script.hpp"
#include "events/wire/json_notices.hpp"

namespace motorcade::shell {
namespace {

using memory::AppendFate;
using memory::AppendFault;

class Broker final : public ports::VehicleLink {
 public:
  std::vector<ports::Notice> taken;
  bool away = false;
  std::string refused;  ///< whose control notices the broker refuses
  int refusals = 0;
  asio::awaitable<Result<void>> publish(ports::Notice notice) override {
    if (away) co_return failure(std::errc::not_connected, "injected");
    if (notice.channel == ports::Channel::kControl && notice.address == refused) {
      ++refusals;
      co_return failure(std::errc::operation_not_permitted, "injected");
    }
    taken.push_back(std::move(notice));
    co_return Result<void>{};
  }
};

class Checkpoints final : public ports::CheckpointStore {
 public:
  Sequence kept;
  [[nodiscard]] Sequence load(std::string_view, Partition) override { return kept; }
  Result<void> store(std::string_view, Partition, Sequence next) override {
    kept = next;
    return {};
  }
};

class Links final : public ports::PackageLinks {
 public:
  [[nodiscard]] ports::PackageLink link(const Artifact& artifact, Time) const override {
    return {"https://engine/" + to_hex(artifact.digest), "token"};
  }
};

/// Effects on the log of an OwnerTest.
class EffectsTest : public testing::Test {
 protected:
  OwnerTest test;
  Script script{test};
  Broker broker;
  Checkpoints checkpoints;

  ~EffectsTest() override { crash(); }

  /// Effects run until nothing moves.
  void run() {
    if (!process_) process_ = std::make_unique<Process>(*this);
    for (int step = 0; step < 20'000; ++step) {
      process_->io.restart();
      if (process_->io.poll_one() == 0) break;
    }
  }
  void move_time(Duration by) {
    test.clock.move(by);
    run();
  }
  void crash() { process_.reset(); }

  /// The newest acknowledgement of a car; a zero epoch: none.
  [[nodiscard]] wire::AckNotice ack_of(std::uint8_t car) const {
    wire::AckNotice newest;
    for (const auto& notice : broker.taken)
      if (notice.channel == ports::Channel::kAck && notice.address == to_hex(id<VehicleId>(car)))
        newest = wire::decode_ack(notice.body).value();
    return newest;
  }
  template <class Notice>
  [[nodiscard]] std::vector<Notice> told() const {
    std::vector<Notice> all;
    for (const auto& notice : broker.taken) {
      if (notice.channel != ports::Channel::kControl) continue;
      const auto control = wire::decode_control(notice.body).value();
      if (const auto* found = std::get_if<Notice>(&control)) all.push_back(*found);
    }
    return all;
  }

 private:
  struct Process {
    explicit Process(EffectsTest& t)
        : log(t.test.store),
          keys(t.test.key_destroyed),
          effects({log, t.test.clock, keys, t.test.snapshots, t.checkpoints, t.broker, links,
                   t.test.reporter},
                  kVehicles, {}, io.get_executor()) {
      asio::co_spawn(io, effects.run(), asio::detached);
    }
    asio::io_context io;
    memory::Log log;
    OpenKeys keys;
    Links links;
    Effects effects;
  };
  std::unique_ptr<Process> process_;
};

TEST_F(EffectsTest, NothingIsAcknowledgedBeforeItIsCommitted) {
  test.faults.append = [](Partition, Sequence, std::size_t) {
    return AppendFate{AppendFault::kAborted, 0};
  };
  script.vci(1, 1, 1);
  test.run(2'000);
  run();
  EXPECT_EQ(ack_of(1).epoch, 0U);
  test.faults.append = nullptr;
  test.kill();
  test.run();
  run();
  EXPECT_EQ(ack_of(1).contiguous, 1U);
}

TEST_F(EffectsTest, RefusedAndRepeatedReportsAreAnsweredWithTheCurrentAck) {
  test.send(kVehicles, script.report_record(1, RecordKind::kStatus, 2, "no JSON at all"));
  test.run();
  run();
  EXPECT_EQ(ack_of(1), (wire::AckNotice{1, id<OutboxId>(1), 0, 1U << 1}));
  broker.taken.clear();
  test.send(kVehicles, script.report_record(1, RecordKind::kStatus, 2, "no JSON at all"));
  test.run();
  run();
  EXPECT_EQ(ack_of(1), (wire::AckNotice{1, id<OutboxId>(1), 0, 1U << 1}));
}

TEST_F(EffectsTest, AnOfferIsRepeatedUntilItIsAnswered) {
  script.play_to_first_offer();
  run();
  const auto offers = told<wire::OfferNotice>();
  ASSERT_EQ(offers.size(), 1U);  // the first wave of five is one
  move_time(15s);
  ASSERT_EQ(told<wire::OfferNotice>().size(), 2U);
  EXPECT_EQ(told<wire::OfferNotice>()[1].command, offers[0].command);
  script.answer_offers();
  test.run();
  run();
  broker.taken.clear();
  move_time(10min);
  for (const auto& offer : told<wire::OfferNotice>()) EXPECT_NE(offer.command, offers[0].command);
}

TEST_F(EffectsTest, AnExpiredOfferIsNotRepeated) {
  script.play_to_first_offer();
  run();
  broker.taken.clear();
  move_time(2h);
  EXPECT_TRUE(told<wire::OfferNotice>().empty());
}

TEST_F(EffectsTest, ACrashRepeatsWhatWasNotDelivered) {
  broker.away = true;
  script.play_to_first_offer();
  run();
  crash();
  EXPECT_EQ(checkpoints.kept, Sequence{});  // written after delivery
  broker.away = false;
  run();
  EXPECT_EQ(told<wire::OfferNotice>().size(), 1U);
  EXPECT_EQ(ack_of(1).contiguous, 2U);
  EXPECT_GT(checkpoints.kept, Sequence{});
}

TEST_F(EffectsTest, AcknowledgementsGoFirst) {
  script.play_to_first_offer();
  run();  // all of it at once, as after a start
  ASSERT_FALSE(told<wire::OfferNotice>().empty());
  bool others = false;
  for (const auto& notice : broker.taken) {
    const bool ack = notice.channel == ports::Channel::kAck;
    EXPECT_FALSE(ack && others);
    others = others || !ack;
  }
}

TEST_F(EffectsTest, ANoticeThatTheBrokerRefusesHoldsUpNobody) {
  script.play_to_first_offer();
  broker.refused = to_hex(test.all<vehicle::Offered>(kVehicles).back().vehicle);
  run();
  for (int n = 0; n < 10; ++n) move_time(500ms);
  EXPECT_EQ(broker.refusals, 5);
  script.vci(3, 2, 1);
  test.run();
  run();
  EXPECT_EQ(ack_of(3).contiguous, 2U);
  EXPECT_GT(checkpoints.kept, Sequence{});
  move_time(1min);
  EXPECT_GT(broker.refusals, 5) << "unanswered, it is said again";
}

TEST_F(EffectsTest, AfterAStartWhatIsOpenIsRepeatedOneByOne) {
  script.play_to_first_offer();
  script.answer_offers();
  script.settle();  // the second wave: four offers
  run();
  crash();
  broker.taken.clear();
  run();
  ASSERT_TRUE(told<wire::OfferNotice>().empty()) << "delivered before the crash";
  move_time(15s + 1ms);
  EXPECT_EQ(told<wire::OfferNotice>().size(), 1U);
  move_time(10ms);
  EXPECT_EQ(told<wire::OfferNotice>().size(), 4U);
}

TEST_F(EffectsTest, AnErasedVehicleHearsNothing) {
  script.play_to_first_offer();
  test.key_destroyed = true;
  run();
  EXPECT_TRUE(broker.taken.empty());
}

}  // namespace
}  // namespace motorcade::shell
