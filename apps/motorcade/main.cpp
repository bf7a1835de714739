// motorcade: the engine and its tools.
#include <CLI/CLI.hpp>

#include "motorcade/commands.hpp"

int main(int argc, char** argv) {
  CLI::App app{
      "Motorcade runs over-the-air update campaigns for vehicle fleets, and can prove afterwards "
      "what it did.\n"
      "Its single truth is an append-only log of facts; `serve` folds it live, `log` verifies and "
      "replays it."};
  app.require_subcommand(1);
  app.set_version_flag("--version", MOTORCADE_VERSION);
  int exit_code = 0;
  motorcade::app::add_serve(app, exit_code);
  motorcade::app::add_log(app, exit_code);
  motorcade::app::add_projections(app, exit_code);
  motorcade::app::add_token(app, exit_code);
  motorcade::app::add_keys(app, exit_code);
  motorcade::app::add_vehicle(app, exit_code);
  motorcade::app::add_certificates(app, exit_code);
  CLI11_PARSE(app, argc, argv);
  return exit_code;
}
