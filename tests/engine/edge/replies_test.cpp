#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "adapters/memory/log.hpp"
#include "engine/edge/replies.hpp"
#include "events/wire/envelope.hpp"
#include "events/wire/facts.hpp"

namespace motorcade::edge {
namespace {
using namespace std::chrono_literals;
constexpr Partition kCatalog0{Stream::kCatalog, 0};

class RepliesTest : public testing::Test {
 public:
  /// Runs a test's body on the context; the tails end with it.
  void run(asio::awaitable<void> body) {
    std::exception_ptr broken;
    asio::co_spawn(io_, std::move(body), [&](std::exception_ptr e) {
      broken = e;
      replies_.stop();
    });
    io_.run();
    if (broken) std::rethrow_exception(broken);
  }
  void commit(Partition partition, Cause cause) {
    Envelope envelope;
    envelope.partition = partition;
    envelope.sequence = Sequence{store_->events(partition).size()};
    envelope.cause = cause;
    envelope.actor = "owner";
    envelope.facts.push_back(wire::encode_fact(catalog::Event(catalog::AlreadySatisfied{})));
    std::vector<std::string> bytes;
    bytes.push_back(wire::encode_envelope(envelope));
    store_->append(partition, std::move(bytes));
  }
  static MessageCause from_catalog(std::uint64_t sequence) {
    return {Incarnation{{1}}, {kCatalog0, Sequence{sequence}, 0}, std::nullopt};
  }
  /// Lets everything that can run do so.
  static asio::awaitable<void> settle() {
    for (int i = 0; i < 100; ++i) co_await asio::post(asio::use_awaitable);
  }

  asio::io_context io_;
  std::shared_ptr<memory::Store> store_ =
      std::make_shared<memory::Store>(ports::LogBirth{Incarnation{{1}}, {2, 2, 2}});
  memory::Log log_{store_};
  Replies replies_{io_.get_executor(), log_};
};

TEST_F(RepliesTest, EveryWaiterGetsTheEnvelopeOfItsRequest) {
  commit(kCatalog0, RequestCause{MessageId{{1}}});  // before the tails: nobody is told
  auto body = [](RepliesTest& t) -> asio::awaitable<void> {
    EXPECT_TRUE(co_await t.replies_.start());
    const auto here = co_await asio::this_coro::executor;
    auto first = t.replies_.expect(MessageId{{1}}, here),
         again = t.replies_.expect(MessageId{{1}}, here);
    auto other = t.replies_.expect(MessageId{{2}}, here);
    co_await settle();
    t.commit({Stream::kVehicle, 1}, ReportCause{MessageId{{2}}, VehicleId{{1}}, {}});
    t.commit(kCatalog0, RequestCause{MessageId{{1}}});
    t.commit(kCatalog0, RequestCause{MessageId{{1}}});
    const auto outcome = co_await first.outcome(10s);
    EXPECT_EQ(outcome.value().position, (Position{kCatalog0, Sequence{1}}));
    EXPECT_EQ(outcome.value().facts.size(), 1u);
    EXPECT_EQ((co_await again.outcome(10s)).value().position, outcome->position);
    EXPECT_EQ((co_await other.outcome(10s)).value().position,
              (Position{{Stream::kVehicle, 1}, Sequence{0}}));
  };
  run(body(*this));
}

TEST_F(RepliesTest, WhatDoesNotComeInTimeIsNone) {
  auto body = [](RepliesTest& t) -> asio::awaitable<void> {
    EXPECT_TRUE(co_await t.replies_.start());
    auto ticket = t.replies_.expect(MessageId{{1}}, co_await asio::this_coro::executor);
    t.commit(kCatalog0, RequestCause{MessageId{{9}}});
    EXPECT_FALSE(co_await ticket.outcome(5ms));
    t.commit(kCatalog0, RequestCause{MessageId{{1}}});
    EXPECT_TRUE(co_await ticket.outcome(10s)) << "it may still come";
  };
  run(body(*this));
}

TEST_F(RepliesTest, WhileNobodyWaitsTheTailsSkipAhead) {
  auto body = [](RepliesTest& t) -> asio::awaitable<void> {
    EXPECT_TRUE(co_await t.replies_.start());
    for (int i = 0; i < 100; ++i) t.commit(kCatalog0, RequestCause{MessageId{{9}}});
    co_await settle();
    auto ticket = t.replies_.expect(MessageId{{1}}, co_await asio::this_coro::executor);
    t.commit(kCatalog0, RequestCause{MessageId{{1}}});
    const auto outcome = co_await ticket.outcome(10s);
    EXPECT_EQ(outcome.value().position.sequence, Sequence{100});
  };
  run(body(*this));
}

TEST_F(RepliesTest, HeardByAllWhenEachPartitionTookTheMessageOrALaterOne) {
  auto body = [](RepliesTest& t) -> asio::awaitable<void> {
    EXPECT_TRUE(co_await t.replies_.start());
    auto ticket = t.replies_.expect(MessageId{{1}}, co_await asio::this_coro::executor);
    for (int i = 0; i < 5; ++i) t.commit(kCatalog0, RequestCause{MessageId{{9}}});
    t.commit(kCatalog0, RequestCause{MessageId{{1}}});
    const auto outcome = co_await ticket.outcome(10s);
    const auto source = outcome.value().position;
    t.commit({Stream::kCampaign, 0}, from_catalog(5));
    t.commit({Stream::kCampaign, 1}, from_catalog(4));
    EXPECT_FALSE(co_await ticket.heard_by(Stream::kCampaign, source, 20ms));
    const auto executor = co_await asio::this_coro::executor;
    asio::post(executor, [&t] { t.commit({Stream::kCampaign, 1}, from_catalog(7)); });
    EXPECT_TRUE(co_await ticket.heard_by(Stream::kCampaign, source, 10s));
  };
  run(body(*this));
}

}  // namespace
}  // namespace motorcade::edge
