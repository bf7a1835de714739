// The subcommands of `motorcade`; each adds itself to the command line and sets the exit code when
// it was chosen.
#pragma once
#include <CLI/App.hpp>

#include "events/result.hpp"

namespace motorcade::app {

void add_serve(CLI::App& app, int& exit_code);
void add_log(CLI::App& app, int& exit_code);
void add_log_telemetry(CLI::App& log, int& exit_code);  ///< of add_log
void add_projections(CLI::App& app, int& exit_code);
void add_token(CLI::App& app, int& exit_code);
void add_keys(CLI::App& app, int& exit_code);
void add_vehicle(CLI::App& app, int& exit_code);
void add_certificates(CLI::App& app, int& exit_code);

/// Prints the error, with what to do, and answers the exit code.
int complain(const Error& error);

}  // namespace motorcade::app
