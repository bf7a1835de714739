// Everything that `motorcade serve` runs, put together: owners, followers, edges. It makes nothing
// up: each room gets its ports.
#pragma once
#include <boost/asio/io_context.hpp>
#include <memory>

#include "motorcade/config.hpp"
#include "motorcade/json_reporter.hpp"

namespace motorcade::app {

class Engine {
 public:
  /// Opens log, stores, database and port; applies migrations. Nothing runs before run().
  static Result<std::unique_ptr<Engine>> make(Config config, JsonReporter& reporter);
  ~Engine();

  /// Until SIGTERM or SIGINT; then everything ends in order: edges, effects, owners.
  Result<void> run();

 private:
  struct Parts;
  explicit Engine(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace motorcade::app
