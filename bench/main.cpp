// motorcade-bench [NAME…] [--json FILE]: a NAME selects all benches that begin with it; none: all.
#include "bench/bench.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace motorcade::bench {
namespace {

namespace json = boost::json;

struct Arguments {
  std::vector<std::string> names;
  std::string json_file;
};

bool is_selected(const std::string& bench, const std::vector<std::string>& names) {
  return names.empty() || std::ranges::any_of(names, [&](const std::string& name) {
           return bench.starts_with(name);
         });
}

json::object measure(const Bench& bench) {
  const auto m = bench.run();
  const double ratio = m.value / m.baseline_value;
  std::printf("%-24s %14.0f %s   %s: %.0f   ratio %.2f\n", bench.name.c_str(), m.value,
              m.unit.c_str(), m.baseline_name.c_str(), m.baseline_value, ratio);
  std::fflush(stdout);
  return {{"name", bench.name},
          {"value", m.value},
          {"unit", m.unit},
          {"baseline", {{"name", m.baseline_name}, {"value", m.baseline_value}}},
          {"ratio", ratio}};
}

int main_with(const Arguments& arguments) {
  std::ranges::sort(benches(), {}, &Bench::name);
  json::array results;
  for (const auto& bench : benches())
    if (is_selected(bench.name, arguments.names)) results.push_back(measure(bench));
  if (results.empty()) {
    std::fprintf(stderr, "motorcade-bench: no bench begins so; there are:\n");
    for (const auto& bench : benches()) std::fprintf(stderr, "  %s\n", bench.name.c_str());
    return 2;
  }
  if (arguments.json_file.empty()) return 0;
  std::ofstream out(arguments.json_file);
  out << json::serialize(results) << '\n';
  if (out.flush()) return 0;
  std::fprintf(stderr, "motorcade-bench: cannot write %s\n", arguments.json_file.c_str());
  return 1;
}

}  // namespace

std::vector<Bench>& benches() {
  static std::vector<Bench> all;
  return all;
}

}  // namespace motorcade::bench

int main(int argc, char** argv) {
  motorcade::bench::Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0 && i + 1 < argc) {
      arguments.json_file = argv[++i];
    } else if (argv[i][0] == '-') {
      std::fprintf(stderr, "motorcade-bench [NAME…] [--json FILE]\n");
      return 2;
    } else {
      arguments.names.emplace_back(argv[i]);
    }
  }
  return motorcade::bench::main_with(arguments);
}
