// The contract on a real broker, and what only Kafka can do to a log.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <future>
#include <thread>

#include "adapters/kafka/client.hpp"
#include "adapters/kafka/error.hpp"
#include "adapters/kafka/history.hpp"
#include "contract/kafka_harness.hpp"
#include "contract/log_contract.hpp"
#include "contract/move_contract.hpp"
#include "engine/core/cursors.hpp"
#include "engine/shell/message_sender.hpp"
#include "events/wire/records.hpp"

extern char** environ;

namespace motorcade::contract {
namespace {

using ports::Appended;
using Envelopes = std::vector<std::string>;
constexpr Partition kPartition{Stream::kVehicle, 0};

std::unique_ptr<LogHarness> make_kafka_harness() {
  return std::make_unique<KafkaHarness>();
}

INSTANTIATE_TEST_SUITE_P(Kafka, LogContract, testing::Values(&make_kafka_harness),
                         [](const auto&) { return "log"; });

Appended append(ports::PartitionWriter& writer, std::uint64_t next, Envelopes envelopes) {
  return run(writer.append({next}, envelopes)).outcome;
}

/// None: it succeeded.
template <class T>
std::error_code error_of(const Result<T>& result) {
  return result ? std::error_code{} : result.error().code;
}

pid_t start_owner(const kafka::Options& options, const std::string& fate) {
  const auto program =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / "kafka_owner";
  auto timeout = std::to_string(options.transaction_timeout.count());
  std::string words[]{program, options.prefix, timeout, fate};
  char* arguments[]{words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
  pid_t child = -1;
  EXPECT_EQ(posix_spawn(&child, words[0].c_str(), nullptr, nullptr, arguments, environ), 0);
  return child;
}

int status_of(pid_t child, int options = 0) {
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, options), child);
  return status;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// What each fault must lead to: the contract alone would let all be called unknown.
TEST(KafkaLog, EveryFaultHasItsOutcome) {
  const std::map<std::string, Appended> expected{
      {"the broker hangs", Appended::kUnknown},
      {"the broker refuses", Appended::kAborted},
      {"another owner took over", Appended::kFenced},
      {"the broker hangs before the commit", Appended::kUnknown},
      {"another owner takes over before the commit", Appended::kFenced},
      {"the transaction times out before the commit", Appended::kFenced}};
  KafkaHarness harness;
  harness.options().transaction_timeout = std::chrono::seconds(2);
  for (const auto& [fault, outcome] : expected) {
    SCOPED_TRACE(fault);
    auto writer = run(harness.log().take_over(kPartition));
    ASSERT_TRUE(writer) << to_string(writer.error());
    const auto next = run(harness.log().end(kPartition));
    harness.inject(fault);
    Envelopes envelopes(3, std::string(500, 'x'));
    const auto done = run((*writer)->append(*next, envelopes));
    harness.heal();
    EXPECT_EQ(done.outcome, outcome) << to_string(done.error);
  }
}

/// The timeout is a minute: if readers move on before, it is because the next owner ended what the
/// killed ones left open.
TEST(KafkaLog, OwnersKilledBetweenProduceAndCommitHoldNobodyUp) {
  auto options = kafka_options();
  options.transaction_timeout = std::chrono::minutes(1);
  const auto reader = open_kafka_log(options);
  for (int i = 0; i < 2; ++i) {
    const int status = status_of(start_owner(options, "die"));
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  }
  EXPECT_EQ(run(reader->end(kPartition))->value, 2U);
  const auto killed = std::chrono::steady_clock::now();
  const auto successor = open_kafka_log(options);
  auto writer = run(successor->take_over(kPartition));
  ASSERT_TRUE(writer) << to_string(writer.error());
  ASSERT_EQ(append(**writer, 2, {"after"}), Appended::kCommitted);
  EXPECT_EQ(run(reader->end(kPartition))->value, 3U);
  const auto found = run(reader->read(kPartition, {0}, 1000));
  ASSERT_EQ(found->size(), 3U);
  EXPECT_EQ((*found)[1].bytes, "committed");
  EXPECT_EQ((*found)[2].bytes, "after");
  std::printf("readers moved on %.2f s after the second kill\n", seconds_since(killed));
}

TEST(KafkaLog, AnOwnerThatWakesUpTooLateIsFenced) {
  auto options = kafka_options();
  options.transaction_timeout = std::chrono::minutes(1);
  const auto log = open_kafka_log(options);
  const auto zombie = start_owner(options, "stop");
  ASSERT_TRUE(WIFSTOPPED(status_of(zombie, WUNTRACED)));
  auto writer = run(log->take_over(kPartition));
  ASSERT_EQ(append(**writer, 1, {"mine"}), Appended::kCommitted);
  kill(zombie, SIGCONT);
  const int status = status_of(zombie);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(static_cast<Appended>(WEXITSTATUS(status)), Appended::kFenced);
  ASSERT_EQ(append(**writer, 2, {"mine"}), Appended::kCommitted);
  EXPECT_EQ(run(log->end(kPartition))->value, 3U);
}

TEST(KafkaLog, ATimeoutFencesWithoutASuccessor) {
  auto options = kafka_options();
  const auto log = open_kafka_log(options);
  const auto sleeper = start_owner(options, "stop");
  ASSERT_TRUE(WIFSTOPPED(status_of(sleeper, WUNTRACED)));
  KafkaHarness harness;
  harness.options().prefix = options.prefix;
  harness.wait_until_decided(kPartition);
  kill(sleeper, SIGCONT);
  EXPECT_EQ(static_cast<Appended>(WEXITSTATUS(status_of(sleeper))), Appended::kFenced);
  EXPECT_EQ(run(log->end(kPartition))->value, 1U);
}

asio::awaitable<std::uint64_t> wait_and_read(ports::EventLog& log) {
  co_await log.wait_for_events(kPartition, {0});
  co_return (co_await log.read(kPartition, {0}, 1000))->size();
}

TEST(KafkaLog, AnotherProcessIsWoken) {
  KafkaHarness harness;
  auto writer = run(harness.log().take_over(kPartition));
  auto& other = harness.other_log();
  std::thread thread([&] { EXPECT_GE(run(wait_and_read(other)), 1U); });
  EXPECT_EQ(append(**writer, 0, {"x"}), Appended::kCommitted);
  thread.join();
}

constexpr std::uint64_t kMessages = 3;

shell::Outgoing message(std::uint64_t sequence, Partition to) {
  return {{{Stream::kCatalog, 0}, {sequence}, 0}, {}, {}, {to, vehicle::NoteRelease{}}};
}

/// What a fold takes of an inbox, by the cursors that recognise repeats.
std::vector<std::uint64_t> taken_from(kafka::Log& log, Partition inbox) {
  core::SourceCursors cursors;
  std::vector<std::uint64_t> taken;
  const auto records = run(log.read_inbox(inbox, {0}, 1000));
  for (const auto& placed : *records) {
    const auto record = wire::decode_record(placed.bytes);
    const auto& cause = std::get<MessageCause>(record->cause);
    if (cursors.check(cause, log.birth().incarnation) == core::Taken::kFresh)
      taken.push_back(cause.id.sequence.value);
    cursors.take(cause, log.birth().incarnation);
  }
  return taken;
}

/// The broker is stopped until both have answered.
TEST(KafkaLog, ASendToASilentBrokerIsAnsweredAndNothingIsLostOrDoubled) {
  constexpr Partition kOther{Stream::kVehicle, 1};
  KafkaHarness harness;
  harness.options().operation_timeout = std::chrono::seconds(3);
  auto& log = harness.log();
  ASSERT_TRUE(run(log.send(kOther, {"connected"})));
  shell::MessageSender sender(log, log.birth().incarnation, Duration(1));
  harness.inject("the broker hangs");
  for (std::uint64_t i = 0; i < kMessages; ++i) sender.queue(message(i, kPartition));
  const auto sent = run(sender.send(Time(Duration(1))));
  const auto again = run(sender.send(Time(Duration(1000))));
  harness.heal();
  EXPECT_EQ(error_of(sent), make_error_code(kafka::LogErrc::kUnreachable));
  EXPECT_EQ(error_of(again), make_error_code(kafka::LogErrc::kBusy));
  sender.queue(message(kMessages, kPartition));
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (Time now(Duration(2000)); !sender.idle(); now += Duration(1000)) {
    ASSERT_LT(std::chrono::steady_clock::now(), give_up) << "the partition takes nothing again";
    (void)run(sender.send(now));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(taken_from(log, kPartition), (std::vector<std::uint64_t>{0, 1, 2, 3}));
  EXPECT_EQ(run(log.read_inbox(kPartition, {0}, 1000))->size(), 2 * kMessages + 1)
      << "what was given up is repeated";
}

/// Far more wait for the broker than there are threads to do so.
TEST(KafkaLog, WhatMemoryHasIsReadWhileTheBrokerIsSilent) {
  KafkaHarness harness;
  harness.options().operation_timeout = std::chrono::seconds(5);
  auto& log = harness.log();
  auto writer = run(log.take_over(kPartition));
  ASSERT_EQ(append(**writer, 0, {"a"}), Appended::kCommitted);
  harness.inject("the broker hangs");
  asio::thread_pool callers(1);
  std::vector<std::future<Result<Sequence>>> ends;
  for (int i = 0; i < 40; ++i)
    ends.push_back(asio::co_spawn(callers, log.end(kPartition), asio::use_future));
  asio::post(callers, asio::use_future).get();  // all have begun
  const auto found = run(log.read(kPartition, {0}, 1000));
  const auto answered = std::count_if(ends.begin(), ends.end(), [](auto& end) {
    return end.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  });
  harness.heal();
  EXPECT_EQ(answered, 0);
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_EQ(found->size(), 1U);
  for (auto& end : ends) (void)end.get();
}

/// More aborted records than a first look back would pass.
TEST(KafkaLog, TheEndIsFoundBehindAHoleOfAnySize) {
  KafkaHarness harness;
  auto writer = run(harness.log().take_over(kPartition));
  ASSERT_EQ(append(**writer, 0, {"a", "b"}), Appended::kCommitted);
  harness.inject("another owner takes over before the commit");
  EXPECT_EQ(append(**writer, 2, Envelopes(3000, "lost")), Appended::kFenced);
  harness.heal();
  harness.close();
  EXPECT_EQ(run(harness.log().end(kPartition))->value, 2U);
  writer = run(harness.log().take_over(kPartition));
  ASSERT_EQ(append(**writer, 2, {"c"}), Appended::kCommitted);
  EXPECT_EQ(run(harness.log().read(kPartition, {1}, 1000))->size(), 2U);
}

/// Commit markers carry the broker's clock; were it above the envelopes' timestamps, the time index
/// would name the first one for every place.
TEST(KafkaLog, AReadFromTheMiddleOfALongPartitionBeginsThere) {
  KafkaHarness harness;
  auto writer = run(harness.log().take_over(kPartition));
  for (std::uint64_t next = 0; next < 1000; next += 20)
    ASSERT_EQ(append(**writer, next, Envelopes(20, std::string(300, 'x'))), Appended::kCommitted);
  const kafka::InboxBases bases;
  kafka::History history(harness.options(), bases, 2);
  for (const std::uint64_t from : {500U, 901U, 1U}) {
    const auto found = history.read({kafka::Kind::kEvents, kPartition}, from, 1000, {.records = 3});
    ASSERT_TRUE(found) << to_string(found.error());
    EXPECT_EQ(found->front().place, from);
    EXPECT_EQ(found->size(), 3U);
  }
  EXPECT_LE(history.passed_over(), 60U) << "more than the three batches that hold those places";
}

/// As a program would that is not ours, or a fork of the chain.
void produce_alone(const kafka::Options& options, const std::string& key) {
  kafka::Callbacks callbacks{[](const rd_kafka_message_t&) {}};
  auto client = kafka::make_client(RD_KAFKA_PRODUCER, options, {}, &callbacks);
  const auto topic = kafka::topic_of(options.prefix, kafka::Kind::kEvents, kPartition.stream);
  char value[] = "stranger";
  ASSERT_EQ(rd_kafka_producev(client->get(), RD_KAFKA_V_TOPIC(topic.c_str()),
                              RD_KAFKA_V_PARTITION(kPartition.number),
                              RD_KAFKA_V_KEY(key.data(), key.size()),
                              RD_KAFKA_V_VALUE(value, sizeof value), RD_KAFKA_V_END),
            RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_EQ(rd_kafka_flush(client->get(), 10'000), RD_KAFKA_RESP_ERR_NO_ERROR);
}

TEST(KafkaLog, AForkOrAStrangersRecordIsDamage) {
  for (const auto& key : {kafka::key_of(1), kafka::key_of(5), std::string("key")}) {
    KafkaHarness harness;
    auto writer = run(harness.log().take_over(kPartition));
    ASSERT_EQ(append(**writer, 0, {"a", "b"}), Appended::kCommitted);
    produce_alone(harness.options(), key);
    const auto end = run(harness.log().end(kPartition));
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code, make_error_code(kafka::LogErrc::kDamaged));
    EXPECT_NE(end.error().context.find("where 2 belongs"), std::string::npos)
        << end.error().context;
    EXPECT_FALSE(run(harness.log().take_over(kPartition)));
  }
}

TEST(KafkaLog, ItIsBornOnce) {
  const auto options = kafka_options();
  std::vector<Incarnation> found(3);
  std::vector<std::thread> threads;
  for (auto& incarnation : found)
    threads.emplace_back([&] {
      const auto log = kafka::Log::open(options);
      EXPECT_TRUE(log) << (log ? "" : to_string(log.error()));
      if (log) incarnation = (*log)->birth().incarnation;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(found[0], found[1]);
  EXPECT_EQ(found[0], found[2]);
}

/// Somebody moves it while an owner runs: that one is fenced, and does not come back.
TEST(KafkaLog, ALogThatLeavesIsClosedToAll) {
  auto options = kafka_options();
  const auto log = open_kafka_log(options);
  auto writer = run(log->take_over(kPartition));
  ASSERT_EQ(append(**writer, 0, {"a"}), Appended::kCommitted);
  options.moving = true;
  const auto mover = open_kafka_log(options);
  ASSERT_TRUE(mover->set_state(ports::LogState::kLeaving));
  ASSERT_TRUE(run(mover->take_over(kPartition)));
  EXPECT_EQ(append(**writer, 1, {"b"}), Appended::kFenced);
  EXPECT_EQ(error_of(run(log->take_over(kPartition))), make_error_code(kafka::LogErrc::kMoved));
  options.moving = false;
  EXPECT_EQ(error_of(kafka::Log::open(options)), make_error_code(kafka::LogErrc::kMoved));
}

TEST(KafkaLog, ALogMovesWhole) {
  auto from = kafka_options(), to = kafka_options();
  from.moving = to.moving = true;
  const auto log = open_kafka_log(from);
  expect_it_moves_whole(*log, [&](ports::Heritage heritage) {
    to.heritage = std::move(heritage);
    return open_kafka_log(to);
  });
  from.make = false;  // as its readers open it
  EXPECT_EQ(open_kafka_log(from)->state(), ports::LogState::kMoved);
}

/// As a copy is born: positions go on where the original's were.
TEST(KafkaLog, AnInheritedInboxGoesOnAtItsPosition) {
  auto options = kafka_options();
  options.heritage =
      ports::Heritage{{Incarnation{{7}}, *options.counts}, {{kPartition, InboxPosition{1000}}}};
  options.moving = true;
  {
    const auto copy = open_kafka_log(options);
    EXPECT_EQ(copy->state(), ports::LogState::kArriving);
    EXPECT_EQ(run(copy->send(kPartition, {"x", "y"})), InboxPosition{1000});
    ASSERT_TRUE(copy->set_state(ports::LogState::kOpen));
  }
  EXPECT_EQ(error_of(kafka::Log::open(options)), make_error_code(kafka::LogErrc::kAlreadyThere));
  options.heritage.reset();
  const auto log = open_kafka_log(options);
  EXPECT_EQ(log->birth().incarnation, Incarnation{{7}});
  EXPECT_EQ(run(log->send(kPartition, {"z"})), InboxPosition{1002});
  ASSERT_TRUE(run(log->trim(kPartition, {1001})));
  const auto found = run(log->read_inbox(kPartition, {0}, 10));
  ASSERT_EQ(found->size(), 2U);
  EXPECT_EQ(found->front().position, InboxPosition{1001});
  EXPECT_EQ(found->front().bytes, "y");
}

/// What opening it answers once the broker has heard of a change.
std::error_code opens_as(const kafka::Options& options, std::error_code expected) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (true) {
    const auto opened = error_of(kafka::Log::open(options));
    if (opened == expected || std::chrono::steady_clock::now() > give_up) return opened;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

/// As administrators might have made them, or changed them since.
TEST(KafkaLog, TopicsThatMayLoseRecordsAreRefused) {
  auto options = kafka_options();
  ASSERT_TRUE(open_kafka_log(options));
  const auto admin = kafka::Admin::open(options);
  const auto unsafe = make_error_code(kafka::LogErrc::kUnsafeTopic);
  const struct {
    std::string topic, setting, bad, good;
  } cases[]{
      {".birth", "retention.ms", "604800000", "-1"},
      {".campaign.inbox", "retention.bytes", "1000000000", "-1"},
      {".vehicle.events", "max.message.bytes", "1048588", "8388608"},
      {".vehicle.events", "message.timestamp.after.max.ms", "3600000", "9223372036854775807"},
  };
  for (const auto& [topic, setting, bad, good] : cases) {
    SCOPED_TRACE(topic + " " + setting);
    ASSERT_TRUE(admin->set(options.prefix + topic, setting, bad));
    EXPECT_EQ(opens_as(options, unsafe), unsafe);
    ASSERT_TRUE(admin->set(options.prefix + topic, setting, good));
    EXPECT_EQ(opens_as(options, {}), std::error_code{});
  }
  auto safer = options;
  safer.min_insync_replicas = 2;
  EXPECT_EQ(opens_as(safer, unsafe), unsafe);
  safer.min_insync_replicas = 1;
  safer.replication = 2;
  EXPECT_EQ(opens_as(safer, unsafe), unsafe);
}

TEST(KafkaLog, WhatDoesNotFitIsRefused) {
  auto options = kafka_options();
  options.make = false;
  EXPECT_EQ(error_of(kafka::Log::open(options)), make_error_code(kafka::LogErrc::kNoLog));
  options.make = true;
  options.min_insync_replicas = 2;
  EXPECT_EQ(error_of(kafka::Log::open(options)), make_error_code(kafka::LogErrc::kBadRequest));
  options.min_insync_replicas = 1;
  ASSERT_TRUE(open_kafka_log(options));
  auto other = options;
  other.counts->vehicle = 7;
  EXPECT_EQ(error_of(kafka::Log::open(other)), make_error_code(kafka::LogErrc::kOtherBirth));
  other.client["no.such.setting"] = "1";
  EXPECT_EQ(error_of(kafka::Log::open(other)), make_error_code(kafka::LogErrc::kBadRequest));
  auto nobody = options;
  nobody.bootstrap = "127.0.0.1:1";
  nobody.operation_timeout = std::chrono::milliseconds(200);
  EXPECT_EQ(error_of(kafka::Log::open(nobody)), make_error_code(kafka::LogErrc::kUnreachable));
}

}  // namespace
}  // namespace motorcade::contract
