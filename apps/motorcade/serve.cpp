#include <CLI/CLI.hpp>
#include <iostream>

#include "motorcade/commands.hpp"
#include "motorcade/engine.hpp"

namespace motorcade::app {
namespace {

int serve(const std::string& file, const std::vector<std::string>& roles) {
  auto config = load_config(file);
  if (!config) return complain(config.error());
  if (!roles.empty()) {
    auto wanted = roles_from(roles);
    if (!wanted) return complain(wanted.error());
    config->roles = *std::move(wanted);
  }
  if (const auto checked = check_roles(*config); !checked) return complain(checked.error());
  JsonReporter reporter(config->log_level);
  auto engine = Engine::make(*std::move(config), reporter);
  if (!engine) return complain(engine.error());
  const auto ran = (*engine)->run();
  return ran ? 0 : complain(ran.error());
}

}  // namespace

int complain(const Error& error) {
  std::cerr << "motorcade: " << to_string(error) << '\n';
  return 1;
}

void add_serve(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "serve",
      "Run the engine, or some of its roles: owner of partitions, HTTPS and MQTT edge, package "
      "builder, effects, projector.\n"
      "Ends in order on SIGTERM or SIGINT. Settings: config/motorcade.yaml documents each.");
  auto file = std::make_shared<std::string>("config/motorcade.yaml");
  command->add_option("--config", *file, "the configuration file")->capture_default_str();
  auto roles = std::make_shared<std::vector<std::string>>();
  command
      ->add_option("--roles", *roles,
                   "what this process does, of " + to_string(all_roles()) +
                       "; instead of the configuration's roles (by default all)")
      ->delimiter(',');
  command->callback([file, roles, &exit_code] { exit_code = serve(*file, *roles); });
}

}  // namespace motorcade::app
