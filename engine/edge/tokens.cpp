#include "engine/edge/tokens.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "digest/digest.hpp"
#include "engine/edge/random.hpp"

namespace motorcade::edge {
namespace {
Digest hash_of(std::string_view token) {
  return Digest{digest::sha256(token)};
}

Result<std::pair<Digest, Principal>> entry_from(const std::string& line) {
  std::istringstream words(line);
  std::string hash, roles, name, more;
  words >> hash >> roles >> name;
  const auto id = id_from_hex<Digest>(hash);
  const auto granted = roles_from(roles);
  if (!id || !granted || !is_principal_name(name) || words >> more)
    return failure(std::errc::invalid_argument,
                   "a line is: SHA-256 in hex, roles separated by commas, a name");
  return std::pair{*id, Principal{name, *granted}};
}

Result<void> write_private(const std::filesystem::path& file, const std::string& text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0)
    return failure(static_cast<std::errc>(errno), "the token file " + file.string() + " (create)");
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(fd) == 0;
  const auto why = static_cast<std::errc>(errno);
  ::close(fd);
  if (!written) return failure(why, "the token file " + file.string() + " (write)");
  return {};
}
}  // namespace

Result<TokenStore> TokenStore::load(const std::filesystem::path& file) {
  TokenStore store;
  std::ifstream in(file);
  if (!in && std::filesystem::exists(file))
    return failure(std::errc::permission_denied, "the token file " + file.string());
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    auto entry = entry_from(line);
    if (!entry)
      return failure(entry.error().code, "the token file " + file.string() + ", line " +
                                             std::to_string(number) + ": " + entry.error().context);
    store.by_hash_.insert_or_assign(entry->first, std::move(entry->second));
  }
  return store;
}

std::string TokenStore::issue(std::string name, Roles roles) {
  auto token = "mc_" + to_hex(random_bytes(32));
  add(token, std::move(name), roles);
  return token;
}

void TokenStore::add(std::string_view token, std::string name, Roles roles) {
  const std::lock_guard lock(mutex_);
  by_hash_.insert_or_assign(hash_of(token), Principal{std::move(name), roles});
}

std::optional<Principal> TokenStore::find(std::string_view token) const {
  const auto hash = hash_of(token);  // the look-up's time says something of the hash, not the token
  const std::lock_guard lock(mutex_);
  const auto found = by_hash_.find(hash);
  if (found == by_hash_.end()) return std::nullopt;
  return found->second;
}

Result<void> TokenStore::save(const std::filesystem::path& file) const {
  std::string text =
      "# Motorcade API tokens: SHA-256, roles, name. Made by `motorcade token add`.\n";
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [hash, principal] : by_hash_)
      text += to_hex(hash) + ' ' + to_string(principal.roles) + ' ' + principal.name + '\n';
  }
  auto beside = file;
  beside += ".new";
  TRY_VOID(write_private(beside, text));
  std::error_code error;
  std::filesystem::rename(beside, file, error);
  if (error) return failure(error, "the token file " + file.string() + " (replace)");
  return {};
}

bool is_principal_name(std::string_view name) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-@";
  return !name.empty() && name.size() <= 64 && name.find_first_not_of(kAllowed) == name.npos;
}

}  // namespace motorcade::edge
