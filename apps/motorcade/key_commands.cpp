#include <CLI/CLI.hpp>
#include <iostream>

#include "adapters/files/key_store.hpp"
#include "motorcade/commands.hpp"

namespace motorcade::app {
namespace {

int identify(const std::string& directory, const std::vector<std::string>& vins) {
  auto keys = files::KeyFiles::open(directory, files::Access::kWrite);
  if (!keys) keys = files::KeyFiles::open(directory, files::Access::kRead);
  if (!keys) return complain(keys.error());
  for (const auto& vin : vins) std::cout << vin << ' ' << to_hex((*keys)->id_of(vin)) << '\n';
  return 0;
}

}  // namespace

void add_keys(CLI::App& app, int& exit_code) {
  auto* keys = app.add_subcommand("keys", "The keys that stand between the log and persons.")
                   ->require_subcommand(1);
  auto* command = keys->add_subcommand(
      "identify", "Print the pseudonymous id under which the log knows each vehicle.");
  struct Options {
    std::string directory = "var/keys";
    std::vector<std::string> vins;
  };
  auto options = std::make_shared<Options>();
  command->add_option("--directory", options->directory, "the key store")->capture_default_str();
  command->add_option("vin", options->vins, "vehicle identification numbers")->required();
  command->callback(
      [options, &exit_code] { exit_code = identify(options->directory, options->vins); });
}

}  // namespace motorcade::app
