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

class EdgeTest : public testing::Test {
 protected:
  EdgeTest() {
    memory::Faults faults;
    faults.send = [this](Partition, std::size_t records) {
      sends_.push_back(records);
      return fate_;
    };
    faults.before = [this]() -> asio::awaitable<void> {
      co_await gate_.async_wait(asio::as_tuple(asio::use_awaitable));
    };
    log_.emplace(store_, faults);
    intake_.emplace(PartitionCounts{1, 1, 1}, *log_, *keys_, clock_,
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
  }
  ~EdgeTest() override {
    broker_.stop();
    edge_->stop();
    open(true);
    io_.run_for(std::chrono::seconds(5));  // until nothing is left
  }

  void open(bool open) {
    gate_.expires_at(open ? asio::steady_timer::time_point::min()
                          : asio::steady_timer::time_point::max());
  }
  template <class Condition>
  void run_until(Condition condition) {
    while (!condition()) io_.run_one();
  }
  void hear(const std::string& body, const std::string& vin = "WVWZZZ1KZAW000001") {
    ++heard_;
    broker_.say("vehicle/" + vin + "/ota/status", body);
  }
  /// All that was said has been handed on.
  void settle() {
    const auto taken = "} " + std::to_string(heard_) + "\n";
    while (metrics_.text().find("fate=\"taken\"" + taken) == std::string::npos)
      io_.run_one_for(std::chrono::milliseconds(1));
    io_.poll();
  }
  /// What stands in the inbox.
  std::vector<std::string> bodies() {
    std::vector<std::string> bodies;
    for (const auto& placed : store_->records({Stream::kVehicle, 0}, InboxPosition{0}, 100)) {
      const auto record = wire::decode_record(placed.bytes).value();
      bodies.push_back(keys_->open(record.subject, "inbox", record.body).value().value());
    }
    return bodies;
  }

  asio::io_context io_{1};
  asio::steady_timer gate_{io_, asio::steady_timer::time_point::min()};
  testing_support::FakeMqttBroker broker_{io_, [](int, const std::vector<std::string>& filters) {
                                            return std::vector<unsigned char>(filters.size(), 1);
                                          }};
  testing_support::TemporaryDirectory directory_;
  std::unique_ptr<files::KeyFiles> keys_ =
      files::KeyFiles::open(directory_.path() / "keys", files::Access::kWrite).value();
  std::shared_ptr<memory::Store> store_ =
      std::make_shared<memory::Store>(ports::LogBirth{Incarnation{{1}}, {1, 1, 1}});
  std::vector<std::size_t> sends_;
  memory::SendFault fate_ = memory::SendFault::kNone;
  MidnightClock clock_;
  edge::MetricsRegistry metrics_;
  edge::Journal journal_ = [](edge::Severity, const char*, const edge::JournalFields&) {};
  std::optional<memory::Log> log_;
  std::optional<edge::Intake> intake_;
  std::optional<Edge> edge_;
  int heard_ = 0;
};

TEST_F(EdgeTest, WhatGathersDuringAnAppendIsAppendedTogetherInOrder) {
  open(false);
  hear("1");
  settle();
  for (const auto* body : {"2", "3", "4", "5", "6"}) hear(body);
  settle();
  open(true);
  run_until([this] { return bodies().size() == 6; });
  EXPECT_EQ(bodies(), (std::vector<std::string>{"1", "2", "3", "4", "5", "6"}));
  EXPECT_EQ(sends_, (std::vector<std::size_t>{1, 4, 1}));
}

TEST_F(EdgeTest, WhatIsNotAppendedIsSentAgainBeforeWhatFollows) {
  fate_ = memory::SendFault::kLost;
  hear("1");
  run_until([this] { return sends_.size() >= 3; });
  hear("2");
  settle();
  fate_ = memory::SendFault::kNone;
  run_until([this] { return bodies().size() == 2; });
  EXPECT_EQ(bodies(), (std::vector<std::string>{"1", "2"}));
}

TEST_F(EdgeTest, AnAppendIsBoundedInBytes) {
  open(false);
  hear("1");
  settle();
  const std::string large(1000,
                          'x');  // two are more than an append takes, with what is around them
  for (int i = 0; i < 2; ++i) hear(large);
  settle();
  open(true);
  run_until([this] { return bodies().size() == 3; });
  EXPECT_EQ(sends_, (std::vector<std::size_t>{1, 1, 1}));
}

TEST_F(EdgeTest, AReportThatIsTooLargeIsRefusedOnRecordAndHoldsNobodyUp) {
  hear(std::string(1001, 'x'));
  hear("2");
  run_until([this] { return bodies().size() == 2; });
  EXPECT_EQ(bodies(), (std::vector<std::string>{"too large", "2"}));
}

}  // namespace
}  // namespace motorcade::mqtt_edge
