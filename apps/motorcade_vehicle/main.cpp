// motorcade-vehicle: one vehicle, or a fleet of them, as one program.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "motorcade_vehicle/run.hpp"

int main(int argc, char** argv) {
  CLI::App app(
      "The vehicle side of Motorcade: a VMG that reports over MQTT, downloads packages over "
      "HTTPS,\n"
      "verifies them, and installs them through zonal gateways into ECUs by UDS over DoIP.");
  app.require_subcommand(1);
  std::string config;
  motorcade::app::Override override;
  bool status = false;
  const auto common = [&](CLI::App* command) {
    command->add_option("--config", config, "configuration file; see config/vehicle.yaml.example")
        ->required();
    command->add_flag("--status", status, "print one line of JSON about the fleet every second");
  };
  auto* run = app.add_subcommand("run", "run one vehicle until SIGTERM");
  common(run);
  run->add_option("--vin", override.vin, "its VIN, instead of the first of the configured pattern");
  auto* fleet = app.add_subcommand("fleet", "run all vehicles of the configuration until SIGTERM");
  common(fleet);
  fleet->add_option("--vehicles", override.vehicles, "how many, instead of fleet.vehicles");
  app.footer(
      "Faults on request (lost link, bad flash, power cut …) are in the configuration file.");
  CLI11_PARSE(app, argc, argv);

  if (run->parsed()) override.vehicles = 1;
  auto read = motorcade::app::read_config(config, override);
  if (!read) {
    std::fprintf(stderr, "motorcade-vehicle: %s\n", to_string(read.error()).c_str());
    return 2;
  }
  return motorcade::app::run(*std::move(read), status);
}
