#include <gtest/gtest.h>

#include "engine/edge/metrics_registry.hpp"

namespace motorcade::edge {
namespace {
using Kind = ports::MetricFamily::Kind;

TEST(Metrics, AreWrittenAsPrometheusReadsThem) {
  MetricsRegistry registry;
  ports::Metrics& metrics = registry;
  metrics.describe({"a_total", "Counts a.", Kind::kCounter, {}});
  metrics.describe({"b_seconds", "How long b takes.", Kind::kHistogram, {0.1, 1}});
  metrics.describe({"c", "How much c.", Kind::kGauge, {}});
  metrics.describe({"unused_total", "Is never used.", Kind::kCounter, {}});
  metrics.count("a_total", {{"path", "x\"y\\z\n"}});
  metrics.count("a_total", {{"path", "x\"y\\z\n"}}, 2);
  metrics.observe("b_seconds", {}, 0.1);
  metrics.observe("b_seconds", {}, 0.5);
  metrics.observe("b_seconds", {}, 7);
  metrics.count("c", {}, 5);
  metrics.count("c", {}, -2);
  metrics.set("c", {}, 2.5);
  EXPECT_EQ(registry.text(),
            "# HELP a_total Counts a.\n# TYPE a_total counter\n"
            "a_total{path=\"x\\\"y\\\\z\\n\"} 3\n"
            "# HELP b_seconds How long b takes.\n# TYPE b_seconds histogram\n"
            "b_seconds_bucket{le=\"0.1\"} 1\nb_seconds_bucket{le=\"1\"} 2\n"
            "b_seconds_bucket{le=\"+Inf\"} 3\nb_seconds_sum 7.6\nb_seconds_count 3\n"
            "# HELP c How much c.\n# TYPE c gauge\nc 2.5\n");
}

}  // namespace
}  // namespace motorcade::edge
