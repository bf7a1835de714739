// API tokens of operators: scoped by roles, stored as SHA-256, one line each in a text file.
//
//   line = sha256-of-token (64 hex) SP roles (comma separated) SP name LF
//   A line that begins with '#' is a comment.
//
// A token has 256 random bits, so a plain hash is enough: there is nothing to guess.
#pragma once
#include <filesystem>
#include <mutex>
#include <unordered_map>

#include "engine/edge/principal.hpp"
#include "events/result.hpp"

namespace motorcade::edge {

/// Thread-safe.
class TokenStore {
 public:
  /// A file that is not there is an empty store; a line that is not understood is an error that
  /// names it.
  [[nodiscard]] static Result<TokenStore> load(const std::filesystem::path& file);
  TokenStore() = default;
  TokenStore(TokenStore&& other) noexcept : by_hash_(std::move(other.by_hash_)) {}

  /// Makes a token, remembers its hash, and answers the token: the only time that it is seen.
  [[nodiscard]] std::string issue(std::string name, Roles roles);
  /// Remembers a token that somebody else made (tests, provisioning).
  void add(std::string_view token, std::string name, Roles roles);
  [[nodiscard]] std::optional<Principal> find(std::string_view token) const;
  /// Writes all of them, readable by the owner only; the old file is replaced as a whole.
  [[nodiscard]] Result<void> save(const std::filesystem::path& file) const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<Digest, Principal> by_hash_;
};

/// 1 to 64 of A–Z a–z 0–9 . _ - @
[[nodiscard]] bool is_principal_name(std::string_view name);

}  // namespace motorcade::edge
