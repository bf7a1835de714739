#include <CLI/CLI.hpp>
#include <iostream>

#include "adapters/openssl/development_authority.hpp"
#include "engine/edge/principal.hpp"
#include "motorcade/commands.hpp"
#include "motorcade/config.hpp"
#include "motorcade/tables.hpp"

namespace motorcade::app {
namespace {

Result<void> issue(const std::string& file, const std::vector<std::string>& vins) {
  TRY(const auto config, load_config(file));
  if (!config.certificates.development)
    return failure(std::errc::operation_not_permitted,
                   "certificates.development is not true in " + file);
  TRY(const auto policy, load_policy(config.pqc.table, config.pqc.configuration));
  const auto& directory = config.certificates.directory;
  TRY(const auto authority, openssl::DevelopmentAuthority::open(directory, policy.signature));
  for (const auto& vin : vins) {
    if (!edge::is_vin(vin))
      return failure(std::errc::invalid_argument,
                     vin + " is no VIN: 17 of A-Z 0-9, without I, O and Q");
    TRY(const bool made, authority.issue_client("client-" + vin, vin));
    std::cout << (directory / ("client-" + vin + ".crt")).string()
              << (made ? "" : " (was there already)") << '\n';
  }
  return {};
}

}  // namespace

void add_certificates(CLI::App& app, int& exit_code) {
  auto* certificates =
      app.add_subcommand("certificates", "Certificates for development; never for production.")
          ->require_subcommand(1);
  auto* command = certificates->add_subcommand(
      "issue",
      "Make client certificates for vehicles, client-VIN.crt and .key, in the directory of the "
      "development authority. What is there stays.");
  struct Options {
    std::string config = "config/motorcade.yaml";
    std::vector<std::string> vins;
  };
  auto options = std::make_shared<Options>();
  command->add_option("--config", options->config, "the engine's configuration file")
      ->capture_default_str();
  command->add_option("vin", options->vins, "vehicle identification numbers")->required();
  command->callback([options, &exit_code] {
    const auto issued = issue(options->config, options->vins);
    exit_code = issued ? 0 : complain(issued.error());
  });
}

}  // namespace motorcade::app
