// The metrics of this process, in memory.
#pragma once
#include <map>
#include <mutex>

#include "engine/ports/metrics.hpp"

namespace motorcade::edge {

class MetricsRegistry final : public ports::Metrics {
 public:
  void describe(ports::MetricFamily family) override;
  void add(std::string_view name, ports::MetricLabels labels, double amount) override;
  void set(std::string_view name, ports::MetricLabels labels, double value) override;
  void observe(std::string_view name, ports::MetricLabels labels, double value) override;
  [[nodiscard]] std::string text() const override;

 private:
  struct Series {
    double value = 0;                   ///< of a histogram: the sum
    std::vector<std::uint64_t> counts;  ///< of a histogram: per bucket, the last is +Inf
  };
  struct Family {
    ports::MetricFamily description;
    std::map<std::string, Series> series;  ///< by the labels as they are written
  };
  Series& series(std::string_view name, ports::MetricLabels labels);

  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
};

}  // namespace motorcade::edge
