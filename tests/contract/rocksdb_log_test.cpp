#include "contract/log_contract.hpp"
#include "contract/rocksdb_harness.hpp"

namespace motorcade::contract {
namespace {

std::unique_ptr<LogHarness> make_rocksdb_harness() {
  return std::make_unique<RocksdbHarness>();
}

INSTANTIATE_TEST_SUITE_P(Rocksdb, LogContract, testing::Values(&make_rocksdb_harness));

}  // namespace
}  // namespace motorcade::contract
