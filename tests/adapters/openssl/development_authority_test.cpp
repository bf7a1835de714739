#include "adapters/openssl/development_authority.hpp"

#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <map>
#include <sstream>

#include "support/temporary_directory.hpp"

namespace motorcade::openssl {
namespace {

namespace fs = std::filesystem;
constexpr auto kEcdsa = "ecdsa_secp256r1_sha256";
constexpr auto kVin = "WVWZZZ1KZAW000001";

std::string bytes_of(const fs::path& file) {
  std::ostringstream out;
  out << std::ifstream(file).rdbuf();
  return out.str();
}

class DevelopmentAuthorityTest : public testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] Result<DevelopmentAuthority> open() const {
    return DevelopmentAuthority::open(at_, GetParam());
  }
  /// Whether the certificate holds for the purpose, by the authority in the directory.
  [[nodiscard]] bool holds(const std::string& stem, int purpose) const {
    const auto authority = read_certificate(at_ / "ca.crt").value();
    const auto leaf = read_certificate(at_ / (stem + ".crt")).value();
    X509_STORE* store = X509_STORE_new();
    X509_STORE_add_cert(store, authority.get());
    X509_STORE_CTX* context = X509_STORE_CTX_new();
    X509_STORE_CTX_init(context, store, leaf.get(), nullptr);
    X509_STORE_CTX_set_purpose(context, purpose);
    const bool good = X509_verify_cert(context) == 1;
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    const auto key = read_key(at_ / (stem + ".key")).value();
    return good && X509_check_private_key(leaf.get(), key.get()) == 1;
  }

  testing_support::TemporaryDirectory directory_;
  fs::path at_ = directory_.path() / "made" / "certificates";
};
INSTANTIATE_TEST_SUITE_P(Signatures, DevelopmentAuthorityTest,
                         testing::Values(kEcdsa, "mldsa44", "mldsa65", "mldsa87"));

TEST_P(DevelopmentAuthorityTest, IssuesForServersAndClients) {
  const auto authority = open().value();
  EXPECT_TRUE(authority.is_new());
  EXPECT_TRUE(authority.issue_server("server", {"updates.example", "192.0.2.7"}).value());
  EXPECT_TRUE(authority.issue_client("client", kVin).value());
  EXPECT_TRUE(holds("server", X509_PURPOSE_SSL_SERVER));
  EXPECT_TRUE(holds("client", X509_PURPOSE_SSL_CLIENT));
  EXPECT_FALSE(holds("client", X509_PURPOSE_SSL_SERVER)) << "a vehicle must not pass for a server";
  const auto server = read_certificate(at_ / "server.crt").value();
  for (const char* host : {"localhost", "updates.example"})
    EXPECT_EQ(X509_check_host(server.get(), host, 0, 0, nullptr), 1) << host;
  for (const char* address : {"127.0.0.1", "::1", "192.0.2.7"})
    EXPECT_EQ(X509_check_ip_asc(server.get(), address, 0), 1) << address;
  EXPECT_EQ(X509_check_host(server.get(), "other.example", 0, 0, nullptr), 0);
}

class DevelopmentFiles : public DevelopmentAuthorityTest {};
INSTANTIATE_TEST_SUITE_P(Ecdsa, DevelopmentFiles, testing::Values(kEcdsa));

TEST_P(DevelopmentFiles, WhatIsThereIsUsedAgainAndNeverChanged) {
  EXPECT_TRUE(open()->issue_server("server", {}).value());
  std::map<fs::path, std::string> before;
  for (const auto& entry : fs::directory_iterator(at_))
    before[entry.path()] = bytes_of(entry.path());
  EXPECT_EQ(before.size(), 4U) << "two certificates, two keys, and nothing beside";
  const auto again = open().value();
  EXPECT_FALSE(again.is_new());
  EXPECT_FALSE(again.issue_server("server", {"other"}).value());
  for (const auto& [file, bytes] : before) EXPECT_EQ(bytes_of(file), bytes) << file;
  EXPECT_TRUE(again.issue_client("later", kVin).value());
  EXPECT_TRUE(holds("later", X509_PURPOSE_SSL_CLIENT));
}

TEST_P(DevelopmentFiles, KeysAreTheirOwnersOnly) {
  EXPECT_TRUE(open()->issue_client("client", kVin).value());
  for (const char* key : {"ca.key", "client.key"})
    EXPECT_EQ(fs::status(at_ / key).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_P(DevelopmentFiles, HalfOfAPairIsAnErrorThatNamesTheOther) {
  const auto authority = open().value();
  std::ofstream(at_ / "server.crt") << "somebody's own";
  const auto issued = authority.issue_server("server", {});
  ASSERT_FALSE(issued);
  EXPECT_NE(issued.error().context.find("server.key is missing"), std::string::npos)
      << issued.error().context;
  EXPECT_EQ(bytes_of(at_ / "server.crt"), "somebody's own");
  fs::remove(at_ / "ca.key");
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().context.find("ca.key is missing"), std::string::npos);
}

TEST_P(DevelopmentFiles, AnothersKeyAndNamesThatAreNoneAreRefused) {
  { const auto authority = open().value(); }
  fs::remove(at_ / "ca.key");
  ASSERT_TRUE(write_key(at_ / "ca.key", make_key(kEcdsa)->get()));
  EXPECT_FALSE(open());
  fs::remove_all(at_);
  EXPECT_FALSE(open()->issue_server("server", {"a,DNS:evil.example"}));
  EXPECT_FALSE(fs::exists(at_ / "server.key"));
}

TEST_P(DevelopmentFiles, AFileIsNeverWrittenOver) {
  fs::create_directories(at_);
  std::ofstream(at_ / "a.key") << "somebody's own";
  const auto key = make_key(kEcdsa).value();
  const auto written = write_key(at_ / "a.key", key.get());
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, std::errc::file_exists);
  EXPECT_EQ(bytes_of(at_ / "a.key"), "somebody's own");
  EXPECT_FALSE(fs::exists(at_ / "a.key.new")) << "nothing is left beside";
}

TEST(Keys, OfAnUnknownSchemeAreRefused) {
  EXPECT_FALSE(make_key("rsa_pss_rsae_sha256"));
  EXPECT_FALSE(make_key("mldsa99"));
}

}  // namespace
}  // namespace motorcade::openssl
