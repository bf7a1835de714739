#include "motorcade/certificates.hpp"

#include "adapters/files/durable_file.hpp"
#include "adapters/openssl/development_authority.hpp"

namespace motorcade::app {
namespace {

constexpr auto kEdgeName = "motorcade-edge";  // the broker's ACL knows it

std::vector<std::string> hosts_of(const Config& config) {
  std::vector<std::string> hosts;
  for (const auto& url : {config.https.public_url, config.mqtt.uri})
    if (auto host = host_of(url); !host.empty() && host != "localhost")
      hosts.push_back(std::move(host));
  return hosts;
}

Result<void> make_missing(const Config& config, const edge::TlsPolicy& policy,
                          ports::Reporter& reporter) {
  const auto directory = config.certificates.directory.string();
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return failure(error, "making the directory " + directory);
  TRY(const auto held, files::lock_file(directory + "/lock"));  // one process makes them
  TRY(const auto authority, openssl::DevelopmentAuthority::open(directory, policy.signature));
  const auto hosts = hosts_of(config);
  TRY(const bool server, authority.issue_server("server", hosts));
  TRY(const bool broker, authority.issue_server("broker", hosts));
  TRY(const bool edge, authority.issue_client("edge", kEdgeName));
  const bool made = authority.is_new() || server || broker || edge;
  reporter.report(ports::Severity::kWarning,
                  made ? "certificates FOR DEVELOPMENT were made: never use them in production"
                       : "the certificates may be FOR DEVELOPMENT: never use such in production",
                  {{"directory", directory},
                   {"signature", policy.signature},
                   {"setting", "certificates.development"}});
  return {};
}

}  // namespace

std::string host_of(std::string_view url) {
  if (const auto scheme = url.find("://"); scheme != url.npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (url.starts_with('[')) return std::string(url.substr(1, url.find(']') - 1));
  return std::string(url.substr(0, url.find(':')));
}

Result<void> provide_certificates(const Config& config, const edge::TlsPolicy& policy,
                                  ports::Reporter& reporter) {
  if (config.certificates.development) TRY_VOID(make_missing(config, policy, reporter));
  const std::pair<const char*, const Path*> needed[] = {
      {"https.certificate", &config.https.certificate}, {"https.key", &config.https.key},
      {"https.client_ca", &config.https.client_ca},     {"mqtt.ca", &config.mqtt.ca},
      {"mqtt.certificate", &config.mqtt.certificate},   {"mqtt.key", &config.mqtt.key}};
  for (const auto& [setting, file] : needed)
    if (!std::filesystem::exists(*file))
      return failure(std::errc::no_such_file_or_directory,
                     std::string(setting) + ": " + file->string() +
                         " is not there (to try it out, certificates.development: true makes "
                         "certificates in certificates.directory)");
  return {};
}

}  // namespace motorcade::app
