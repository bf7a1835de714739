// Reports on their way from the broker into inboxes: together, in order, and until they are there.
#include "adapters/mqtt/edge.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "adapters/files/key_store.hpp"
#include "adapters/memory/log.hpp"
#include "engine/edge/metrics_registry.hpp"
#include "events/wire/records.hpp"
#include "support/fake_mqtt_broker.hpp"
#include "support/temporary_directory.hpp"

namespace motorcade::mqtt_edge {
namespace {

class MidnightClock final : public ports::Clock {
 public:
  [[nodiscard]] Time now() const override { return Time{}; }
  asio::awaitable<void> sleep_until(Time) override { co_return; }
};

/// A user property (MQTT 5 §2.2.2.2).
std::string property(const std::string& name, const std::string& value) {
  const auto text = [](const std::string& words) {
    return std::string(1, '\0') + static_cast<char>(words.size()) + words;
  };
  return '\x26' + text(name) + text(value);
}

class EdgeTest : public testing::Test {
 protected:
  using Sizes = std::vector<std::size_t>;
  using Bodies = std::vector<std::string>;
  EdgeTest() {
    const auto wait = [this]() -> asio::awaitable<void> {
      constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
      (void)co_await gate_.async_wait(kAsTuple);
    };
    memory::Faults faults;
    faults.before = wait;
    faults.send = [this](Partition inbox, std::size_t records) {
      sends_.push_back(records);
      return inbox.number == broken_ ? fault_ : memory::SendFault::kNone;
    };
    log_.emplace(store_, faults);
    intake_.emplace(PartitionCounts{2, 1, 1}, *log_, *keys_, clock_,
                    edge::IntakeLimits{1000, 1000});
    EdgeOptions options;
    options.session.uri = broker_.uri();
    options.session.client_id = "edge-of-the-tests";
    options.session.limits.retry = std::chrono::milliseconds(1);
    options.session.limits.reports_per_append = 4;
    options.session.limits.bytes_per_append = 2000;
    edge_.emplace(std::move(options), *intake_, nullptr, metrics_, journal_, io_.get_executor());
    EXPECT_TRUE(edge_->start());
    run_until([this] { return edge_->subscribed(); });
    // Two vehicles, each with an inbox of its own.
    while (intake_->inbox_of(others_) == intake_->inbox_of(kVin)) ++others_.back();
  }
  ~EdgeTest() override {
    broker_.stop();
    run_until([this] { return !edge_->connected(); });
    edge_->stop();
    open(true);
    io_.run_for(std::chrono::seconds(5));  // until nothing is left
  }

  /// Whether appends go on.
  void open(bool open) {
    gate_.expires_at(open ? asio::steady_timer::time_point::min()
                          : asio::steady_timer::time_point::max());
  }
  template <class Condition>
  void run_until(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), until) << "waited in vain";
      io_.run_one_for(std::chrono::milliseconds(100));
    }
  }
  void hear(const std::string& vin, const std::string& body) {
    broker_.say("vehicle/" + vin + "/ota/status", body,
                property("outbox-epoch", "1") + property("outbox-id", "0123456789abcdef") +
                    property("sequence", std::to_string(++heard_)));
  }
  void hear_unnumbered(const std::string& vin, const std::string& body) {
    broker_.say("vehicle/" + vin + "/ota/status", body);
  }
  /// Returns when all that was said has been taken: what is said last is counted last.
  void settle() {
    broker_.say("nobody");
    const auto counted = "fate=\"not a vehicle\"} " + std::to_string(++settled_) + "\n";
    run_until([&] { return metrics_.text().find(counted) != std::string::npos; });
    io_.poll();
  }
  /// What stands in the vehicle's inbox.
  Bodies bodies(const std::string& vin) {
    Bodies bodies;
    for (const auto& placed : store_->records(intake_->inbox_of(vin), InboxPosition{0}, 100)) {
      const auto record = wire::decode_record(placed.bytes).value();
      bodies.push_back(keys_->open(record.subject, "inbox", record.body).value().value());
    }
    return bodies;
  }

  const std::string kVin = "WVWZZZ1KZAW000001";
  std::string others_ = "WVWZZZ1KZAW000002";
  asio::io_context io_{1};
  asio::steady_timer gate_{io_, asio::steady_timer::time_point::min()};
  testing_support::FakeMqttBroker broker_{io_, [](int, const std::vector<std::string>& filters) {
                                            return std::vector<unsigned char>(filters.size(), 1);
                                          }};
  testing_support::TemporaryDirectory directory_;
  std::unique_ptr<files::KeyFiles> keys_ =
      files::KeyFiles::open(directory_.path() / "keys", files::Access::kWrite).value();
  std::shared_ptr<memory::Store> store_ =
      std::make_shared<memory::Store>(ports::LogBirth{Incarnation{{1}}, {2, 1, 1}});
  Sizes sends_;  ///< how many records each append had
  int broken_ = -1;
  memory::SendFault fault_ = memory::SendFault::kLost;
  MidnightClock clock_;
  edge::MetricsRegistry metrics_;
  edge::Journal journal_ = [](edge::Severity, const char*, const edge::JournalFields&) {};
  std::optional<memory::Log> log_;
  std::optional<edge::Intake> intake_;
  std::optional<Edge> edge_;
  int heard_ = 0, settled_ = 0;
};

TEST_F(EdgeTest, WhatGathersDuringAnAppendIsAppendedTogetherInOrder) {
  open(false);
  hear(kVin, "1");
  settle();
  for (const auto* body : {"2", "3", "4", "5", "6"}) hear(kVin, body);
  settle();
  open(true);
  run_until([this] { return bodies(kVin).size() == 6; });
  EXPECT_EQ(bodies(kVin), (Bodies{"1", "2", "3", "4", "5", "6"}));
  EXPECT_EQ(sends_, (Sizes{1, 4, 1}));
}

TEST_F(EdgeTest, AnAppendIsBoundedInBytes) {
  open(false);
  hear(kVin, "1");
  settle();
  const std::string large(999, 'x');  // two, sealed and placed, are more than an append takes
  hear(kVin, large);
  hear(kVin, large);
  settle();
  open(true);
  run_until([this] { return bodies(kVin).size() == 3; });
  EXPECT_EQ(sends_, (Sizes{1, 1, 1}));
}

TEST_F(EdgeTest, WhatFailsIsSentAgainInFewerAtOnceAndInOrder) {
  open(false);
  hear(kVin, "1");
  settle();
  for (const auto* body : {"2", "3", "4", "5", "6"}) hear(kVin, body);
  settle();
  broken_ = intake_->inbox_of(kVin).number;
  open(true);
  run_until([this] { return sends_.size() >= 3; });
  broken_ = -1;
  run_until([this] { return bodies(kVin).size() == 6; });
  EXPECT_EQ(bodies(kVin), (Bodies{"1", "2", "3", "4", "5", "6"}));
  sends_.resize(3);
  EXPECT_EQ(sends_, (Sizes{1, 2, 1})) << "what waited, a half of the most, a quarter";
}

TEST_F(EdgeTest, AnInboxThatTakesNothingHoldsUpNoOther) {
  broken_ = intake_->inbox_of(kVin).number;
  hear(kVin, "1");
  hear(others_, "1");
  hear(others_, "2");
  run_until([this] { return bodies(others_).size() == 2; });
  EXPECT_EQ(bodies(others_), (Bodies{"1", "2"}));
  EXPECT_TRUE(bodies(kVin).empty());
  broken_ = -1;
  run_until([this] { return bodies(kVin).size() == 1; });
}

TEST_F(EdgeTest, OfAVehicleThatNumbersNothingEachReportIsAppendedBeforeTheNext) {
  open(false);
  hear_unnumbered(kVin, "1");
  settle();
  hear_unnumbered(kVin, "2");
  hear_unnumbered(kVin, "3");
  settle();
  broken_ = intake_->inbox_of(kVin).number;
  fault_ = memory::SendFault::kArrives;
  open(true);
  run_until([this] { return sends_.size() >= 2; });
  broken_ = -1;
  run_until([this] { return bodies(kVin).back() == "3"; });
  auto seen = bodies(kVin);
  EXPECT_GT(seen.size(), 3U) << "nothing was sent again";
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  EXPECT_EQ(seen, (Bodies{"1", "2", "3"})) << "a repeat comes right after what it repeats";
}

TEST_F(EdgeTest, AReportThatIsTooLargeIsRefusedOnRecordAndHoldsNobodyUp) {
  hear(kVin, std::string(1001, 'x'));
  hear(kVin, "2");
  run_until([this] { return bodies(kVin).size() == 2; });
  EXPECT_EQ(bodies(kVin), (Bodies{"too large", "2"}));
}

}  // namespace
}  // namespace motorcade::mqtt_edge
