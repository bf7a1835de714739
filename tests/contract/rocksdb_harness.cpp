#include "contract/rocksdb_harness.hpp"

namespace motorcade::contract {
namespace {

using ::rocksdb::IOStatus;
using testing_support::Operation;

/// What fails, as what, how often; and how much of a failed write is on the disk nevertheless.
struct Failure {
  Operation operation;
  IOStatus status;
  int times;
  std::size_t torn_bytes;
};
constexpr int kUntilHealed = 1 << 30;

std::map<std::string, Failure> failures() {
  const auto io = IOStatus::IOError("injected");
  const auto full = IOStatus::NoSpace("injected");
  return {
      {"one write fails", {Operation::kAppend, io, 1, 0}},
      {"one write fails torn", {Operation::kAppend, io, 1, 100}},
      {"one write fails after it was done", {Operation::kAppend, io, 1, 1 << 20}},
      {"one sync fails", {Operation::kSync, io, 1, 0}},
      {"writes fail", {Operation::kAppend, io, kUntilHealed, 0}},
      {"syncs fail", {Operation::kSync, io, kUntilHealed, 0}},
      {"the disk is full for one write", {Operation::kAppend, full, 1, 100}},
      {"the disk is full", {Operation::kAppend, full, kUntilHealed, 100}},
  };
}

}  // namespace

RocksdbHarness::RocksdbHarness(bool sync) {
  options_.directory = directory_.path() / "log";
  options_.counts = kCounts;
  options_.env = env_.get();
  options_.sync = sync;
  options_.min_free_bytes = 1 << 20;
}

rocks::Log& RocksdbHarness::log() {
  if (!log_) {
    auto opened = rocks::Log::open(options_);
    if (!opened) throw std::runtime_error(to_string(opened.error()));
    log_ = *std::move(opened);
  }
  return *log_;
}

void RocksdbHarness::crash_keeping(bool heads) {
  file_system_->cut_power();
  log_.reset();
  file_system_->lose_unsynced();
  if (!heads) std::filesystem::remove(options_.directory / "HEADS");
}

std::vector<std::string> RocksdbHarness::faults() const {
  std::vector<std::string> names;
  for (const auto& [name, failure] : failures()) names.push_back(name);
  return names;
}

void RocksdbHarness::inject(const std::string& fault) {
  auto failure = std::make_shared<Failure>(failures().at(fault));
  file_system_->set_torn_bytes(failure->torn_bytes);
  file_system_->set_fault([failure](Operation operation, const std::string& path) {
    if (operation != failure->operation || path.ends_with("/LOG") || failure->times <= 0)
      return IOStatus::OK();
    --failure->times;
    return failure->status;
  });
}

void RocksdbHarness::heal() {
  file_system_->set_fault({});
}

}  // namespace motorcade::contract
