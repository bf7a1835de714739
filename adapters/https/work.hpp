// What one server works with: the services, the limits, and how much is under way.
#pragma once
#include <atomic>

#include "adapters/https/services.hpp"

namespace motorcade::https {

struct Work {
  Services services;
  Limits limits;
  std::atomic<std::size_t> writes{0}, uploads{0};
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
