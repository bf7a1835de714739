#include "adapters/openssl/development_authority.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace motorcade::openssl {
namespace {

namespace fs = std::filesystem;
constexpr long kAuthorityDays = 10 * 365, kDays = 2 * 365;

bool is_address(const std::string& host) {
  unsigned char scrap[16];
  return ::inet_pton(AF_INET, host.c_str(), scrap) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), scrap) == 1;
}
/// Of letters, digits, dots and hyphens: what else stands there would be read as another name.
bool is_host_name(const std::string& host) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-';
  };
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), fits);
}

/// Both or none; one alone is half of something that is not ours to mend.
Result<bool> both_exist(const fs::path& certificate, const fs::path& key) {
  const bool have_certificate = fs::exists(certificate), have_key = fs::exists(key);
  if (have_certificate == have_key) return have_key;
  const auto& missing = have_key ? certificate : key;
  const auto& there = have_key ? key : certificate;
  return failure(std::errc::no_such_file_or_directory,
                 missing.string() + " is missing, but " + there.string() +
                     " is there: put it back, or remove both to have new ones made");
}

}  // namespace

Result<DevelopmentAuthority> DevelopmentAuthority::open(fs::path directory,
                                                        std::string signature_scheme) {
  DevelopmentAuthority made(std::move(directory), std::move(signature_scheme));
  std::error_code error;
  fs::create_directories(made.directory_, error);
  if (error) return failure(error, "making the directory " + made.directory_.string());
  const auto certificate = made.directory_ / "ca.crt", key = made.directory_ / "ca.key";
  TRY(const bool there, both_exist(certificate, key));
  if (there) {
    TRY(made.key_, read_key(key));
    TRY(made.certificate_, read_certificate(certificate));
    if (X509_check_private_key(made.certificate_.get(), made.key_.get()) != 1)
      return failure(std::errc::invalid_argument,
                     key.string() + " is not the key of " + certificate.string());
    return made;
  }
  TRY(made.key_, make_key(made.signature_scheme_));
  const Subject subject{"Motorcade development CA", "", "", kAuthorityDays};
  TRY(made.certificate_, certify(subject, made.key_.get(), nullptr, made.key_.get()));
  TRY_VOID(write_key(key, made.key_.get()));
  TRY_VOID(write_certificate(certificate, made.certificate_.get()));
  made.new_ = true;
  return made;
}

Result<bool> DevelopmentAuthority::issue(const std::string& stem, const Subject& subject) const {
  const auto certificate_file = directory_ / (stem + ".crt"),
             key_file = directory_ / (stem + ".key");
  TRY(const bool there, both_exist(certificate_file, key_file));
  if (there) return false;
  TRY(const auto key, make_key(signature_scheme_));
  TRY(const auto certificate, certify(subject, key.get(), certificate_.get(), key_.get()));
  TRY_VOID(write_key(key_file, key.get()));
  TRY_VOID(write_certificate(certificate_file, certificate.get()));
  return true;
}

Result<bool> DevelopmentAuthority::issue_server(const std::string& stem,
                                                const std::vector<std::string>& hosts) const {
  std::string names = "DNS:localhost,IP:127.0.0.1,IP:::1";
  for (const auto& host : hosts) {
    if (!is_address(host) && !is_host_name(host))
      return failure(std::errc::invalid_argument, "\"" + host + "\" is no host name or address");
    names += (is_address(host) ? ",IP:" : ",DNS:") + host;
  }
  return issue(stem, {"localhost", "serverAuth", names, kDays});
}

Result<bool> DevelopmentAuthority::issue_client(const std::string& stem,
                                                const std::string& common_name) const {
  return issue(stem, {common_name, "clientAuth", "", kDays});
}

}  // namespace motorcade::openssl
