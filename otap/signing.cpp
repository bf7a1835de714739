#include "otap/signing.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/params.h>

#include <array>
#include <vector>

namespace motorcade::otap {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bn = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using EcdsaSig = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;
using MdContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

tl::unexpected<Error> crypto_failure(const char* what) {
  ERR_clear_error();
  return failure(Errc::crypto_failed, what);
}

tl::unexpected<Error> bad(std::string why) {
  ERR_clear_error();
  return failure(Errc::bad_signature, std::move(why));
}

struct Order {
  Bn n{BN_new()}, half{BN_new()};
  Order() {
    const std::unique_ptr<EC_GROUP, Freed<EC_GROUP_free>> group(
        EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    BN_copy(n.get(), EC_GROUP_get0_order(group.get()));
    BN_rshift1(half.get(), n.get());
  }
};
const Order& p256_order() {
  static const Order order;
  return order;
}

/// DER to r || s with the lower of the two valid s.
Result<std::string> low_s(const std::vector<unsigned char>& der) {
  const auto* position = der.data();
  const EcdsaSig signature(d2i_ECDSA_SIG(nullptr, &position, static_cast<long>(der.size())));
  if (!signature) return crypto_failure("decoding an own ECDSA signature");
  const Bn s(BN_dup(ECDSA_SIG_get0_s(signature.get())));
  if (BN_cmp(s.get(), p256_order().half.get()) > 0) BN_sub(s.get(), p256_order().n.get(), s.get());
  std::array<unsigned char, ecdsa_bytes> out{};
  if (BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out.data(), 32) != 32 ||
      BN_bn2binpad(s.get(), out.data() + 32, 32) != 32) {
    return crypto_failure("encoding an ECDSA signature");
  }
  return std::string(reinterpret_cast<char*>(out.data()), out.size());
}

Result<std::string> sign_ecdsa(EVP_PKEY* key, std::string_view bytes) {
  unsigned deterministic = 1;  // RFC 6979
  const std::array parameters{
      OSSL_PARAM_construct_uint(OSSL_SIGNATURE_PARAM_NONCE_TYPE, &deterministic),
      OSSL_PARAM_construct_end()};
  const MdContext context(EVP_MD_CTX_new());
  if (EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key,
                            parameters.data()) != 1) {
    return crypto_failure("preparing ECDSA");
  }
  std::size_t size = 0;
  if (EVP_DigestSign(context.get(), nullptr, &size, bytes_of(bytes), bytes.size()) != 1) {
    return crypto_failure("signing with ECDSA");
  }
  std::vector<unsigned char> der(size);
  if (EVP_DigestSign(context.get(), der.data(), &size, bytes_of(bytes), bytes.size()) != 1) {
    return crypto_failure("signing with ECDSA");
  }
  der.resize(size);
  return low_s(der);
}

Result<void> verify_ecdsa(EVP_PKEY* key, std::string_view bytes, std::string_view signature) {
  if (signature.size() != ecdsa_bytes) return bad("ECDSA signature of a wrong length");
  Bn r(BN_bin2bn(bytes_of(signature), 32, nullptr));
  Bn s(BN_bin2bn(bytes_of(signature) + 32, 32, nullptr));
  if (BN_cmp(s.get(), p256_order().half.get()) > 0) {
    return bad("ECDSA signature with a high s, which signers here never make");
  }
  const EcdsaSig pair(ECDSA_SIG_new());
  ECDSA_SIG_set0(pair.get(), r.release(), s.release());
  unsigned char* der = nullptr;
  const int der_size = i2d_ECDSA_SIG(pair.get(), &der);
  const MdContext context(EVP_MD_CTX_new());
  const bool holds = der_size > 0 &&
                     EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr,
                                             key, nullptr) == 1 &&
                     EVP_DigestVerify(context.get(), der, static_cast<std::size_t>(der_size),
                                      bytes_of(bytes), bytes.size()) == 1;
  OPENSSL_free(der);
  if (!holds) return bad("the ECDSA P-256 signature does not hold");
  return {};
}

EVP_SIGNATURE* ml_dsa_65() {
  static EVP_SIGNATURE* const algorithm = EVP_SIGNATURE_fetch(nullptr, "ML-DSA-65", nullptr);
  return algorithm;
}

/// EVP_SIGNATURE-ML-DSA(7): pure ML-DSA with our context string.
std::array<OSSL_PARAM, 3> ml_dsa_parameters(int& deterministic) {
  return {OSSL_PARAM_construct_octet_string(OSSL_SIGNATURE_PARAM_CONTEXT_STRING,
                                            const_cast<char*>(ml_dsa_context.data()),
                                            ml_dsa_context.size()),
          OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_DETERMINISTIC, &deterministic),
          OSSL_PARAM_construct_end()};
}

Result<std::string> sign_ml_dsa(EVP_PKEY* key, std::string_view bytes) {
  int deterministic = 1;
  const auto parameters = ml_dsa_parameters(deterministic);
  const PkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  std::string out(ml_dsa_bytes, '\0');
  std::size_t size = out.size();
  if (EVP_PKEY_sign_message_init(context.get(), ml_dsa_65(), parameters.data()) != 1 ||
      EVP_PKEY_sign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                    bytes_of(bytes), bytes.size()) != 1 ||
      size != ml_dsa_bytes) {
    return crypto_failure("signing with ML-DSA-65");
  }
  return out;
}

Result<void> verify_ml_dsa(EVP_PKEY* key, std::string_view bytes, std::string_view signature) {
  if (signature.size() != ml_dsa_bytes) return bad("ML-DSA-65 signature of a wrong length");
  int deterministic = 1;
  const auto parameters = ml_dsa_parameters(deterministic);
  const PkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  if (EVP_PKEY_verify_message_init(context.get(), ml_dsa_65(), parameters.data()) != 1) {
    return crypto_failure("preparing ML-DSA-65");
  }
  if (EVP_PKEY_verify(context.get(), bytes_of(signature), signature.size(), bytes_of(bytes),
                      bytes.size()) != 1) {
    return bad("the ML-DSA-65 signature does not hold");
  }
  return {};
}

}  // namespace

Result<Signatures> sign(const SigningKeys& keys, std::string_view bytes) {
  Signatures signatures;
  OTAP_TRY(signatures.ecdsa, sign_ecdsa(keys.verifying_keys().ecdsa(), bytes));
  OTAP_TRY(signatures.ml_dsa, sign_ml_dsa(keys.verifying_keys().ml_dsa(), bytes));
  return signatures;
}

Result<void> verify(const VerifyingKeys& keys, std::string_view bytes,
                    const Signatures& signatures) {
  OTAP_TRY_VOID(verify_ecdsa(keys.ecdsa(), bytes, signatures.ecdsa));
  return verify_ml_dsa(keys.ml_dsa(), bytes, signatures.ml_dsa);
}

}  // namespace motorcade::otap
