#include "engine/shell/log_tools.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "adapters/memory/log.hpp"
#include "digest/digest.hpp"
#include "support/coroutine.hpp"
#include "support/envelope_chain.hpp"

namespace motorcade::shell {
namespace {

using testing_support::EnvelopeChain;
using testing_support::run;
constexpr Partition kPartition{Stream::kVehicle, 1};
constexpr PartitionCounts kCounts{.vehicle = 2, .campaign = 1, .catalog = 1};

class LogTools : public testing::Test {
 protected:
  void append(std::string envelope) { store_->append(kPartition, {std::move(envelope)}); }
  LogReport verified() { return run(verify(log_)); }
  /// What is wrong with the log; empty: nothing.
  std::string problem() {
    const auto report = verified();
    EXPECT_LE(report.problems.size(), 1U);
    return report.problems.empty() ? "" : to_string(report.problems[0]);
  }

  std::shared_ptr<memory::Store> store_ =
      std::make_shared<memory::Store>(ports::LogBirth{{{7}}, kCounts});
  memory::Log log_{store_};
  EnvelopeChain chain_{kPartition};
};

TEST_F(LogTools, ASoundLogIsReportedSo) {
  std::string last;
  for (int i = 0; i < 30; ++i) append(last = chain_.make());
  const auto report = verified();
  EXPECT_TRUE(report.problems.empty()) << problem();
  ASSERT_EQ(report.partitions.size(), 4U);
  EXPECT_EQ(report.partitions[1].partition, kPartition);
  EXPECT_EQ(report.partitions[1].envelopes, 30U);
  EXPECT_EQ(report.partitions[1].facts, 7U * 10 + 1 + 2);
  EXPECT_EQ(report.partitions[1].head, Digest{digest::sha256(last)});
  EXPECT_EQ(report.partitions[0].envelopes, 0U);
  EXPECT_TRUE(report.partitions[0].head.is_zero());
}

TEST_F(LogTools, ABrokenChainIsNamed) {
  append(chain_.make());
  append(chain_.make());
  auto altered = chain_.make();
  const auto at = altered.find("vvvv");
  altered[at] = 'w';
  append(altered);
  append(chain_.make());
  EXPECT_NE(problem().find("vehicle/1@3: the chain is broken"), std::string::npos) << problem();
}

TEST_F(LogTools, AnEnvelopeOutOfItsPlaceIsNamed) {
  append(chain_.make());
  static_cast<void>(chain_.make());
  append(chain_.make());
  EXPECT_NE(problem().find("vehicle/1@1: the envelope of vehicle/1@2 stands here"),
            std::string::npos)
      << problem();
}

TEST_F(LogTools, GarbageIsNamed) {
  append(chain_.make());
  append("garbage");
  EXPECT_NE(problem().find("vehicle/1@1: not an envelope"), std::string::npos) << problem();
}

TEST_F(LogTools, NothingRunsBackwards) {
  append(chain_.make());
  chain_.draft().committed_at -= Duration(1);
  append(chain_.make());
  EXPECT_NE(problem().find("vehicle/1@1: committed_at runs backwards"), std::string::npos);

  store_ = std::make_shared<memory::Store>(store_->birth());
  memory::Log other(store_);
  EnvelopeChain chain(kPartition);
  chain.draft().position = {5};
  append(chain.make());
  chain.draft().position = {4};
  append(chain.make());
  const auto report = run(verify(other));
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_NE(report.problems[0].context.find("the inbox position runs backwards"),
            std::string::npos);
}

TEST_F(LogTools, NobodyReactsToWhatIsNotThere) {
  append(chain_.make());
  chain_.draft().reacted_through = 2;
  append(chain_.make());
  EXPECT_NE(problem().find("vehicle/1@1: reacted_through 2 cannot be"), std::string::npos);
}

TEST_F(LogTools, ADumpHoldsEveryByteAndWhereItEnds) {
  std::string envelopes, head(32, '\0');
  for (int i = 0; i < 3; ++i) {
    const auto envelope = chain_.make();
    head = Digest{digest::sha256(envelope)}.view();
    digest::CanonicalWriter entry;
    entry.text(envelope);
    envelopes += entry.bytes();
    append(envelope);
  }
  std::ostringstream out;
  ASSERT_TRUE(run(dump(log_, out)));
  const auto end = [](char count, const std::string& hash) {
    return std::string(7, '\0') + count + hash;
  };
  const std::string none(32, '\0');
  EXPECT_EQ(out.str(), "MCDUMP1\n" + ("\7" + std::string(15, '\0')) +
                           std::string("\0\2\0\1\0\1", 6) + envelopes + std::string(4, '\0') +
                           end(0, none) + end(3, head) + end(0, none) + end(0, none));
}

TEST_F(LogTools, AnUnsoundLogIsNotDumped) {
  append("garbage");
  std::ostringstream out;
  EXPECT_FALSE(run(dump(log_, out)));
}

}  // namespace
}  // namespace motorcade::shell
