#include "adapters/rocksdb/error.hpp"
#include "contract/log_contract.hpp"
#include "contract/move_contract.hpp"
#include "contract/rocksdb_harness.hpp"

namespace motorcade::contract {
namespace {

std::unique_ptr<LogHarness> make_rocksdb_harness() {
  return std::make_unique<RocksdbHarness>();
}

INSTANTIATE_TEST_SUITE_P(Rocksdb, LogContract, testing::Values(&make_rocksdb_harness));

TEST(RocksdbMove, ALogMovesWhole) {
  RocksdbHarness from, to;
  from.options().moving = to.options().moving = true;
  expect_it_moves_whole(from.log(), [&](ports::Heritage heritage) {
    to.options().heritage = std::move(heritage);
    return rocks::Log::open(to.options()).value();
  });
}

TEST(RocksdbMove, WhatIsNotThereDoesNotMove) {
  RocksdbHarness from;
  from.options().make = false;
  const auto log = rocks::Log::open(from.options());
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, rocks::LogErrc::kNoLog);
  EXPECT_FALSE(std::filesystem::exists(from.options().directory));
}

}  // namespace
}  // namespace motorcade::contract
