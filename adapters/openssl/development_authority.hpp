// An authority for development: it makes itself and what it issues in one directory, so that the
// engine, a broker and vehicles can be tried out at once. What is there is used again, never
// changed. Not for production: the authority's own key lies beside what it signed.
#pragma once
#include <vector>

#include "adapters/openssl/certificate.hpp"

namespace motorcade::openssl {

class DevelopmentAuthority {
 public:
  /// ca.crt and ca.key in `directory`; both are made if neither is there. Keys and signatures are
  /// of `signature_scheme` (as the PQC table names it).
  [[nodiscard]] static Result<DevelopmentAuthority> open(std::filesystem::path directory,
                                                         std::string signature_scheme);

  /// {stem}.crt and {stem}.key. For localhost, its addresses, and `hosts` (names or addresses).
  /// False: both are there already.
  [[nodiscard]] Result<bool> issue_server(const std::string& stem,
                                          const std::vector<std::string>& hosts) const;
  /// {stem}.crt and {stem}.key, for a client with that common name (a vehicle: its VIN).
  [[nodiscard]] Result<bool> issue_client(const std::string& stem,
                                          const std::string& common_name) const;
  /// Whether open() made it.
  [[nodiscard]] bool is_new() const { return new_; }

 private:
  DevelopmentAuthority(std::filesystem::path directory, std::string signature_scheme)
      : directory_(std::move(directory)), signature_scheme_(std::move(signature_scheme)) {}
  [[nodiscard]] Result<bool> issue(const std::string& stem, const Subject& subject) const;

  std::filesystem::path directory_;
  std::string signature_scheme_;
  Key key_;
  Certificate certificate_;
  bool new_ = false;
};

}  // namespace motorcade::openssl
