#include "engine/edge/metrics_registry.hpp"

#include <algorithm>
#include <cmath>

#include "events/result.hpp"

namespace motorcade::edge {
namespace {
using Kind = ports::MetricFamily::Kind;

std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

std::string number(double value) {
  if (value == std::floor(value) && std::abs(value) < 9e15)
    return std::to_string(static_cast<std::int64_t>(value));
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

/// `name{labels,more} value`
std::string line(std::string_view name, const std::string& labels, const std::string& more,
                 double value) {
  std::string out(name);
  if (!labels.empty() || !more.empty())
    out += '{' + labels + (labels.empty() || more.empty() ? "" : ",") + more + '}';
  return out + ' ' + number(value) + '\n';
}

std::string_view kind_name(Kind kind) {
  return kind == Kind::kCounter ? "counter" : kind == Kind::kGauge ? "gauge" : "histogram";
}
}  // namespace

void MetricsRegistry::describe(ports::MetricFamily family) {
  const std::lock_guard lock(mutex_);
  const auto name = family.name;
  auto [entry, fresh] = families_.try_emplace(name);
  if (!fresh) return;
  if (family.kind == Kind::kHistogram) MOTORCADE_ASSERT(!family.buckets.empty());
  entry->second.description = std::move(family);
}

MetricsRegistry::Series& MetricsRegistry::series(std::string_view name,
                                                 ports::MetricLabels labels) {
  const auto family = families_.find(name);
  MOTORCADE_ASSERT(family != families_.end());
  std::string written;
  for (const auto& [key, value] : labels)
    written += (written.empty() ? "" : ",") + std::string(key) + "=\"" + escaped(value) + '"';
  auto& found = family->second.series[written];
  const auto& description = family->second.description;
  if (description.kind == Kind::kHistogram) found.counts.resize(description.buckets.size() + 1);
  return found;
}

void MetricsRegistry::add(std::string_view name, ports::MetricLabels labels, double amount) {
  const std::lock_guard lock(mutex_);
  series(name, labels).value += amount;
}

void MetricsRegistry::set(std::string_view name, ports::MetricLabels labels, double value) {
  const std::lock_guard lock(mutex_);
  series(name, labels).value = value;
}

void MetricsRegistry::observe(std::string_view name, ports::MetricLabels labels, double value) {
  const std::lock_guard lock(mutex_);
  auto& found = series(name, labels);
  const auto& bounds = families_.find(name)->second.description.buckets;
  const auto bucket = std::ranges::lower_bound(bounds, value) - bounds.begin();
  found.value += value;
  ++found.counts[static_cast<std::size_t>(bucket)];
}

std::string MetricsRegistry::text() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    const auto& description = family.description;
    if (family.series.empty()) continue;
    out += "# HELP " + name + ' ' + description.help + '\n';
    out += "# TYPE " + name + ' ' + std::string(kind_name(description.kind)) + '\n';
    for (const auto& [labels, one] : family.series) {
      if (description.kind != Kind::kHistogram) {
        out += line(name, labels, "", one.value);
        continue;
      }
      double below = 0;
      for (std::size_t i = 0; i < one.counts.size(); ++i) {
        below += static_cast<double>(one.counts[i]);
        const auto bound =
            i < description.buckets.size() ? number(description.buckets[i]) : std::string("+Inf");
        out += line(name + "_bucket", labels, "le=\"" + bound + '"', below);
      }
      out += line(name + "_sum", labels, "", one.value);
      out += line(name + "_count", labels, "", below);
    }
  }
  return out;
}

}  // namespace motorcade::edge
