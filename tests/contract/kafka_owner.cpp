// An owner in a process of its own, to be killed: kafka_owner PREFIX TIMEOUT_MS FATE. It takes
// vehicle/0 over, commits one envelope, produces three more, and then, before their commit, meets
// its fate: `die` (SIGKILL) or `stop` (SIGSTOP). If it wakes, its exit code is the outcome.
#include <signal.h>

#include <cstdio>
#include <cstdlib>

#include "contract/kafka_harness.hpp"
#include "support/coroutine.hpp"

int main(int count, char** arguments) {
  using namespace motorcade;
  if (count != 4) return 100;
  int commits = 0;
  auto options = contract::kafka_options();
  options.prefix = arguments[1];
  options.transaction_timeout = std::chrono::milliseconds(std::atoi(arguments[2]));
  const int fate = std::string(arguments[3]) == "die" ? SIGKILL : SIGSTOP;
  options.before_commit = [&](Partition) {
    if (++commits == 2) raise(fate);
  };
  auto log = contract::open_kafka_log(options);
  constexpr Partition kPartition{Stream::kVehicle, 0};
  const auto writer = testing_support::run(log->take_over(kPartition));
  const auto next = testing_support::run(log->end(kPartition));
  if (!writer || !next) return 101;
  std::vector<std::string> committed{"committed"}, lost(3, "lost");
  const auto first = testing_support::run((*writer)->append(*next, committed));
  if (first.outcome != ports::Appended::kCommitted) return 102;
  const Sequence after{next->value + 1};
  return static_cast<int>(testing_support::run((*writer)->append(after, lost)).outcome);
}
