#include <CLI/CLI.hpp>
#include <iostream>

#include "adapters/files/key_store.hpp"
#include "adapters/postgres/rebuild.hpp"
#include "motorcade/any_log.hpp"
#include "motorcade/commands.hpp"
#include "motorcade/config.hpp"
#include "motorcade/options.hpp"
#include "motorcade/run_here.hpp"
#include "motorcade/system_clock.hpp"

namespace motorcade::app {
namespace {

Result<void> rebuild(const Config& config, const std::string& scratch) {
  TRY(const auto log, follow_log(config, scratch));
  TRY(const auto keys, files::KeyFiles::open(config.keys, files::Access::kRead));
  SystemClock clock;
  projections::ProjectorOptions projector;
  projector.max_envelopes = config.limits.database.envelopes_per_batch;
  auto work = postgres::rebuild(*log, *keys, clock, postgres_options(config), projector);
  TRY_VOID(run_here(std::move(work)));
  std::cout << "swapped in: the rows are those of the log\n";
  return {};
}

}  // namespace

void add_projections(CLI::App& app, int& exit_code) {
  auto* projections =
      app.add_subcommand("projections", "The rows that operations read.")->require_subcommand(1);
  auto* command =
      projections->add_subcommand("rebuild",
                                  "Fold the whole log into a fresh schema beside the live one, "
                                  "then swap it in. Works while the engine runs.");
  struct Options {
    std::string config = "config/motorcade.yaml", scratch = "var/rebuild-scratch";
  };
  auto options = std::make_shared<Options>();
  command->add_option("--config", options->config, "the engine's configuration file")
      ->capture_default_str();
  command->add_option("--scratch", options->scratch, "a directory for the log's follower")
      ->capture_default_str();
  command->callback([options, &exit_code] {
    auto config = load_config(options->config);
    if (!config) {
      exit_code = complain(config.error());
      return;
    }
    const auto rebuilt = rebuild(*config, options->scratch);
    exit_code = rebuilt ? 0 : complain(rebuilt.error());
  });
}

}  // namespace motorcade::app
