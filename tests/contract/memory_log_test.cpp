#include "adapters/memory/log.hpp"
#include "contract/log_contract.hpp"

namespace motorcade::contract {
namespace {

using memory::AppendFault;

ports::LogBirth birth() {
  ports::LogBirth birth{{}, kCounts};
  birth.incarnation.bytes[0] = 1;
  return birth;
}

class MemoryHarness final : public LogHarness {
 public:
  ports::EventLog& events() override { return log(); }
  ports::Inbox& inbox() override { return log(); }
  void close() override { log_.reset(); }
  void crash() override {
    log_.reset();
    store_->lose_power();
  }
  [[nodiscard]] std::vector<std::string> faults() const override {
    std::vector<std::string> names;
    for (const auto& [name, fate] : fates()) names.push_back(name);
    return names;
  }
  void inject(const std::string& fault) override { fate_ = fates().at(fault); }
  void heal() override { fate_ = {}; }
  [[nodiscard]] bool is_thread_safe() const override { return false; }

 private:
  static std::map<std::string, memory::AppendFate> fates() {
    return {{"aborted", {AppendFault::kAborted, 0}},
            {"fenced", {AppendFault::kFenced, 0}},
            {"unknown, none applied", {AppendFault::kUnknown, 0}},
            {"unknown, some applied", {AppendFault::kUnknown, 2}},
            {"unknown, all applied", {AppendFault::kUnknown, 1000}}};
  }
  memory::Log& log() {
    if (!log_) {
      memory::Faults faults;
      faults.append = [this](Partition, Sequence, std::size_t) { return fate_; };
      log_ = std::make_unique<memory::Log>(store_, std::move(faults));
    }
    return *log_;
  }
  std::shared_ptr<memory::Store> store_ = std::make_shared<memory::Store>(birth());
  memory::AppendFate fate_;
  std::unique_ptr<memory::Log> log_;
};

std::unique_ptr<LogHarness> make_memory_harness() {
  return std::make_unique<MemoryHarness>();
}

INSTANTIATE_TEST_SUITE_P(Memory, LogContract, testing::Values(&make_memory_harness));

constexpr Partition kPartition{Stream::kVehicle, 0};

struct SendCase {
  memory::SendFault fault;
  std::size_t before, after_delivery;
};

TEST(MemoryLog, SendsFailInEveryWay) {
  for (const auto& [fault, before, after] : {SendCase{memory::SendFault::kLost, 0, 0},
                                             {memory::SendFault::kArrives, 2, 2},
                                             {memory::SendFault::kArrivesLate, 0, 2}}) {
    auto store = std::make_shared<memory::Store>(birth());
    memory::Faults faults;
    faults.send = [fault = fault](Partition, std::size_t) { return fault; };
    memory::Log log(store, std::move(faults));
    EXPECT_FALSE(run(log.send(kPartition, {"a", "b"})));
    EXPECT_EQ(store->records(kPartition, {0}, 10).size(), before);
    store->deliver_late();
    EXPECT_EQ(store->records(kPartition, {0}, 10).size(), after);
  }
}

TEST(MemoryLog, AKilledProcessAppliesNothingMore) {
  auto store = std::make_shared<memory::Store>(birth());
  memory::Log log(store);
  auto writer = run(log.take_over(kPartition));
  log.kill();
  std::vector<std::string> envelopes{"x"};
  EXPECT_EQ(run((*writer)->append({0}, envelopes)).outcome, ports::Appended::kAborted);
  EXPECT_FALSE(run(log.send(kPartition, {"x"})));
  EXPECT_TRUE(store->events(kPartition).empty());
}

TEST(MemoryLog, AnotherProcessFences) {
  auto store = std::make_shared<memory::Store>(birth());
  memory::Log here(store), there(store);
  auto writer = run(here.take_over(kPartition));
  auto other = run(there.take_over(kPartition));
  std::vector<std::string> envelopes{"x"};
  EXPECT_EQ(run((*writer)->append({0}, envelopes)).outcome, ports::Appended::kFenced);
  EXPECT_EQ(run((*other)->append({0}, envelopes)).outcome, ports::Appended::kCommitted);
}

}  // namespace
}  // namespace motorcade::contract
