// An error at each step of a transaction, and what it must lead to.
#include "adapters/kafka/session.hpp"

#include "adapters/kafka/mock_brokers.hpp"

namespace motorcade::kafka {
namespace {

using ports::Appended;
using Errors = std::vector<rd_kafka_resp_err_t>;
constexpr Feed kEvents{Kind::kEvents, kVehicles};

/// What a process reads that comes only now.
std::uint64_t end_seen_by_another(const Options& options) {
  MockLog other(options);
  const auto end = other.tail->catch_up(kEvents);
  EXPECT_TRUE(end) << to_string(end.error());
  return end ? *end : UINT64_MAX;
}

struct SessionTest : testing::Test {
  void take_over_and_append_one() {
    const auto taken = session.take_over();
    ASSERT_TRUE(taken) << to_string(taken.error());
    const auto done = session.append({"first"});
    ASSERT_EQ(done.outcome, Appended::kCommitted) << to_string(done.error);
  }
  /// As an owner does: librdkafka keeps some errors of a topic until it asks about it again.
  ports::AppendOutcome append_patiently(const std::string& envelope) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    ports::AppendOutcome done{Appended::kAborted, {}};
    while (done.outcome == Appended::kAborted && std::chrono::steady_clock::now() < give_up) {
      done = session.append({envelope});
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return done;
  }
  /// As an owner does when it must: what is there is folded, and it goes on behind it.
  void expect_that_a_successor_goes_on() {
    MockLog other(brokers.options);
    Session successor(brokers.options, *other.tail, kVehicles);
    const auto taken = successor.take_over();
    ASSERT_TRUE(taken) << to_string(taken.error());
    const auto done = successor.append({"after"});
    EXPECT_EQ(done.outcome, Appended::kCommitted) << to_string(done.error);
    EXPECT_EQ(end_seen_by_another(brokers.options), *taken + 1);
  }

  MockBrokers brokers;
  MockLog log{brokers.options};
  Session session{brokers.options, *log.tail, kVehicles};
};

TEST_F(SessionTest, ATakeoverGoesOnOrSaysWhy) {
  const struct {
    std::string name;
    Errors errors;
    std::error_code outcome;
  } cases[]{
      {"the coordinator loads", {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS}, {}},
      {"the coordinator moves", {RD_KAFKA_RESP_ERR_NOT_COORDINATOR}, {}},
      {"the predecessor's transaction is being ended",
       {RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS},
       {}},
      {"no right to the id",
       {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED},
       LogErrc::kRefused},
      {"somebody else takes over", {RD_KAFKA_RESP_ERR_PRODUCER_FENCED}, LogErrc::kFenced},
  };
  for (const auto& [name, errors, outcome] : cases) {
    SCOPED_TRACE(name);
    brokers.fail(Request::kInitProducerId, errors);
    Session taking(brokers.options, *log.tail, kVehicles);
    const auto taken = taking.take_over();
    EXPECT_EQ(taken ? std::error_code{} : taken.error().code, outcome)
        << (taken ? "" : to_string(taken.error()));
  }
}

TEST_F(SessionTest, ATakeoverWithoutBrokersEnds) {
  brokers.stop();
  const auto taken = session.take_over();
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, make_error_code(LogErrc::kUnreachable)) << to_string(taken.error());
}

struct AppendCase {
  std::string name;
  Request request{};
  Errors errors;
  Appended outcome{};
};

void PrintTo(const AppendCase& it, std::ostream* out) {
  *out << it.name;
}

/// Before the commit is asked for an error aborts, unless it fences or passes; after it, it proves
/// nothing.
std::vector<AppendCase> append_cases() {
  using enum Request;
  return {
      {"AddedWhileTheCoordinatorLoads",
       kAddPartitions,
       {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS},
       Appended::kCommitted},
      {"AddedWhileTheCoordinatorMoves",
       kAddPartitions,
       {RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE},
       Appended::kCommitted},
      {"AddedWhileAnotherTransactionEnds",
       kAddPartitions,
       {RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS},
       Appended::kCommitted},
      {"AddingIsForbidden",
       kAddPartitions,
       {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED},
       Appended::kAborted},
      {"AddingIsFenced", kAddPartitions, {RD_KAFKA_RESP_ERR_PRODUCER_FENCED}, Appended::kFenced},
      {"AddingWithAnOldEpoch",
       kAddPartitions,
       {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH},
       Appended::kFenced},
      {"ProducedWhileTheLeaderMoves",
       kProduce,
       {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE},
       Appended::kCommitted},
      {"ProducedWithTooFewReplicas",
       kProduce,
       {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT},
       Appended::kCommitted},
      {"ProducingTooMuch", kProduce, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE}, Appended::kAborted},
      {"ProducingIsForbidden",
       kProduce,
       {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED},
       Appended::kAborted},
      {"ProducingWithAnOldEpoch",
       kProduce,
       {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH},
       Appended::kFenced},
      {"EndedWhileTheCoordinatorMoves",
       kEndTransaction,
       {RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE},
       Appended::kCommitted},
      {"EndingIsFenced", kEndTransaction, {RD_KAFKA_RESP_ERR_PRODUCER_FENCED}, Appended::kFenced},
      {"EndingWithAnOldEpoch",
       kEndTransaction,
       {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH},
       Appended::kFenced},
      {"EndingInAWrongState",
       kEndTransaction,
       {RD_KAFKA_RESP_ERR_INVALID_TXN_STATE},
       Appended::kUnknown},
      {"EndingIsForbidden",
       kEndTransaction,
       {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED},
       Appended::kUnknown},
  };
}

struct SessionErrors : SessionTest, testing::WithParamInterface<AppendCase> {};

TEST_P(SessionErrors, HaveTheirOutcome) {
  ASSERT_NO_FATAL_FAILURE(take_over_and_append_one());
  brokers.fail(GetParam().request, GetParam().errors);
  const auto done = session.append({"a", "b", "c"});
  EXPECT_EQ(done.outcome, GetParam().outcome) << to_string(done.error);
  const bool ended = done.outcome == Appended::kFenced || done.outcome == Appended::kUnknown;
  // What was produced before a commit that failed stays readable here, as no mock broker hides it.
  const bool produced =
      done.outcome == Appended::kCommitted || GetParam().request == Request::kEndTransaction;
  EXPECT_EQ(end_seen_by_another(brokers.options), produced ? 4U : 1U);
  if (ended) return expect_that_a_successor_goes_on();
  const auto next = append_patiently("d");
  EXPECT_EQ(next.outcome, Appended::kCommitted) << to_string(next.error);
  EXPECT_EQ(end_seen_by_another(brokers.options), produced ? 5U : 2U);
}

INSTANTIATE_TEST_SUITE_P(Kafka, SessionErrors, testing::ValuesIn(append_cases()),
                         [](const auto& it) { return it.param.name; });

TEST_F(SessionTest, ACommitOutlivesACoordinatorThatMoves) {
  brokers.options.before_commit = [this](Partition) { brokers.move_coordinator(3); };
  const auto taken = session.take_over();
  ASSERT_TRUE(taken) << to_string(taken.error());
  EXPECT_EQ(session.append({"a"}).outcome, Appended::kCommitted);
  EXPECT_EQ(end_seen_by_another(brokers.options), 1U);
}

TEST_F(SessionTest, AnAppendOutlivesALeaderThatMoves) {
  ASSERT_NO_FATAL_FAILURE(take_over_and_append_one());
  brokers.move_leader(kEvents, 3);
  EXPECT_EQ(session.append({"a"}).outcome, Appended::kCommitted);
  EXPECT_EQ(end_seen_by_another(brokers.options), 2U);
}

TEST_F(SessionTest, AnAppendWithoutALeaderIsAborted) {
  ASSERT_NO_FATAL_FAILURE(take_over_and_append_one());
  brokers.stop(1);
  const auto done = session.append({"a"});
  EXPECT_EQ(done.outcome, Appended::kAborted) << to_string(done.error);
  brokers.start();
  EXPECT_EQ(end_seen_by_another(brokers.options), 1U);
  EXPECT_EQ(session.append({"a"}).outcome, Appended::kCommitted);
}

/// Whether the coordinator heard of it nobody knows: who takes over folds what is there.
TEST_F(SessionTest, ACommitWithoutACoordinatorIsUnknown) {
  ASSERT_NO_FATAL_FAILURE(take_over_and_append_one());
  brokers.options.before_commit = [this](Partition) { brokers.stop(2); };
  const auto done = session.append({"a"});
  EXPECT_EQ(done.outcome, Appended::kUnknown) << to_string(done.error);
  brokers.start();
  brokers.options.before_commit = {};
  expect_that_a_successor_goes_on();
}

/// Aborted if the coordinator was not even told of the partition, so that there is nothing to end.
TEST_F(SessionTest, AnAppendWithoutBrokersAppliesNothing) {
  ASSERT_NO_FATAL_FAILURE(take_over_and_append_one());
  brokers.stop();
  const auto done = session.append({"a"});
  EXPECT_TRUE(done.outcome == Appended::kAborted || done.outcome == Appended::kUnknown)
      << to_string(done.error);
  brokers.start();
  EXPECT_EQ(end_seen_by_another(brokers.options), 1U);
  expect_that_a_successor_goes_on();
}

}  // namespace
}  // namespace motorcade::kafka
