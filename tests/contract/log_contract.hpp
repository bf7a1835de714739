// The contract of engine/ports/log.hpp, for any log:
//   INSTANTIATE_TEST_SUITE_P(Memory, LogContract, testing::Values(&make_memory_harness));
#pragma once
#include <gtest/gtest.h>

#include "contract/log_harness.hpp"
#include "support/coroutine.hpp"

namespace motorcade::contract {

namespace asio = boost::asio;

using testing_support::run;

class LogContract : public testing::TestWithParam<MakeHarness> {
 protected:
  using Envelopes = std::vector<std::string>;

  std::unique_ptr<ports::PartitionWriter> take_over(Partition partition) {
    auto writer = run(harness_->events().take_over(partition));
    EXPECT_TRUE(writer) << (writer ? "" : to_string(writer.error()));
    return writer ? *std::move(writer) : nullptr;
  }
  /// As an owner does it after a failure: again and again.
  std::unique_ptr<ports::PartitionWriter> take_over_patiently(Partition partition) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < give_up)
      if (auto writer = run(harness_->events().take_over(partition))) return *std::move(writer);
    return nullptr;
  }
  ports::Appended append(ports::PartitionWriter& writer, std::uint64_t next, Envelopes envelopes) {
    return append_kept(writer, next, envelopes);
  }
  ports::Appended append_kept(ports::PartitionWriter& writer, std::uint64_t next,
                              Envelopes& envelopes) {
    auto done = run(writer.append({next}, envelopes));
    last_error_ = done.error;
    return done.outcome;
  }
  std::uint64_t end(Partition partition) {
    const auto end = run(harness_->events().end(partition));
    EXPECT_TRUE(end);
    return end ? end->value : 0;
  }
  /// All envelopes from `from` on, in steps of about max_bytes; checks that they are dense.
  Envelopes read_all(Partition partition, std::uint64_t from = 0, std::size_t max_bytes = 1 << 20) {
    Envelopes all;
    while (true) {
      const auto some = run(harness_->events().read(partition, {from}, max_bytes));
      EXPECT_TRUE(some) << (some ? "" : to_string(some.error()));
      if (!some || some->empty()) return all;
      for (const auto& envelope : *some) {
        EXPECT_EQ(envelope.sequence.value, from++);
        all.push_back(envelope.bytes);
      }
    }
  }
  std::uint64_t send(Partition partition, Envelopes records) {
    const auto first = run(harness_->inbox().send(partition, std::move(records)));
    EXPECT_TRUE(first) << (first ? "" : to_string(first.error()));
    return first ? first->value : 0;
  }
  std::vector<ports::PlacedRecord> records(Partition partition, std::uint64_t from = 0,
                                           std::size_t max = 1000) {
    auto found = run(harness_->inbox().read_inbox(partition, {from}, max));
    EXPECT_TRUE(found) << (found ? "" : to_string(found.error()));
    return found ? *std::move(found) : std::vector<ports::PlacedRecord>{};
  }
  void trim(Partition partition, std::uint64_t through) {
    const auto done = run(harness_->inbox().trim(partition, {through}));
    EXPECT_TRUE(done) << (done ? "" : to_string(done.error()));
  }
  static Envelopes some(std::size_t count, const std::string& name, std::size_t size = 40) {
    Envelopes made;
    for (std::size_t i = 0; i < count; ++i) {
      made.push_back(name + std::to_string(i) + '\0');
      made.back().resize(std::max(size, made.back().size()), static_cast<char>('a' + i % 26));
    }
    return made;
  }

  std::unique_ptr<LogHarness> harness_ = GetParam()();
  Error last_error_;
};

}  // namespace motorcade::contract
