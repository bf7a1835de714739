// Three brokers of librdkafka's mock cluster, in this process, with the topics of a log.
#pragma once
#include <gtest/gtest.h>
// clang-format off: the second needs the first
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
// clang-format on

#include <vector>

#include "adapters/kafka/error.hpp"
#include "adapters/kafka/session.hpp"
#include "adapters/kafka/tail.hpp"

namespace motorcade::kafka {

inline constexpr Partition kVehicles{Stream::kVehicle, 0}, kOtherVehicles{Stream::kVehicle, 1};
inline constexpr int kBrokers = 3;

/// Of Kafka's protocol.
enum class Request : std::int16_t {
  kProduce = 0,
  kInitProducerId = 22,
  kAddPartitions = 24,
  kEndTransaction = 26
};

class MockBrokers {
 public:
  /// The first leads what is of kVehicles, the second coordinates its transactions, the third leads
  /// the inbox of kOtherVehicles.
  MockBrokers();
  /// The next requests of that kind are answered so.
  void fail(Request request, const std::vector<rd_kafka_resp_err_t>& errors);
  void stop();
  void stop(int broker);
  void start();
  void move_coordinator(int broker);
  void move_leader(const Feed& feed, int broker);

  /// Impatient; of these brokers.
  Options options;

 private:
  struct EndCluster {
    void operator()(rd_kafka_mock_cluster_t* cluster) const {
      rd_kafka_mock_cluster_destroy(cluster);
    }
  };
  Client client_;
  std::unique_ptr<rd_kafka_mock_cluster_t, EndCluster> cluster_;
};

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(motorcade::to_string(result.error()));
  return *std::move(result);
}

/// What a process has of a log, as far as mock brokers can serve it.
struct MockLog {
  explicit MockLog(const Options& options)
      : admin(must(Admin::open(options))), tail(must(Tail::open(options, admin, bases))) {}
  InboxBases bases;
  Admin admin;
  std::unique_ptr<Tail> tail;
};

}  // namespace motorcade::kafka
