// Two owners of one partition, as two processes have them while one does not know of the other.
#include "engine/shell/owner_script.hpp"

namespace motorcade::shell {
namespace {

/// One of them, with a thread of its own to be scheduled on.
struct Rival {
  asio::io_context io;
  memory::Log log;
  OpenKeys keys;
  Owner<core::catalogs::Catalog> owner;

  Rival(OwnerTest& world, OwnerOptions options)
      : log(world.store),
        keys(world.key_destroyed),
        owner({log, log, world.clock, keys, world.snapshots, world.reporter}, kCatalog, options,
              io.get_executor()) {
    asio::co_spawn(io, owner.run(), asio::detached);
  }
  /// Until it waits for something.
  void run() {
    io.restart();
    for (int step = 0; io.poll_one() > 0; ++step) {
      ASSERT_LT(step, 10'000) << "it does not come to rest";
      io.restart();
    }
  }
};

class OwnerRivals : public testing::Test {
 protected:
  void start(std::unique_ptr<Rival>& rival) {
    rival = std::make_unique<Rival>(world_, options_);
    rival->run();
  }
  void upload() {
    auto release = kRelease;
    release.release = id<ReleaseId>(static_cast<std::uint8_t>(++uploads_));
    release.version.minor = uploads_;
    script_.upload(release);
  }
  /// So many uploads, one each tenth of a second, which all that live may take.
  void live(std::uint32_t uploads) {
    for (std::uint32_t n = 0; n < uploads; ++n) {
      upload();
      for (auto* rival : {old_.get(), successor_.get()})
        if (rival != nullptr) rival->run();
      pass(100ms);
    }
  }
  void pass(Duration time) {
    world_.clock.move(time);
    for (auto* rival : {old_.get(), successor_.get()})
      if (rival != nullptr) rival->run();
  }
  [[nodiscard]] std::uint64_t takeovers() { return world_.store->epoch(kCatalog); }
  [[nodiscard]] std::size_t decided() { return world_.store->events(kCatalog).size(); }

  OwnerTest world_;
  Script script_{world_};
  OwnerOptions options_;
  std::uint32_t uploads_ = 0;
  std::unique_ptr<Rival> old_, successor_;
};

TEST_F(OwnerRivals, FenceEachOtherAFewTimesAndThenOneOwnsThePartition) {
  start(old_);
  start(successor_);
  live(100);
  const auto settled = takeovers();
  EXPECT_LE(settled, 6U);
  live(100);
  EXPECT_EQ(takeovers(), settled);
  EXPECT_EQ(decided(), 200U);
}

TEST_F(OwnerRivals, TheOneThatWasFencedComesBackWhenThePartitionStandsStill) {
  start(old_);
  start(successor_);
  live(20);
  const auto settled = takeovers();
  successor_.reset();  // it owned the partition: the old one was fenced by its first append
  upload();
  for (int second = 0; second < 60; ++second) pass(1s);
  EXPECT_EQ(takeovers(), settled + 1);
  EXPECT_EQ(decided(), 21U);
}

TEST_F(OwnerRivals, TheOneThatStaysAwaySaysAtOnceThatItOwnsNothing) {
  start(old_);
  start(successor_);
  upload();
  old_->run();  // fenced
  std::optional<std::optional<ports::OwnerState>> answer;
  asio::co_spawn(
      old_->io, old_->owner.state(),
      [&](std::exception_ptr, std::optional<ports::OwnerState> state) { answer = state; });
  old_->run();
  ASSERT_TRUE(answer) << "it waits for its rival to go";
  EXPECT_FALSE(*answer);
}

TEST_F(OwnerRivals, AnOwnerThatWasReplacedDoesNotWaitForWhatItsSuccessorHasTrimmed) {
  options_.trim_every = 1;
  start(old_);
  start(successor_);
  upload();
  successor_->run();  // taken, and trimmed
  old_->run();        // told of a record that is gone
  live(50);
  EXPECT_EQ(takeovers(), 2U);
  EXPECT_EQ(decided(), 51U);
}

}  // namespace
}  // namespace motorcade::shell
