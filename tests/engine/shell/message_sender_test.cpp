#include "engine/shell/message_sender.hpp"

#include <gtest/gtest.h>

#include "engine/shell/owner_world.hpp"
#include "engine/shell/signal.hpp"

namespace motorcade::shell {
namespace {

/// Answers when it is told to.
class SlowInbox final : public ports::Inbox {
 public:
  explicit SlowInbox(asio::io_context& io) : answer_(io.get_executor()) {}
  asio::awaitable<Result<InboxPosition>> send(Partition partition,
                                              std::vector<std::string> records) override {
    asked.push_back(partition);
    if (partition == kVehicles) co_await answer_.wait();
    co_return InboxPosition{records.size()};
  }
  asio::awaitable<Result<std::vector<ports::PlacedRecord>>> read_inbox(Partition, InboxPosition,
                                                                       std::size_t) override {
    co_return std::vector<ports::PlacedRecord>{};
  }
  asio::awaitable<void> wait_for_records(Partition, InboxPosition) override { co_return; }
  asio::awaitable<Result<void>> trim(Partition, InboxPosition) override {
    co_return Result<void>{};
  }
  void answer() { answer_.wake(); }

  std::vector<Partition> asked;

 private:
  Signal answer_;
};

TEST(MessageSender, ASlowInboxHoldsUpNoOther) {
  asio::io_context io;
  SlowInbox inbox(io);
  MessageSender sender(inbox, {}, std::chrono::seconds(1));
  sender.queue({{kCatalog, {0}, 0}, {}, {}, {kVehicles, vehicle::NoteRelease{}}});
  sender.queue({{kCatalog, {0}, 1}, {}, {}, {kCampaigns, campaign::NoteRelease{}}});
  std::optional<Result<void>> sent;
  asio::co_spawn(io, sender.send(Time{}),
                 [&](const std::exception_ptr&, Result<void> done) { sent = std::move(done); });
  io.poll();
  EXPECT_EQ(inbox.asked, (std::vector<Partition>{kVehicles, kCampaigns}));
  EXPECT_EQ(sender.queued(), 1U);
  EXPECT_EQ(sender.reacted_through({1}).value, 0U);
  EXPECT_FALSE(sent.has_value());
  inbox.answer();
  io.poll();
  ASSERT_TRUE(sent.has_value());
  EXPECT_TRUE(*sent);
  EXPECT_TRUE(sender.idle());
}

}  // namespace
}  // namespace motorcade::shell
