#include <algorithm>

#include "adapters/kafka/snapshots.hpp"
#include "contract/kafka_harness.hpp"
#include "contract/snapshot_contract.hpp"

namespace motorcade::contract {
namespace {

/// A store whose pieces are small.
class TopicHarness final : public SnapshotHarness {
 public:
  TopicHarness() {
    options_ = kafka_options();
    options_.snapshot_piece_bytes = 300;
    (void)open_kafka_log(options_);  // makes the topics
  }
  std::unique_ptr<ports::SnapshotStore> open() override {
    auto opened = kafka::Snapshots::open(options_, {kSnapshotsOf, kCounts});
    if (!opened) throw std::runtime_error(to_string(opened.error()));
    store_ = opened->get();
    return *std::move(opened);
  }
  void settle() override { store_->flush(); }
  kafka::Options& options() { return options_; }

 private:
  kafka::Options options_;
  kafka::Snapshots* store_ = nullptr;
};

INSTANTIATE_TEST_SUITE_P(Topic, SnapshotContract,
                         testing::Values([] { return std::make_unique<TopicHarness>(); }));

class SnapshotTopic : public SnapshotContract {
 protected:
  kafka::Options& options() { return dynamic_cast<TopicHarness&>(*harness_).options(); }
  /// A record as a process would write it that died, or is too late.
  void write(const std::string& key, const std::string& value) {
    auto producer = kafka::make_client(RD_KAFKA_PRODUCER, options(), {});
    ASSERT_TRUE(producer);
    const auto topic = kafka::snapshot_topic(options());
    rd_kafka_producev(
        producer->get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(kPartition.number),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key.data(), key.size()),
        RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()), RD_KAFKA_V_END);
    EXPECT_EQ(rd_kafka_flush(producer->get(), 30'000), RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  /// The values that the partition has, in order.
  std::vector<std::string> values() {
    std::vector<std::string> found;
    const auto read = kafka::read_to_end(
        options(), kafka::snapshot_topic(options()), kPartition.number, RD_KAFKA_OFFSET_BEGINNING,
        [&](const auto& message) {
          found.emplace_back(static_cast<const char*>(message.payload), message.len);
        });
    EXPECT_TRUE(read);
    return found;
  }
};

TEST_P(SnapshotTopic, AnIncompleteOneIsPassedOver) {
  put(snapshot(1));
  put(snapshot(2));
  const auto pieces = values();
  ASSERT_EQ(pieces.size(), 4U);
  auto later = pieces[3];  // the last piece of one that is newer, and has no first
  later[sizeof(Incarnation::bytes) + 7] = 3;
  write("2/1", later);
  write("3/0", "no piece at all");
  write("3/1", "");
  EXPECT_EQ(newest(1000), 2U);
}

TEST_P(SnapshotTopic, OfAnotherIncarnationNoneIsFound) {
  put(snapshot(1));
  auto other = snapshot(2);
  other.incarnation.bytes[0] = 99;
  put(other);
  EXPECT_EQ(newest(1000), 1U);
}

TEST_P(SnapshotTopic, TheNewestIsFoundBehindManyThatCannotBeUsed) {
  put(snapshot(1));
  for (std::uint64_t sequence = 2; sequence < 300; ++sequence) put(snapshot(sequence, kFold + 1));
  EXPECT_EQ(newest(1000), 1U);
  EXPECT_EQ(newest(1000, kFold + 1), 299U);
}

TEST_P(SnapshotTopic, SlotsAreUsedInTurnAlsoByTheNextProcess) {
  std::vector<std::string> keys;
  const auto read = [&] {
    keys.clear();
    return kafka::read_to_end(options(), kafka::snapshot_topic(options()), kPartition.number,
                              RD_KAFKA_OFFSET_BEGINNING, [&](const auto& message) {
                                keys.emplace_back(static_cast<const char*>(message.key),
                                                  message.key_len);
                              });
  };
  for (std::uint64_t sequence = 1; sequence <= 2; ++sequence) put(snapshot(sequence));
  store_ = harness_->open();
  EXPECT_EQ(newest(9), 2U);
  for (std::uint64_t sequence = 3; sequence <= 5; ++sequence) put(snapshot(sequence));
  ASSERT_TRUE(read());
  const std::vector<std::string> wanted{"0/0", "0/1", "1/0", "1/1", "2/0",
                                        "2/1", "3/0", "3/1", "0/0", "0/1"};
  EXPECT_EQ(keys, wanted);
}

INSTANTIATE_TEST_SUITE_P(Topic, SnapshotTopic,
                         testing::Values([] { return std::make_unique<TopicHarness>(); }));

}  // namespace
}  // namespace motorcade::contract
