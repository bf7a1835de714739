// What is counted while it runs: families of counters, gauges and histograms, as Prometheus reads
// them. Names follow its conventions (base units, `_total` on counters); labels are few and
// bounded.
#pragma once
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace motorcade::ports {

struct MetricFamily {
  enum class Kind { kCounter, kGauge, kHistogram };
  std::string name, help;
  Kind kind{};
  std::vector<double> buckets;  ///< upper bounds, rising; histograms only
};
using MetricLabels = std::span<const std::pair<std::string_view, std::string_view>>;

/// Thread-safe; cheap enough for every request.
class Metrics {
 public:
  virtual ~Metrics() = default;
  /// Before the first use; the same family again changes nothing.
  virtual void describe(MetricFamily family) = 0;
  /// Adds to a counter or a gauge.
  virtual void add(std::string_view name, MetricLabels labels, double amount) = 0;
  virtual void set(std::string_view name, MetricLabels labels, double value) = 0;
  virtual void observe(std::string_view name, MetricLabels labels, double value) = 0;
  /// All of it in the text exposition format, version 0.0.4.
  [[nodiscard]] virtual std::string text() const = 0;

  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;
  void count(std::string_view name, Labels labels = {}, double amount = 1) {
    add(name, MetricLabels(labels.begin(), labels.size()), amount);
  }
};

}  // namespace motorcade::ports
