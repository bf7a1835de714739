// A role's processes as a consumer group: one consumer per process and role, which is assigned the
// partitions of the role's topics (cooperative and sticky: who lives keeps what it has) and fetches
// nothing. Group: PREFIX.ROLE.
//
// Partitions are given back once the work on them has ended; who was silent for the session's time
// has lost them and learns it when it is back. For people, the committed offsets of a group without
// members, PREFIX.taken, show how far inboxes are taken (kafka-consumer-groups --describe); nothing
// here reads them. (A member that commits while its group is divided anew loses all it has, in
// librdkafka without its pull request 4908.)
#pragma once
#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

#include "adapters/kafka/client.hpp"
#include "adapters/kafka/feed.hpp"
#include "engine/ports/async_answer.hpp"
#include "engine/ports/membership.hpp"

namespace motorcade::kafka {

struct GroupOptions {
  std::string role;
  Kind kind{};  ///< of the topics whose partitions are divided
  std::vector<Stream> streams;
  /// A process that was silent for so long is left out. Brokers have bounds for it
  /// (group.min.session.timeout.ms, 6 s by default).
  std::chrono::milliseconds session{10'000};
  /// Up to which offset a partition is taken; committed every now and then.
  std::function<std::optional<std::int64_t>(Partition)> taken = {};
};

class Membership final : public ports::Membership {
 public:
  static Result<std::unique_ptr<Membership>> open(const Options& options, GroupOptions group);
  ~Membership() override;
  void join(ports::PartitionWork& work, boost::asio::any_io_executor executor) override;
  boost::asio::awaitable<void> leave() override;
  [[nodiscard]] std::optional<std::string> missing() const override;

 private:
  explicit Membership(GroupOptions group) : group_(std::move(group)) {}
  void run();
  void rebalanced(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t& places);
  void assign(rd_kafka_topic_partition_list_t& places);
  void revoke(rd_kafka_topic_partition_list_t& places);
  void end_work(std::vector<Partition> partitions);
  void commit_taken();
  static void on_commit(rd_kafka_t* client, rd_kafka_resp_err_t code,
                        rd_kafka_topic_partition_list_t* places, void* opaque);
  [[nodiscard]] std::vector<Partition> partitions_of(
      const rd_kafka_topic_partition_list_t& places) const;
  void note(std::optional<std::string> missing);

  GroupOptions group_;
  std::map<std::string, Stream> topics_;
  Callbacks callbacks_;
  Client client_, taken_;
  ports::PartitionWork* work_ = nullptr;
  boost::asio::any_io_executor executor_;
  std::map<Partition, std::int64_t> committed_;  ///< of the partitions that it has; the thread's
  mutable std::mutex mutex_;
  std::optional<std::string> missing_ = "has not joined its group yet";
  ports::Answer<bool> left_;
  bool ended_ = false;  ///< run() has
  std::atomic<bool> leaving_{false}, abandoned_{false};
  std::thread thread_;
};

}  // namespace motorcade::kafka
