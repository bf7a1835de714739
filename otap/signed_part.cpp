#include "otap/signed_part.hpp"

namespace motorcade::otap {
namespace {

constexpr std::size_t fixed_bytes = 9;  // magic, version, count, length of the name
constexpr std::size_t reserved_bytes = 16;
constexpr std::size_t signer_bytes = 32;

Result<std::string> read_text(const Source& source, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  OTAP_TRY_VOID(source.read_at(offset, std::span(bytes.data(), bytes.size())));
  return bytes;
}

}  // namespace

KeyId SignedPart::signer() const {
  KeyId id{};
  const auto bytes = manifest().substr(0, id.size());
  std::copy(bytes.begin(), bytes.end(), id.begin());
  return id;
}

Result<Header> read_header(const Source& source, const Limits& limits) {
  if (source.size() > limits.package_bytes) {
    return failure(Errc::limit_exceeded, std::to_string(source.size()) + " bytes, at most " +
                                             std::to_string(limits.package_bytes) + " are allowed");
  }
  OTAP_TRY(const auto fixed, read_text(source, 0, fixed_bytes));
  digest::CanonicalReader in(fixed);
  Header header;
  header.magic = in.raw(4);
  if (header.magic != package_magic && header.magic != bundle_magic) {
    return failure(Errc::bad_magic, "the first four bytes are neither OTAP nor OTAB");
  }
  header.version = in.u16();
  header.count = in.u16();
  const std::size_t name_bytes = in.u8();
  OTAP_TRY(const auto rest, read_text(source, fixed_bytes, name_bytes + reserved_bytes));
  header.name = rest.substr(0, name_bytes);
  header.reserved = rest.substr(name_bytes);
  OTAP_TRY_VOID(
      check_text("name in the header", header.name, limits, header.magic == bundle_magic));
  const auto limit = header.magic == package_magic ? limits.ecu_count : limits.zone_count;
  if (header.count > limit) {
    return failure(Errc::limit_exceeded, std::to_string(header.count) + " entries, at most " +
                                             std::to_string(limit) + " are allowed");
  }
  return header;
}

Result<SignedPart> read_signed_part(const Source& source, Header header, const Limits& limits) {
  if (header.reserved != std::string(reserved_bytes, '\0')) {
    return failure(Errc::malformed, "the header's reserved bytes are not zero");
  }
  SignedPart part;
  part.signed_bytes = encode(header);
  const auto size_at = part.signed_bytes.size();
  OTAP_TRY(const auto size_bytes, read_text(source, size_at, 4));
  const auto manifest_bytes = digest::CanonicalReader(size_bytes).u32();
  if (manifest_bytes > limits.manifest_bytes) {
    return failure(Errc::limit_exceeded,
                   "a manifest of " + std::to_string(manifest_bytes) + " bytes, at most " +
                       std::to_string(limits.manifest_bytes) + " are allowed");
  }
  if (manifest_bytes < signer_bytes) {
    return failure(Errc::malformed, "a manifest of " + std::to_string(manifest_bytes) +
                                        " bytes has no room for its signer");
  }
  OTAP_TRY(const auto rest, read_text(source, size_at + 4, manifest_bytes + signatures_bytes));
  part.signed_bytes += size_bytes;
  part.manifest_begin = part.signed_bytes.size();
  part.signed_bytes += rest.substr(0, manifest_bytes);
  part.signatures.ecdsa = rest.substr(manifest_bytes, ecdsa_bytes);
  part.signatures.ml_dsa = rest.substr(manifest_bytes + ecdsa_bytes);
  part.payload_begin = part.signed_bytes.size() + signatures_bytes;
  part.header = std::move(header);
  return part;
}

Result<void> check_signatures(const SignedPart& part, const Trust& trust) {
  const auto signer = part.signer();
  for (const auto& keys : trust.keys) {
    if (keys.id() == signer) return verify(keys, part.signed_bytes, part.signatures);
  }
  return failure(Errc::unknown_signer, "signed by " + hex(signer) + ", which is none of the " +
                                           std::to_string(trust.keys.size()) + " trusted keys");
}

Result<void> check_total_bytes(std::string_view what, std::uint64_t found, std::uint64_t expected) {
  if (found == expected) return {};
  return failure(found < expected ? Errc::truncated : Errc::trailing_bytes,
                 "the " + std::string(what) + " has " + std::to_string(found) +
                     " bytes, its manifest says " + std::to_string(expected));
}

}  // namespace motorcade::otap
