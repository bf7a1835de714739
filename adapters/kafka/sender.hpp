// Writes inboxes: one idempotent producer, which tries for as long as it takes, and the thread that
// hears what became of each record.
#pragma once
#include <atomic>
#include <thread>

#include "adapters/kafka/tail.hpp"
#include "engine/ports/async_answer.hpp"

namespace motorcade::kafka {

class Sender {
 public:
  static Result<std::unique_ptr<Sender>> open(const Options& options, Tail& tail,
                                              const InboxBases& bases);
  ~Sender();

  /// From any thread. Answers with the position of the first, once all replicas in sync have all.
  void send(Partition partition, const std::vector<std::string>& records,
            ports::Answer<Result<InboxPosition>> answer);

 private:
  Sender(const Options& options, Tail& tail, const InboxBases& bases);
  Result<void> connect();
  void disconnect();

  const Options& options_;
  Callbacks callbacks_;
  std::mutex mutex_;  ///< records of one send stay together
  Client producer_;
  std::atomic<bool> closing_ = false;
  std::thread thread_;
};

}  // namespace motorcade::kafka
