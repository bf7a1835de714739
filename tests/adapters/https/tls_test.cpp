// The TLS policy: enforced, and asserted.
#include "adapters/https/tls.hpp"

#include <gtest/gtest.h>

#include "adapters/https/errc.hpp"
#include "adapters/https/rig.hpp"

namespace motorcade::https::testing_support {
namespace {

TEST(TlsPolicy, AnotherGroupIsRefused) {
  Rig rig;
  for (const char* groups : {"X25519", "MLKEM768", "P-256", "SecP384r1MLKEM1024"}) {
    auto other = rig.connect();
    other.groups = groups;
    EXPECT_FALSE(Client(other).connected()) << groups;
  }
  auto both = rig.connect();
  both.groups = "X25519:X25519MLKEM768";
  Client client(both);
  ASSERT_TRUE(client.connected());
  EXPECT_EQ(client.group(), "X25519MLKEM768");
  EXPECT_EQ(client.send("GET", "/healthz").status, 200u);
  EXPECT_NE(rig.metrics().find("result=\"refused\"} 4"), std::string::npos) << rig.metrics();
}

TEST(TlsPolicy, AnotherSignatureIsRefused) {
  Rig rig;
  auto other = rig.connect();
  other.signatures = "rsa_pss_rsae_sha256:ed25519";
  EXPECT_FALSE(Client(other).connected());
}

TEST(TlsPolicy, AVehicleOfAnotherAuthorityIsRefused) {
  Rig rig;
  Authority stranger(rig.directory() / "stranger");
  auto connect = rig.connect();
  connect.identity = stranger.issue(kVin);
  Client client(connect);  // in TLS 1.3 a client learns of it when it reads
  EXPECT_EQ(client.send("GET", "/healthz").status, 0u);
}

TEST(TlsPolicy, WhatOpensslDoesNotKnowIsAnErrorAtTheStart) {
  Rig rig;
  const TlsFiles files{
      rig.directory() / "ca" / "localhost.pem", rig.directory() / "ca" / "localhost.key", {}};
  edge::TlsPolicy policy;
  EXPECT_TRUE(make_tls_context(policy, files));
  policy.group = "ROT13";
  EXPECT_EQ(make_tls_context(policy, files).error().code, make_error_code(Errc::kPolicy));
  policy = {};
  policy.signature = "crayon";
  EXPECT_EQ(make_tls_context(policy, files).error().code, make_error_code(Errc::kPolicy));
  policy = {};
  auto missing = files;
  missing.key = rig.directory() / "none.key";
  const auto refused = make_tls_context(policy, missing);
  EXPECT_EQ(refused.error().code, make_error_code(Errc::kCertificate));
  EXPECT_NE(refused.error().context.find("none.key"), std::string::npos);
  missing = files;
  missing.client_ca = rig.directory() / "none.pem";
  EXPECT_EQ(make_tls_context(policy, missing).error().code, make_error_code(Errc::kCertificate));
}

TEST(TlsPolicy, ObeyingMeansGroupAndSignature) {
  const edge::TlsPolicy policy;
  EXPECT_TRUE(obeys({"X25519MLKEM768", "", ""}, policy));
  EXPECT_TRUE(obeys({"x25519mlkem768", "ecdsa_secp256r1_sha256", "VIN"}, policy));
  EXPECT_FALSE(obeys({"X25519", "", ""}, policy));
  EXPECT_FALSE(obeys({"X25519MLKEM768", "ed25519", "VIN"}, policy));
  EXPECT_FALSE(obeys({"X25519MLKEM768", "", "VIN"}, policy));
}

}  // namespace
}  // namespace motorcade::https::testing_support
