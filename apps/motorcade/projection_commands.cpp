#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <iostream>

#include "adapters/files/key_store.hpp"
#include "adapters/postgres/migrations.hpp"
#include "adapters/postgres/rebuild.hpp"
#include "adapters/postgres/row_sink.hpp"
#include "adapters/rocksdb/log.hpp"
#include "motorcade/commands.hpp"
#include "motorcade/config.hpp"
#include "motorcade/system_clock.hpp"
#include "projections/runner/projector.hpp"

namespace motorcade::app {
namespace {

/// Runs a coroutine to its end on this thread.
template <class T>
T run_here(boost::asio::awaitable<T> work) {
  boost::asio::io_context io(1);
  std::optional<T> answer;
  boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr e, T value) {
    if (e) std::rethrow_exception(e);
    answer = std::move(value);
  });
  io.run();
  return *std::move(answer);
}

Result<void> rebuild(const Config& config, const std::string& scratch) {
  TRY(const auto log, rocks::open_secondary(config.log.directory, scratch));
  TRY(const auto keys, files::KeyFiles::open(config.keys, files::Access::kRead));
  postgres::Options options;
  options.uri = config.postgres.uri;
  options.schema = config.postgres.schema;
  postgres::Pool live(options), next(postgres::beside(options));
  TRY_VOID(postgres::migrate(live));
  TRY_VOID(postgres::prepare_rebuild(next));
  SystemClock clock;
  projections::Progress progress;
  postgres::PostgresRowSink sink(next);
  projections::Projector projector(*log, sink, *keys, clock, progress);
  for (int round = 1; round <= 100; ++round) {
    TRY_VOID(run_here(projector.run_to_end()));
    std::uint64_t envelopes = 0;
    for (const auto& [partition, sequence] : progress.checkpoints()) envelopes += sequence.value;
    std::cout << "projected " << envelopes << " envelopes beside the live rows\n" << std::flush;
    TRY(const bool swapped, postgres::swap_in(live, next));
    if (swapped) {
      std::cout << "swapped in: the rows are those of the log\n";
      return {};
    }
  }
  return failure(std::errc::resource_unavailable_try_again,
                 "the live projector is always ahead of the rebuild; stop the engine for the swap");
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
