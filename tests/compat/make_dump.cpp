// Makes an embedded log of a few hundred chained envelopes in a directory and dumps it: for
// verify_dump.py.
//   make_dump DIRECTORY DUMP
#include <fstream>
#include <iostream>

#include "adapters/rocksdb/log.hpp"
#include "digest/digest.hpp"
#include "engine/shell/log_tools.hpp"
#include "engine/shell/replay.hpp"
#include "support/coroutine.hpp"
#include "support/envelope_chain.hpp"

namespace motorcade {
namespace {

using testing_support::run;

Result<void> make(const std::string& directory, const std::string& target) {
  rocks::Options options;
  options.directory = directory;
  options.min_free_bytes = 0;
  TRY(const auto log, rocks::Log::open(options));
  for (const auto partition : shell::all_partitions(log->birth().counts)) {
    if (partition.number == 1) continue;  // some stay empty
    testing_support::EnvelopeChain chain(partition);
    TRY(const auto writer, run(log->take_over(partition)));
    for (int batch = 1; batch < 9; ++batch) {
      const auto next = chain.next();
      std::vector<std::string> envelopes;
      for (int i = 0; i < batch; ++i) envelopes.push_back(chain.make());
      const auto done = run(writer->append(next, envelopes));
      if (done.outcome != ports::Appended::kCommitted) return tl::unexpected(done.error);
    }
  }
  std::ofstream out(target, std::ios::binary);
  return run(shell::dump(*log, out));
}

}  // namespace
}  // namespace motorcade

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "make_dump DIRECTORY DUMP\n";
    return 2;
  }
  const auto made = motorcade::make(argv[1], argv[2]);
  if (!made) std::cerr << "make_dump: " << to_string(made.error()) << '\n';
  return made ? 0 : 1;
}
