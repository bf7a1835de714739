#include "contract/move_contract.hpp"

#include <gtest/gtest.h>

#include "engine/shell/log_move.hpp"
#include "support/coroutine.hpp"
#include "support/envelope_chain.hpp"

namespace motorcade::contract {
namespace {

using ports::LogState;
using testing_support::run;
constexpr Partition kMoving{Stream::kVehicle, 0};
constexpr InboxPosition kTaken{2};

/// Two envelopes, which took two records of five.
std::vector<std::string> fill(ports::MovableLog& log) {
  testing_support::EnvelopeChain chain(kMoving);
  std::vector<std::string> envelopes;
  for (const std::uint64_t taken : {1, 2}) {
    chain.draft().position = {taken};
    envelopes.push_back(chain.make());
  }
  EXPECT_TRUE(run(log.send(kMoving, {"r0", "r1", "r2", "r3", "r4"})));
  const auto writer = run(log.take_over(kMoving));
  EXPECT_TRUE(writer) << (writer ? "" : to_string(writer.error()));
  if (!writer) return {};
  auto taken = envelopes;
  EXPECT_EQ(run((*writer)->append({0}, taken)).outcome, ports::Appended::kCommitted);
  return envelopes;
}

std::vector<std::string> envelopes_of(ports::EventLog& log) {
  const auto stored = run(log.read(kMoving, {0}, 1 << 20)).value();
  std::vector<std::string> found;
  for (const auto& envelope : stored) found.push_back(envelope.bytes);
  return found;
}

}  // namespace

void expect_it_moves_whole(
    ports::MovableLog& from,
    const std::function<std::unique_ptr<ports::MovableLog>(ports::Heritage)>& make_copy) {
  const auto envelopes = fill(from);
  const auto heritage = run(shell::close_for_move(from));
  ASSERT_TRUE(heritage) << to_string(heritage.error());
  EXPECT_EQ(from.state(), LogState::kLeaving);
  EXPECT_EQ(heritage->inbox_begins.at(kMoving), kTaken);
  const auto to = make_copy(*heritage);
  ASSERT_TRUE(to);
  EXPECT_EQ(to->state(), LogState::kArriving);
  const auto moved = run(shell::move_log(from, *to));
  ASSERT_TRUE(moved) << to_string(moved.error());
  EXPECT_EQ(moved->envelopes, envelopes.size());
  EXPECT_EQ(moved->records, 3U);
  EXPECT_EQ(from.state(), LogState::kMoved);
  EXPECT_EQ(to->state(), LogState::kOpen);
  EXPECT_EQ(to->birth().incarnation, from.birth().incarnation);
  EXPECT_EQ(envelopes_of(*to), envelopes);
  EXPECT_EQ(envelopes_of(from), envelopes) << "what has moved can still be read";

  const auto waiting = run(to->read_inbox(kMoving, kTaken, 10));
  ASSERT_TRUE(waiting) << to_string(waiting.error());
  ASSERT_EQ(waiting->size(), 3U);
  for (std::uint64_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*waiting)[i].position, InboxPosition{kTaken.value + i});
    EXPECT_EQ((*waiting)[i].bytes, "r" + std::to_string(kTaken.value + i));
  }
  EXPECT_EQ(run(to->send(kMoving, {"r5"})), InboxPosition{5});
  EXPECT_FALSE(run(shell::close_for_move(from))) << "a log moves once";
}

}  // namespace motorcade::contract
