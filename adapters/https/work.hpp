// What one server works with: the services, the limits, and how much is under way.
#pragma once
#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>

#include "adapters/https/services.hpp"

namespace motorcade::https {

/// The newest requests that were answered with 202: until the projector knows their outcome, this
/// says that they are under way. Forgotten when the process ends, as the client may try again then.
class PendingCommands {
 public:
  void add(MessageId id) {
    const std::lock_guard lock(mutex_);
    ids_.push_back(id);
    if (ids_.size() > kMost) ids_.pop_front();
  }
  [[nodiscard]] bool contains(MessageId id) const {
    const std::lock_guard lock(mutex_);
    return std::ranges::find(ids_, id) != ids_.end();
  }

 private:
  static constexpr std::size_t kMost = 4096;
  mutable std::mutex mutex_;
  std::deque<MessageId> ids_;
};

struct Work {
  Services services;
  Limits limits;
  std::atomic<std::size_t> writes{0}, uploads{0};
  PendingCommands pending;
};

/// One of a bounded number of things under way; not taken: there are too many.
class Slot {
 public:
  Slot(std::atomic<std::size_t>& count, std::size_t most) : count_(count) {
    taken_ = count_.fetch_add(1) < most;
  }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  ~Slot() { count_.fetch_sub(1); }
  [[nodiscard]] bool taken() const { return taken_; }

 private:
  std::atomic<std::size_t>& count_;
  bool taken_;
};

}  // namespace motorcade::https
