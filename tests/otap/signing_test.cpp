// Hybrid signatures: both must hold, in the one form that signers here make.
#include "otap/signing.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/params.h>
#include <sys/stat.h>

#include <fstream>

#include "otap/support.hpp"

namespace motorcade::otap {
namespace {

constexpr std::string_view message = "what is signed";

Signatures signatures() {
  return *sign(keys(), message);
}
const VerifyingKeys& verifying() {
  return keys().verifying_keys();
}

/// The other valid s of the same signature: n - s.
std::string high_s(const std::string& signature) {
  BIGNUM* order = nullptr;
  BN_hex2bn(&order, "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
  BIGNUM* s = BN_bin2bn(reinterpret_cast<const unsigned char*>(signature.data()) + 32, 32, nullptr);
  BN_sub(s, order, s);
  std::string out = signature;
  BN_bn2binpad(s, reinterpret_cast<unsigned char*>(out.data()) + 32, 32);
  BN_free(s);
  BN_free(order);
  return out;
}

/// ML-DSA-65 with any context string.
std::string ml_dsa_with(std::string context_string) {
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_SIGNATURE_PARAM_CONTEXT_STRING, context_string.data(),
                                        context_string.size()),
      OSSL_PARAM_construct_end()};
  auto* algorithm = EVP_SIGNATURE_fetch(nullptr, "ML-DSA-65", nullptr);
  auto* context = EVP_PKEY_CTX_new_from_pkey(nullptr, verifying().ml_dsa(), nullptr);
  std::string out(ml_dsa_bytes, '\0');
  std::size_t size = out.size();
  EXPECT_EQ(EVP_PKEY_sign_message_init(context, algorithm, parameters), 1);
  EXPECT_EQ(EVP_PKEY_sign(context, reinterpret_cast<unsigned char*>(out.data()), &size,
                          reinterpret_cast<const unsigned char*>(message.data()), message.size()),
            1);
  EVP_PKEY_CTX_free(context);
  EVP_SIGNATURE_free(algorithm);
  return out;
}

TEST(Signing, BothSignaturesHold) {
  EXPECT_EQ(signatures().ecdsa.size(), ecdsa_bytes);
  EXPECT_EQ(signatures().ml_dsa.size(), ml_dsa_bytes);
  EXPECT_TRUE(verify(verifying(), message, signatures()));
  EXPECT_TRUE(verify(verifying(), "", *sign(keys(), "")));
}

TEST(Signing, IsDeterministic) {
  EXPECT_EQ(signatures().ecdsa, signatures().ecdsa);
  EXPECT_EQ(signatures().ml_dsa, signatures().ml_dsa);
}

TEST(Signing, NeitherSignatureIsEnough) {
  const auto other = *sign(keys(), "something else");
  EXPECT_EQ(code_of(verify(verifying(), message, {signatures().ecdsa, other.ml_dsa})),
            Errc::bad_signature);
  EXPECT_EQ(code_of(verify(verifying(), message, {other.ecdsa, signatures().ml_dsa})),
            Errc::bad_signature);
  EXPECT_EQ(code_of(verify(verifying(), message, {signatures().ml_dsa, signatures().ecdsa})),
            Errc::bad_signature);
}

TEST(Signing, RefusesEveryFlippedBit) {
  for (std::size_t bit = 0; bit < ecdsa_bytes * 8; ++bit) {
    auto altered = signatures();
    altered.ecdsa[bit / 8] = static_cast<char>(altered.ecdsa[bit / 8] ^ (1 << bit % 8));
    ASSERT_FALSE(verify(verifying(), message, altered)) << bit;
  }
  const auto good = signatures();
  for (std::size_t byte = 0; byte < ml_dsa_bytes; byte += 7) {
    auto altered = good;
    altered.ml_dsa[byte] = static_cast<char>(altered.ml_dsa[byte] ^ 0x10);
    ASSERT_FALSE(verify(verifying(), message, altered)) << byte;
  }
}

TEST(Signing, MakesLowSAndRefusesHighS) {
  for (int i = 0; i < 100; ++i) {
    const auto text = std::to_string(i);
    const auto made = *sign(keys(), text);
    ASSERT_TRUE(verify(verifying(), text, made));
    const auto refused = verify(verifying(), text, {high_s(made.ecdsa), made.ml_dsa});
    ASSERT_EQ(code_of(refused), Errc::bad_signature);
    ASSERT_NE(refused.error().context.find("high s"), std::string::npos);
  }
}

TEST(Signing, RefusesZeroAndOrderAsNumbers) {
  auto altered = signatures();
  altered.ecdsa = std::string(64, '\0');
  EXPECT_EQ(code_of(verify(verifying(), message, altered)), Errc::bad_signature);
  altered.ecdsa = std::string(64, '\xff');
  EXPECT_EQ(code_of(verify(verifying(), message, altered)), Errc::bad_signature);
}

TEST(Signing, RefusesAnotherContextString) {
  EXPECT_TRUE(
      verify(verifying(), message, {signatures().ecdsa, ml_dsa_with(std::string(ml_dsa_context))}));
  for (const auto* context : {"", "motorcade otap v1", "motorcade otap v2 "}) {
    EXPECT_EQ(code_of(verify(verifying(), message, {signatures().ecdsa, ml_dsa_with(context)})),
              Errc::bad_signature);
  }
}

TEST(Signing, RefusesWrongLengths) {
  for (const std::size_t size : {std::size_t{0}, ecdsa_bytes - 1, ecdsa_bytes + 1}) {
    auto altered = signatures();
    altered.ecdsa.resize(size);
    EXPECT_EQ(code_of(verify(verifying(), message, altered)), Errc::bad_signature);
  }
  for (const std::size_t size : {std::size_t{0}, ml_dsa_bytes - 1, ml_dsa_bytes + 1}) {
    auto altered = signatures();
    altered.ml_dsa.resize(size);
    EXPECT_EQ(code_of(verify(verifying(), message, altered)), Errc::bad_signature);
  }
}

TEST(Keys, SurviveTheirFilesWhichOnlyTheOwnerMayRead) {
  const TemporaryDirectory directory;
  const auto path = directory / "signing.pem";
  ASSERT_TRUE(keys().save(path));
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  const auto loaded = SigningKeys::load(path);
  ASSERT_TRUE(loaded) << to_string(loaded.error());
  EXPECT_TRUE(verify(verifying(), message, *sign(*loaded, message)));

  EXPECT_EQ(code_of(keys().save(path)), Errc::io_failed) << "a key must never be overwritten";
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  EXPECT_EQ(code_of(SigningKeys::load(path)), Errc::bad_key);
}

TEST(Keys, PublicHalvesTravelAsPem) {
  const auto read = VerifyingKeys::from_pem(verifying().to_pem());
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(read->id(), verifying().id());
  EXPECT_TRUE(verify(*read, message, signatures()));
  EXPECT_FALSE(sign(*SigningKeys::generate(), message).value().ecdsa == signatures().ecdsa);
}

TEST(Keys, RefuseWhatIsNoPair) {
  const auto pem = verifying().to_pem();
  const auto second = pem.find("-----BEGIN", 1);
  EXPECT_EQ(code_of(VerifyingKeys::from_pem("")), Errc::bad_key);
  EXPECT_EQ(code_of(VerifyingKeys::from_pem(pem.substr(0, second))), Errc::bad_key);
  EXPECT_EQ(code_of(VerifyingKeys::from_pem(pem.substr(second) + pem.substr(0, second))),
            Errc::bad_key);
  EXPECT_EQ(code_of(VerifyingKeys::from_pem(pem.substr(0, second) + pem.substr(0, second))),
            Errc::bad_key);
  EXPECT_EQ(code_of(SigningKeys::from_pem(pem)), Errc::bad_key);
  EXPECT_EQ(code_of(VerifyingKeys::from_pem(std::string(1 << 20, 'x'))), Errc::bad_key);
  EXPECT_EQ(code_of(VerifyingKeys::load("/nowhere/keys.pem")), Errc::io_failed);
}

}  // namespace
}  // namespace motorcade::otap
