// Writes inboxes: one idempotent producer, which tries for as long as it takes, and the thread that
// hears what became of each record.
//
// Who sends waits no longer than the operation timeout; his records go on. Until it is known what
// became of them their partition takes no more, so that what waits is bounded.
#pragma once
#include <atomic>
#include <deque>
#include <thread>

#include "adapters/kafka/tail.hpp"
#include "engine/ports/async_answer.hpp"

namespace motorcade::kafka {

class Sending;

class Sender {
 public:
  static Result<std::unique_ptr<Sender>> open(const Options& options, Tail& tail,
                                              const InboxBases& bases);
  ~Sender();

  /// From any thread. Answers with the position of the first, once all replicas in sync have all;
  /// kUnreachable after the operation timeout, when nothing is known; kBusy at once while an earlier
  /// answer of this partition is overdue.
  void send(Partition partition, const std::vector<std::string>& records,
            ports::Answer<Result<InboxPosition>> answer);

 private:
  using Time = std::chrono::steady_clock::time_point;
  /// What is under way to one partition, in order.
  struct Lane {
    std::deque<std::pair<Time, std::weak_ptr<Sending>>> waiting;  ///< until when
    std::weak_ptr<Sending> overdue;                               ///< the last that is
  };

  Sender(const Options& options, Tail& tail, const InboxBases& bases);
  Result<Client> connect();
  void run();
  void answer_overdue();
  void renew();
  void end(Client producer) const;

  const Options& options_;
  Callbacks callbacks_;
  std::mutex mutex_;  ///< records of one send stay together
  std::map<Partition, Lane> lanes_;
  Client producer_;  ///< replaced by the thread only
  std::atomic<bool> closing_ = false;
  std::thread thread_;
};

}  // namespace motorcade::kafka
