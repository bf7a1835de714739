#include "contract/log_contract.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

namespace motorcade::contract {
namespace {

using ports::Appended;
using Envelopes = std::vector<std::string>;
constexpr Partition kFirst{Stream::kVehicle, 0}, kSecond{Stream::kVehicle, 1},
    kCampaign{Stream::kCampaign, 0};

Envelopes joined(Envelopes a, const Envelopes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST_P(LogContract, ItsBirthIsKept) {
  const auto birth = harness_->events().birth();
  EXPECT_EQ(birth.counts, kCounts);
  EXPECT_FALSE(birth.incarnation.is_zero());
  harness_->close();
  EXPECT_EQ(harness_->events().birth().incarnation, birth.incarnation);
  EXPECT_EQ(harness_->events().birth().counts, kCounts);
}

TEST_P(LogContract, AFreshLogIsEmpty) {
  EXPECT_EQ(end(kFirst), 0U);
  EXPECT_TRUE(read_all(kFirst).empty());
  EXPECT_TRUE(records(kFirst).empty());
}

TEST_P(LogContract, SequencesAreDenseAndEachPartitionHasItsOwn) {
  auto first = take_over(kFirst);
  auto second = take_over(kSecond);
  EXPECT_EQ(append(*first, 0, some(3, "a")), Appended::kCommitted);
  EXPECT_EQ(append(*second, 0, some(2, "b")), Appended::kCommitted);
  EXPECT_EQ(append(*first, 3, some(1, "c")), Appended::kCommitted);
  EXPECT_EQ(end(kFirst), 4U);
  EXPECT_EQ(end(kSecond), 2U);
  EXPECT_EQ(end(kCampaign), 0U);
  EXPECT_EQ(read_all(kFirst), joined(some(3, "a"), some(1, "c")));
  EXPECT_EQ(read_all(kSecond), some(2, "b"));
}

TEST_P(LogContract, ReadingBeginsAnywhereAndGoesInSteps) {
  auto writer = take_over(kFirst);
  Envelopes all;
  for (std::size_t count : {1, 7, 20, 3}) {
    auto batch = some(count, "batch" + std::to_string(count) + "-", 100);
    ASSERT_EQ(append(*writer, all.size(), batch), Appended::kCommitted);
    all = joined(std::move(all), batch);
  }
  for (std::size_t from = 0; from <= all.size(); ++from) {
    const Envelopes expected(all.begin() + static_cast<std::ptrdiff_t>(from), all.end());
    EXPECT_EQ(read_all(kFirst, from), expected) << from;
    EXPECT_EQ(read_all(kFirst, from, 1), expected) << "one at a time from " << from;
    EXPECT_EQ(read_all(kFirst, from, 450), expected) << "a few at a time from " << from;
  }
  EXPECT_TRUE(read_all(kFirst, all.size() + 100).empty());
  const auto few = run(harness_->events().read(kFirst, {0}, 450));
  EXPECT_LE(few->size(), 6U);
}

TEST_P(LogContract, AWrongSequenceIsFencedAndChangesNothing) {
  auto writer = take_over(kFirst);
  ASSERT_EQ(append(*writer, 0, some(2, "a")), Appended::kCommitted);
  for (const std::uint64_t wrong : {0, 1, 3, 1000}) {
    auto envelopes = some(2, "wrong");
    EXPECT_EQ(append_kept(*writer, wrong, envelopes), Appended::kFenced) << wrong;
    EXPECT_EQ(envelopes, some(2, "wrong")) << "moved only when committed";
    EXPECT_TRUE(last_error_.code);
  }
  EXPECT_EQ(read_all(kFirst), some(2, "a"));
}

TEST_P(LogContract, ANewerWriterFencesTheOlderForGood) {
  auto older = take_over(kFirst);
  auto elsewhere = take_over(kSecond);
  ASSERT_EQ(append(*older, 0, some(1, "a")), Appended::kCommitted);
  auto newer = take_over(kFirst);
  EXPECT_EQ(append(*older, 1, some(1, "b")), Appended::kFenced);
  EXPECT_EQ(append(*newer, 1, some(1, "c")), Appended::kCommitted);
  EXPECT_EQ(append(*older, 2, some(1, "d")), Appended::kFenced);
  EXPECT_EQ(append(*elsewhere, 0, some(1, "e")), Appended::kCommitted);
  EXPECT_EQ(read_all(kFirst), joined(some(1, "a"), some(1, "c")));
}

TEST_P(LogContract, WhatWasCommittedOutlivesClosingAndPower) {
  auto writer = take_over(kFirst);
  ASSERT_EQ(append(*writer, 0, some(5, "a")), Appended::kCommitted);
  writer.reset();
  harness_->close();
  EXPECT_EQ(read_all(kFirst), some(5, "a"));
  writer = take_over(kFirst);
  ASSERT_EQ(append(*writer, 5, some(2, "b")), Appended::kCommitted);
  writer.reset();
  harness_->crash();
  EXPECT_EQ(end(kFirst), 7U);
  EXPECT_EQ(read_all(kFirst), joined(some(5, "a"), some(2, "b")));
  writer = take_over(kFirst);
  EXPECT_EQ(append(*writer, 7, some(1, "c")), Appended::kCommitted);
}

/// Whatever fails: committed is all there, aborted is nothing there and may be tried again,
/// unknown leaves a prefix, and who takes over goes on from it.
TEST_P(LogContract, FaultsNeverMakeItLie) {
  for (const auto& fault : harness_->faults()) {
    SCOPED_TRACE(fault);
    auto before = read_all(kFirst);
    auto writer = take_over(kFirst);
    ASSERT_EQ(append(*writer, before.size(), some(1, "good")), Appended::kCommitted);
    before = joined(before, some(1, "good"));

    harness_->inject(fault);
    auto envelopes = some(4, fault, 500);
    const auto outcome = append_kept(*writer, before.size(), envelopes);
    harness_->heal();
    if (outcome != Appended::kCommitted) {
      EXPECT_EQ(envelopes, some(4, fault, 500));
      EXPECT_TRUE(last_error_.code);
    }
    if (outcome == Appended::kUnknown || outcome == Appended::kFenced) {
      EXPECT_NE(append(*writer, before.size(), some(1, "no")), Appended::kCommitted)
          << "it must take over again";
      writer = take_over_patiently(kFirst);
      ASSERT_TRUE(writer);
    }
    const auto found = read_all(kFirst);
    ASSERT_GE(found.size(), before.size());
    EXPECT_TRUE(std::equal(before.begin(), before.end(), found.begin()));
    const Envelopes extra(found.begin() + static_cast<std::ptrdiff_t>(before.size()), found.end());
    ASSERT_LE(extra.size(), 4U);
    EXPECT_TRUE(std::equal(extra.begin(), extra.end(), some(4, fault, 500).begin()));
    EXPECT_TRUE(outcome != Appended::kCommitted || extra.size() == 4);
    EXPECT_TRUE(outcome == Appended::kCommitted || outcome == Appended::kUnknown || extra.empty());

    ASSERT_EQ(append(*writer, found.size(), some(2, "after")), Appended::kCommitted)
        << to_string(last_error_);
    writer.reset();
    harness_->crash();
    EXPECT_EQ(read_all(kFirst), joined(found, some(2, "after")));
  }
}

TEST_P(LogContract, LimitsAreToldAndChangeNothing) {
  auto writer = take_over(kFirst);
  auto large = Envelopes{"small", std::string(kMaxEnvelopeBytes + 1, 'x')};
  EXPECT_EQ(append(*writer, 0, large), Appended::kAborted);
  EXPECT_TRUE(last_error_.code);
  EXPECT_EQ(append(*writer, 0, {}), Appended::kAborted);
  EXPECT_EQ(append(*writer, 0, Envelopes(20, std::string(kMaxEnvelopeBytes, 'x'))),
            Appended::kAborted);
  EXPECT_EQ(end(kFirst), 0U);
  EXPECT_EQ(append(*writer, 0, Envelopes(3, std::string(kMaxEnvelopeBytes, 'x'))),
            Appended::kCommitted);
  EXPECT_EQ(append(*writer, 3, Envelopes{""}), Appended::kCommitted);
  EXPECT_EQ(append(*writer, 4, some(5000, "many")), Appended::kCommitted);
  EXPECT_EQ(end(kFirst), 5004U);
  const auto huge = Envelopes{std::string(5 << 20, 'x')};
  EXPECT_FALSE(run(harness_->inbox().send(kFirst, huge)));
  EXPECT_FALSE(run(harness_->inbox().send(kFirst, {})));
  EXPECT_TRUE(records(kFirst).empty());
}

TEST_P(LogContract, ThereAreNoOtherPartitions) {
  const Partition none{Stream::kVehicle, kCounts.vehicle};
  EXPECT_FALSE(run(harness_->events().take_over(none)));
  EXPECT_FALSE(run(harness_->events().read(none, {0}, 100)));
  EXPECT_FALSE(run(harness_->events().end(none)));
  EXPECT_FALSE(run(harness_->inbox().send(none, {"x"})));
  EXPECT_FALSE(run(harness_->inbox().read_inbox(none, {0}, 1)));
  EXPECT_FALSE(run(harness_->inbox().trim(none, {0})));
}

TEST_P(LogContract, AnInboxKeepsItsOrder) {
  EXPECT_EQ(send(kFirst, some(3, "a")), 0U);
  EXPECT_EQ(send(kSecond, some(1, "x")), 0U);
  EXPECT_EQ(send(kFirst, some(2, "b")), 3U);
  const auto expected = joined(some(3, "a"), some(2, "b"));
  auto found = records(kFirst);
  ASSERT_EQ(found.size(), 5U);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].position.value, i);
    EXPECT_EQ(found[i].bytes, expected[i]);
  }
  found = records(kFirst, 2, 2);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].position.value, 2U);
  EXPECT_TRUE(records(kFirst, 5).empty());
}

TEST_P(LogContract, TrimmingAnInboxNeverReusesAPosition) {
  send(kFirst, some(6, "a"));
  trim(kFirst, 4);
  auto found = records(kFirst);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].position.value, 4U);
  trim(kFirst, 2);  // what is gone stays gone
  EXPECT_EQ(records(kFirst).size(), 2U);
  trim(kFirst, 6);
  EXPECT_TRUE(records(kFirst).empty());
  harness_->close();
  EXPECT_TRUE(records(kFirst).empty());
  EXPECT_EQ(send(kFirst, some(1, "b")), 6U);
  harness_->close();
  found = records(kFirst);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].position.value, 6U);
}

TEST_P(LogContract, ARecordBeforeACommitOutlivesPower) {
  auto writer = take_over(kSecond);
  send(kFirst, some(2, "a"));
  ASSERT_EQ(append(*writer, 0, some(1, "e")), Appended::kCommitted);
  send(kFirst, some(5, "b"));
  writer.reset();
  harness_->crash();
  const auto found = records(kFirst);
  ASSERT_GE(found.size(), 2U);
  EXPECT_EQ(found[1].bytes, some(2, "a")[1]);
  EXPECT_EQ(send(kFirst, some(1, "c")), found.size());
}

asio::awaitable<bool> append_after_waiting(ports::EventLog& log, ports::PartitionWriter& writer) {
  asio::steady_timer turn(co_await asio::this_coro::executor);
  turn.expires_after(std::chrono::milliseconds(1));
  co_await turn.async_wait(asio::use_awaitable);
  auto envelopes = Envelopes{"woken"};
  const auto done = co_await writer.append({0}, envelopes);
  const auto at = co_await log.end(kFirst);
  co_return done.outcome == Appended::kCommitted&& at && at->value == 1;
}

asio::awaitable<bool> wait_and_append(ports::EventLog& log, ports::PartitionWriter& writer) {
  using namespace asio::experimental::awaitable_operators;
  const bool appended =
      co_await (log.wait_for_events(kFirst, {0}) && append_after_waiting(log, writer));
  co_await log.wait_for_events(kFirst, {0});  // there already
  co_return appended;
}

TEST_P(LogContract, WhoWaitsForEventsIsWoken) {
  const auto writer = take_over(kFirst);
  EXPECT_TRUE(run(wait_and_append(harness_->events(), *writer)));
}

asio::awaitable<bool> wait_and_send(ports::Inbox& inbox) {
  using namespace asio::experimental::awaitable_operators;
  Envelopes records{"record"};
  auto sending = inbox.send(kFirst, std::move(records));
  const auto first = co_await (inbox.wait_for_records(kFirst, {0}) && std::move(sending));
  co_await inbox.wait_for_records(kFirst, {0});
  co_return first && first->value == 0;
}

TEST_P(LogContract, WhoWaitsForRecordsIsWoken) {
  EXPECT_TRUE(run(wait_and_send(harness_->inbox())));
}

asio::awaitable<bool> wait_no_longer(LogHarness& harness) {
  using namespace asio::experimental::awaitable_operators;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(std::chrono::milliseconds(5));
  co_await (harness.events().wait_for_events(kFirst, {0}) ||
            harness.inbox().wait_for_records(kFirst, {0}) || timer.async_wait(asio::use_awaitable));
  co_return true;
}

TEST_P(LogContract, WaitingEndsOnCancellation) {
  EXPECT_TRUE(run(wait_no_longer(*harness_)));
}

constexpr std::uint64_t kRounds = 40;

asio::awaitable<bool> write_rounds(LogHarness& harness, Partition partition) {
  auto taken = co_await harness.events().take_over(partition);
  if (!taken) co_return false;
  std::uint64_t next = 0;
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    Envelopes records{to_string(partition) + "#" + std::to_string(round)};
    const auto sent = co_await harness.inbox().send(partition, std::move(records));
    Envelopes envelopes(1 + round % 5, to_string(partition));
    const auto size = envelopes.size();
    const Sequence expected{next};
    const auto done = co_await (*taken)->append(expected, envelopes);
    if (!sent || sent->value != round || done.outcome != Appended::kCommitted) co_return false;
    next += size;
  }
  co_return true;
}

TEST_P(LogContract, AllPartitionsMayBeWrittenAtOnce) {
  std::vector<Partition> partitions{
      kFirst, kSecond, {Stream::kVehicle, 2}, kCampaign, {Stream::kCatalog, 0}};
  asio::thread_pool pool(harness_->is_thread_safe() ? 4 : 1);
  harness_->events();  // opened before the threads come
  std::vector<std::future<bool>> done;
  for (const auto partition : partitions)
    done.push_back(asio::co_spawn(asio::make_strand(pool), write_rounds(*harness_, partition),
                                  asio::use_future));
  for (auto& one : done) EXPECT_TRUE(one.get());
  pool.join();
  harness_->crash();
  for (const auto partition : partitions) {
    EXPECT_EQ(read_all(partition), Envelopes(kRounds * 3, to_string(partition)));
    EXPECT_GE(records(partition).size(), kRounds - 1);
  }
}

}  // namespace

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LogContract);

}  // namespace motorcade::contract
