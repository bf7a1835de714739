#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "engine/edge/tokens.hpp"
#include "motorcade/commands.hpp"

namespace motorcade::app {
namespace {

int add_one(const std::string& file, const std::string& name, const std::string& roles) {
  const auto parsed = edge::roles_from(roles);
  if (!parsed || !edge::is_principal_name(name))
    return complain({std::make_error_code(std::errc::invalid_argument),
                     "roles are viewer, operator, approver, auditor, diagnostician, admin or "
                     "simulator, separated by "
                     "commas; a name has 1 to 64 of A-Z a-z 0-9 . _ - @"});
  auto store = edge::TokenStore::load(file);
  if (!store) return complain(store.error());
  const auto token = store->issue(name, *parsed);
  std::error_code ignored;  // what cannot be made cannot be written into either
  std::filesystem::create_directories(std::filesystem::path(file).parent_path(), ignored);
  if (const auto saved = store->save(file); !saved) return complain(saved.error());
  std::cout << token << '\n';
  return 0;
}

}  // namespace

void add_token(CLI::App& app, int& exit_code) {
  auto* token = app.add_subcommand("token", "API tokens of operators.")->require_subcommand(1);
  auto* add = token->add_subcommand(
      "add",
      "Make a token and print it: the only time that it is seen. A running engine "
      "reads the file when it starts.");
  struct Options {
    std::string file = "var/tokens", name, roles;
  };
  auto options = std::make_shared<Options>();
  add->add_option("--file", options->file, "the token file")->capture_default_str();
  add->add_option("--name", options->name, "the principal: who acts with this token")->required();
  add->add_option("--roles", options->roles, "for example operator,viewer")->required();
  add->callback(
      [options, &exit_code] { exit_code = add_one(options->file, options->name, options->roles); });
}

}  // namespace motorcade::app
