#include <CLI/CLI.hpp>
#include <iostream>

#include "adapters/files/key_store.hpp"
#include "adapters/postgres/row_sink.hpp"
#include "motorcade/commands.hpp"
#include "motorcade/options.hpp"
#include "motorcade/run_here.hpp"

namespace motorcade::app {
namespace {

Result<void> erase_vehicle(const std::string& file, const std::string& vin) {
  TRY(const auto config, load_config(file));
  auto keys = files::KeyFiles::open(config.keys, files::Access::kAlone);
  if (!keys)
    return failure(
        keys.error().code,
        keys.error().context +
            " (while the engine runs, ask it: DELETE /api/v1/vehicles/VIN, as an admin)");
  const auto vehicle = (*keys)->id_of(vin);
  TRY_VOID((*keys)->destroy(vehicle));
  std::cout << "the key of " << to_hex(vehicle) << " is destroyed\n" << std::flush;
  postgres::Pool pool(postgres_options(config));
  postgres::PostgresRowSink rows(pool);
  TRY_VOID(run_here(rows.erase_vin(vehicle)));
  std::cout << "its rows have no VIN any more\n";
  return {};
}

}  // namespace

void add_vehicle(CLI::App& app, int& exit_code) {
  auto* vehicle = app.add_subcommand("vehicle", "Vehicles.")->require_subcommand(1);
  auto* command = vehicle->add_subcommand(
      "erase",
      "Destroy a vehicle's key, while no engine runs: what is sealed under it can never be read "
      "again, its VIN leaves the rows; the log's proofs hold. An acknowledgement that the broker "
      "retains under the VIN is cleared by the running engine only (DELETE /api/v1/vehicles/VIN).");
  struct Options {
    std::string config = "config/motorcade.yaml", vin;
  };
  auto options = std::make_shared<Options>();
  command->add_option("--config", options->config, "the engine's configuration file")
      ->capture_default_str();
  command->add_option("vin", options->vin, "the vehicle identification number")->required();
  command->callback([options, &exit_code] {
    const auto erased = erase_vehicle(options->config, options->vin);
    exit_code = erased ? 0 : complain(erased.error());
  });
}

}  // namespace motorcade::app
