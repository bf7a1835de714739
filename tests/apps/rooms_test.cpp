// Partitions come and go; what runs follows them. The rooms are fakes that end when the test lets them.
#include "motorcade/rooms.hpp"

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "motorcade/roles.hpp"
#include "motorcade/sole_member.hpp"

namespace motorcade::app {
namespace {

constexpr Partition kCars{Stream::kVehicle, 0}, kMoreCars{Stream::kVehicle, 1};

struct Journal final : ports::Reporter {
  void report(ports::Severity, std::string_view what, Fields) override { said.emplace_back(what); }
  std::vector<std::string> said;
};

/// Says what becomes of it.
class FakeRoom final : public Room {
 public:
  struct Events {
    std::vector<std::string> all;
    bool stubborn = false;  ///< a room that was told to stop goes on
  };
  FakeRoom(asio::io_context& io, std::string name, Events& events)
      : strand_(asio::make_strand(io)), name_(std::move(name)), events_(events), end_(strand_) {
    end_.expires_at(asio::steady_timer::time_point::max());
  }
  ~FakeRoom() override { events_.all.push_back("gone " + name_); }
  [[nodiscard]] asio::any_io_executor executor() const override { return strand_; }
  asio::awaitable<void> run() override {
    events_.all.push_back("runs " + name_);
    while (!stopping_ || events_.stubborn)
      co_await end_.async_wait(asio::as_tuple(asio::use_awaitable));
    events_.all.push_back("ended " + name_);
  }
  void stop() override {
    asio::post(strand_, [this] {
      stopping_ = true;
      end_.cancel();
    });
  }

 private:
  asio::any_io_executor strand_;
  std::string name_;
  Events& events_;
  asio::steady_timer end_;
  bool stopping_ = false;
};

class RoomsTest : public testing::Test {
 protected:
  House house() {
    return {journal_, running_, [](const std::exception_ptr& e) { std::rethrow_exception(e); },
            patience_};
  }
  Rooms::Make make() {
    return [this](Partition p) {
      return std::make_shared<FakeRoom>(io_, to_string(p) + "#" + std::to_string(++made_), events_);
    };
  }
  OneRoom::Make make_one() {
    return [this](std::vector<Partition> all) {
      std::string name;
      for (const auto& partition : all) name += to_string(partition) + " ";
      return std::make_shared<FakeRoom>(io_, name, events_);
    };
  }
  void poll() {
    io_.restart();
    io_.poll();
  }
  /// As a membership does it; whether it has completed.
  std::shared_ptr<bool> end(ports::PartitionWork& work, std::vector<Partition> partitions) {
    auto done = std::make_shared<bool>(false);
    asio::co_spawn(strand_, work.end(std::move(partitions)),
                   [done](const std::exception_ptr&) { *done = true; });
    poll();
    return done;
  }
  std::vector<std::string> events() { return std::exchange(events_.all, {}); }
  using Words = std::vector<std::string>;

  Journal journal_;
  FakeRoom::Events events_;
  std::atomic<int> running_{0};
  std::chrono::steady_clock::duration patience_ = std::chrono::hours(1);
  int made_ = 0;
  asio::io_context io_;
  asio::any_io_executor strand_ = asio::make_strand(io_);
};

TEST_F(RoomsTest, OpenAndCloseWithTheirPartitions) {
  Rooms rooms(house(), strand_, make());
  rooms.begin({kCars, kMoreCars});
  poll();
  EXPECT_EQ(events(), (Words{"runs vehicle/0#1", "runs vehicle/1#2"}));
  EXPECT_EQ(running_, 2);
  EXPECT_TRUE(*end(rooms, {kMoreCars}));
  EXPECT_EQ(events(), (Words{"ended vehicle/1#2", "gone vehicle/1#2"}));
  rooms.begin({kMoreCars});
  poll();
  EXPECT_EQ(events(), (Words{"runs vehicle/1#3"})) << "another room, not the old one again";
  EXPECT_TRUE(*end(rooms, {kCars, kMoreCars}));
  EXPECT_EQ(running_, 0);
}

TEST_F(RoomsTest, ArePartitionsGivenBackOnlyWhenTheirWorkHasEnded) {
  Rooms rooms(house(), strand_, make());
  rooms.begin({kCars});
  poll();
  events_.stubborn = true;
  const auto done = end(rooms, {kCars});
  EXPECT_FALSE(*done);
  EXPECT_EQ(events(), (Words{"runs vehicle/0#1"}));
}

TEST_F(RoomsTest, WaitAtMostAsLongAsTheirPatience) {
  patience_ = std::chrono::steady_clock::duration::zero();
  Rooms rooms(house(), strand_, make());
  events_.stubborn = true;
  rooms.begin({kCars});
  EXPECT_TRUE(*end(rooms, {kCars})) << "the others need not wait for ever";
  EXPECT_EQ(journal_.said.size(), 1U);
  EXPECT_EQ(running_, 1) << "it is kept until it ends";
  rooms.begin({kCars});
  poll();
  EXPECT_EQ(events(), (Words{"runs vehicle/0#1", "runs vehicle/0#2"}));
}

TEST_F(RoomsTest, MindNoPartitionThatComesTwiceOrWasNeverThere) {
  Rooms rooms(house(), strand_, make());
  rooms.begin({kCars});
  rooms.begin({kCars});
  poll();
  EXPECT_EQ(events(), (Words{"runs vehicle/0#1"}));
  EXPECT_TRUE(*end(rooms, {kMoreCars}));
  EXPECT_EQ(events(), Words{});
  EXPECT_TRUE(*end(rooms, {kCars}));
  EXPECT_TRUE(*end(rooms, {kCars}));
}

TEST_F(RoomsTest, OneRoomForAllIsMadeAnewWhenTheyChange) {
  OneRoom room(house(), strand_, make_one());
  room.begin({kCars});
  poll();
  EXPECT_EQ(events(), (Words{"runs vehicle/0 "}));
  room.begin({kMoreCars});
  poll();
  EXPECT_EQ(events(), (Words{"runs vehicle/0 vehicle/1 ", "ended vehicle/0 ", "gone vehicle/0 "}));
  EXPECT_TRUE(*end(room, {kCars}));
  EXPECT_EQ(events(),
            (Words{"runs vehicle/1 ", "ended vehicle/0 vehicle/1 ", "gone vehicle/0 vehicle/1 "}));
  EXPECT_TRUE(*end(room, {kMoreCars}));
  EXPECT_EQ(events(), (Words{"ended vehicle/1 ", "gone vehicle/1 "}));
  EXPECT_EQ(running_, 0);
}

TEST_F(RoomsTest, AnOnlyProcessHasAllForEver) {
  Rooms rooms(house(), strand_, make());
  SoleMember member({kCars, kMoreCars});
  member.join(rooms, strand_);
  poll();
  EXPECT_EQ(events(), (Words{"runs vehicle/0#1", "runs vehicle/1#2"}));
  EXPECT_FALSE(member.missing());
  bool left = false;
  asio::co_spawn(io_, member.leave(), [&](const std::exception_ptr&) { left = true; });
  poll();
  EXPECT_TRUE(left);
  EXPECT_EQ(running_, 0);
}

TEST(RolesTest, AreReadAndWritten) {
  EXPECT_EQ(to_string(*roles_from({"effects", "edge"})), "edge,effects");
  EXPECT_EQ(*roles_from({"edge", "owner", "projector", "builder", "effects"}), all_roles());
  EXPECT_NE(roles_from({"egde"}).error().context.find("\"egde\""), std::string::npos);
  EXPECT_FALSE(roles_from({}));
  EXPECT_FALSE(roles_from({""}));
}

}  // namespace
}  // namespace motorcade::app
