// A bench: a name, and a measurement beside its baseline, both made in the same run.
//
//   static const bench::Registered registered("log.append_sync", &append_sync);
#pragma once
#include <string>
#include <vector>

namespace motorcade::bench {

struct Measurement {
  double value;
  std::string unit;  ///< of both; more is better
  std::string baseline_name;
  double baseline_value;
};

struct Bench {
  std::string name;  ///< "subject.what"
  Measurement (*run)();
};

[[nodiscard]] std::vector<Bench>& benches();

struct Registered {
  Registered(std::string name, Measurement (*run)()) {
    benches().push_back({std::move(name), run});
  }
};

}  // namespace motorcade::bench
