#include "engine/ports/growing_ends.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

namespace motorcade::ports {
namespace {

namespace asio = boost::asio;
constexpr Partition kPartition{Stream::kVehicle, 3};

/// Counts whoever came back from waiting.
asio::awaitable<void> follow(GrowingEnds& ends, std::uint64_t from, int& came_back) {
  co_await ends.wait_beyond(kPartition, from);
  ++came_back;
}

TEST(GrowingEnds, WakeWhoWaitsForLessAndNobodyElse) {
  asio::io_context io(1);
  GrowingEnds ends;
  int came_back = 0;
  for (const std::uint64_t from : {0, 1, 2})
    asio::co_spawn(io, follow(ends, from, came_back), asio::detached);
  io.poll();
  EXPECT_EQ(came_back, 0);
  ends.publish(kPartition, 2);
  io.poll();
  EXPECT_EQ(came_back, 2);
  EXPECT_EQ(ends.end(kPartition), 2U);
}

TEST(GrowingEnds, WhatIsThereIsNotWaitedFor) {
  asio::io_context io(1);
  GrowingEnds ends;
  ends.publish(kPartition, 1);
  int came_back = 0;
  asio::co_spawn(io, follow(ends, 0, came_back), asio::detached);
  io.poll();
  EXPECT_EQ(came_back, 1);
}

/// An engine that stops: its log goes, then the executor with what it never resumed. (An engine on
/// Kafka ended with SIGSEGV here.)
TEST(GrowingEnds, MayGoBeforeTheExecutorOfThoseWhoWait) {
  int came_back = 0;
  auto ends = std::make_unique<GrowingEnds>();
  {
    asio::io_context io(1);
    asio::co_spawn(io, follow(*ends, 0, came_back), asio::detached);
    io.poll();
    ends.reset();
  }
  EXPECT_EQ(came_back, 0);
}

}  // namespace
}  // namespace motorcade::ports
