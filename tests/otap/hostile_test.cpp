// Packages that a trusted signer made wrong, by mistake or by force: every lie behind the signature
// has its own error.
#include <zstd.h>

#include "otap/describe.hpp"
#include "otap/merkle.hpp"
#include "otap/support.hpp"

namespace motorcade::otap {
namespace {

std::string compressed(std::string_view bytes, int window_log = 0) {
  auto* context = ZSTD_createCCtx();
  if (window_log != 0) ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress2(context, out.data(), out.size(), bytes.data(), bytes.size()));
  ZSTD_freeCCtx(context);
  return out;
}

/// Without a content size in its header, as a pipe is compressed.
std::string compressed_as_stream(std::string_view bytes) {
  auto* context = ZSTD_createCCtx();
  std::string out(ZSTD_compressBound(bytes.size()) + 100, '\0');
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  ZSTD_inBuffer from{bytes.data(), bytes.size(), 0};
  ZSTD_compressStream2(context, &to, &from, ZSTD_e_continue);
  ZSTD_compressStream2(context, &to, &from, ZSTD_e_end);
  ZSTD_freeCCtx(context);
  out.resize(to.pos);
  return out;
}

/// One zstd image, announced as `image`, stored as `stored`.
std::string package_with(std::string_view image, std::string stored) {
  return forged(manifest_of({entry_of("ECU_011", image, Codec::zstd)}), {std::move(stored)});
}

const std::string image = noise(5000, 3);

TEST(Hostile, TheForgerCanAlsoMakeGoodPackages) {
  EXPECT_TRUE(read_package(package_with(image, compressed(image))).value() == image);
}

TEST(Hostile, RefusesABombThatHoldsMoreThanAnnounced) {
  const auto bomb = compressed(std::string(64 << 20, '\0'));
  EXPECT_EQ(code_of(read_package(package_with(std::string(100, '\0'), bomb))),
            Errc::bad_compression);
}

TEST(Hostile, RefusesABombWhoseFrameLiesAboutItsSize) {
  // A frame header that announces 100 bytes, before blocks that hold 64 MiB.
  auto bomb = compressed_as_stream(std::string(64 << 20, '\0'));
  ASSERT_EQ(bomb[4] & 0xe0, 0);
  const std::string lying_header("\x28\xB5\x2F\xFD\x20\x64", 6);
  const auto announced = std::string(100, '\0');
  const auto read = read_package(package_with(announced, lying_header + bomb.substr(6)));
  EXPECT_EQ(code_of(read), Errc::bad_compression);
}

TEST(Hostile, RefusesAnImageAboveTheLimit) {
  Limits limits;
  limits.image_bytes = 1 << 20;
  const std::string large(64 << 20, '\0');
  EXPECT_EQ(code_of(read_package(package_with(large, compressed(large)), trust(), limits)),
            Errc::limit_exceeded);
}

TEST(Hostile, RefusesALargeWindow) {
  // Exponent 21: 2^31 bytes; content size in four bytes.
  std::string frame("\x28\xB5\x2F\xFD\x80\xA8\x88\x13\x00\x00\x01\x00\x00", 13);
  EXPECT_EQ(code_of(read_package(package_with(image, frame))), Errc::window_too_large);
  Limits limits;
  limits.zstd_window_log = 10;
  EXPECT_EQ(code_of(read_package(package_with(image, compressed(image)), trust(), limits)),
            Errc::window_too_large);
}

TEST(Hostile, RefusesSkippableFramesBeforeAndBehind) {
  const std::string skippable("\x50\x2A\x4D\x18\x04\x00\x00\x00....", 12);
  EXPECT_EQ(code_of(read_package(package_with(image, skippable + compressed(image)))),
            Errc::bad_compression);
  EXPECT_EQ(code_of(read_package(package_with(image, compressed(image) + skippable))),
            Errc::bad_compression);
  EXPECT_EQ(code_of(read_package(package_with("", skippable))), Errc::bad_compression);
}

TEST(Hostile, RefusesConcatenatedFrames) {
  const auto half = compressed(image.substr(0, 2500)) + compressed(image.substr(2500));
  EXPECT_EQ(code_of(read_package(package_with(image, half))), Errc::bad_compression);
  EXPECT_EQ(code_of(read_package(package_with(image, compressed(image) + compressed("")))),
            Errc::bad_compression);
  EXPECT_EQ(code_of(read_package(package_with("", compressed("") + compressed("")))),
            Errc::bad_compression);
}

TEST(Hostile, RefusesFramesWithoutSizeWithDictionaryOrCutShort) {
  EXPECT_EQ(code_of(read_package(package_with(image, compressed_as_stream(image)))),
            Errc::bad_compression);
  const std::string dictionary("\x28\xB5\x2F\xFD\x21\x01\x00\x01\x00\x00", 10);
  EXPECT_EQ(code_of(read_package(package_with("", dictionary))), Errc::bad_compression);
  const auto frame = compressed(image);
  for (std::size_t size = 0; size < frame.size(); size += size < 20 ? 1 : 211) {
    ASSERT_EQ(code_of(read_package(package_with(image, frame.substr(0, size)))),
              Errc::bad_compression)
        << size;
  }
}

TEST(Hostile, RefusesAnImageThatIsNotTheAnnouncedOne) {
  auto other = image;
  other[4999] = static_cast<char>(other[4999] ^ 1);
  EXPECT_EQ(code_of(read_package(package_with(image, compressed(other)))), Errc::altered);
  EXPECT_EQ(
      code_of(read_package(forged(manifest_of({entry_of("E", image, Codec::none)}), {other}))),
      Errc::altered);
}

TEST(Hostile, NeverHandsOutTheLastBytesOfAWrongImage) {
  auto other = image;
  other[0] = static_cast<char>(other[0] ^ 1);
  const auto package =
      PackageReader::open(memory_source(package_with(image, compressed(other))), trust());
  auto reader = package->image(0).value();
  std::string out(image.size(), 'x');
  EXPECT_EQ(code_of(reader.read(std::span(out.data(), out.size()))), Errc::altered);
  EXPECT_EQ(out, std::string(image.size(), '\0'));
  EXPECT_EQ(code_of(reader.read(std::span(out.data(), 1))), Errc::altered) << "the error stays";
}

TEST(Hostile, RefusesManifestsThatBreakTheRules) {
  const auto code = [](const PackageManifest& manifest) {
    return code_of(PackageReader::open(memory_source(signed_and(encode(manifest), "")), trust()));
  };
  const auto with = [](auto change) {
    auto ecu = entry_of("ECU_011", "", Codec::none);
    change(ecu);
    return manifest_of({ecu});
  };
  EXPECT_EQ(code(with([](EcuEntry&) {})), Errc{});
  EXPECT_EQ(code(with([](EcuEntry& e) { e.ecu_id = ""; })), Errc::malformed);
  EXPECT_EQ(code(with([](EcuEntry& e) { e.ecu_id = "a\nb"; })), Errc::malformed);
  EXPECT_EQ(code(with([](EcuEntry& e) { e.to_version = ""; })), Errc::malformed);
  EXPECT_EQ(code(with([](EcuEntry& e) { e.ecu_id = std::string(129, 'x'); })),
            Errc::limit_exceeded);
  EXPECT_EQ(code(with([](EcuEntry& e) { e.codec = static_cast<Codec>(3); })),
            Errc::unsupported_codec);
  EXPECT_EQ(code(with([](EcuEntry& e) { e.codec = Codec::zstd_patch_from; })), Errc::malformed);
  EXPECT_EQ(code(with([](EcuEntry& e) { e.delta_base[0] = 1; })), Errc::malformed);
  EXPECT_EQ(code(with([](EcuEntry& e) { e.stored_bytes = 1; })), Errc::malformed);
  EXPECT_EQ(code(with([](EcuEntry& e) { e.image_bytes = ~0ULL; })), Errc::limit_exceeded);
  EXPECT_EQ(code(with([](EcuEntry& e) {
              e.dependencies.resize(65, {"a", "1"});
            })),
            Errc::limit_exceeded);
  EXPECT_EQ(code(with([](EcuEntry& e) { e.dependencies = {{"a", ""}}; })), Errc::malformed);
  auto twice = manifest_of({entry_of("E", "", Codec::none), entry_of("E", "", Codec::none)});
  EXPECT_EQ(code(twice), Errc::malformed);
  for (const std::uint32_t chunk : {0U, 1U, 512U, 1025U, 3U << 10}) {
    auto manifest = manifest_of({});
    manifest.chunk_bytes = chunk;
    EXPECT_EQ(code(manifest), Errc::malformed) << chunk;
  }
  auto manifest = manifest_of({});
  manifest.chunk_bytes = 2U << 20;
  EXPECT_EQ(code(manifest), Errc::limit_exceeded);
}

TEST(Hostile, RefusesADeltaUntilItIsBuilt) {
  auto ecu = entry_of("ECU_011", "x", Codec::zstd_patch_from);
  ecu.delta_base[0] = 1;
  EXPECT_EQ(code_of(read_package(forged(manifest_of({ecu}), {"y"}))), Errc::unsupported_codec);
}

TEST(Hostile, SizesNeverWrap) {
  auto ecu = entry_of("A", "", Codec::none);
  ecu.stored_bytes = ecu.image_bytes = ~0ULL - 100;
  auto second = ecu;
  second.ecu_id = "B";
  Limits limits;
  limits.image_bytes = ~0ULL;
  limits.chunk_count = ~0U;
  auto manifest = manifest_of({ecu, second});
  manifest.chunk_bytes = 1U << 31;
  limits.chunk_bytes = 1U << 31;
  limits.chunk_count = ~0U;
  const auto chunks = chunk_count(ecu.stored_bytes, manifest.chunk_bytes);
  ASSERT_GT(chunks, limits.chunk_count);  // so that even "no limit" bounds the memory
  EXPECT_EQ(code_of(check(manifest, limits)), Errc::limit_exceeded);
  EXPECT_EQ(code_of(layout(manifest, 1000)), Errc::does_not_fit);
  EXPECT_EQ(code_of(layout(manifest_of({ecu}), 1000)), Errc::does_not_fit);
}

TEST(Hostile, RefusesCountsAndSizesAboveTheLimitsBeforeReadingThem) {
  Header header;
  header.magic = package_magic;
  header.version = 2;
  header.name = "ZG_BODY";
  header.count = 65535;
  EXPECT_EQ(code_of(read_package(encode(header))), Errc::limit_exceeded);
  header.count = 1;
  EXPECT_EQ(code_of(read_package(encode(header) + "\xff\xff\xff\xff")), Errc::limit_exceeded);
  const std::string no_room("\0\0\0\x1f", 4);
  EXPECT_EQ(code_of(read_package(encode(header) + no_room)), Errc::malformed);
  header.reserved[3] = 1;
  EXPECT_EQ(code_of(read_package(encode(header) + "\xff\xff\xff\xff")), Errc::malformed);
}

TEST(Hostile, RefusesCountsThatDoNotMatchTheManifest) {
  auto front = encode(manifest_of({entry_of("E", "", Codec::none)}));
  front[7] = 0;
  EXPECT_EQ(code_of(read_package(signed_and(front, ""))), Errc::malformed);
  front[7] = 2;
  EXPECT_EQ(code_of(read_package(signed_and(front, ""))), Errc::malformed);
}

TEST(Hostile, RefusesOtherSignersVersionsAndMagics) {
  const auto good = package_with(image, compressed(image));
  const Trust others{{SigningKeys::generate()->verifying_keys()}, true};
  EXPECT_EQ(code_of(read_package(good, others)), Errc::unknown_signer);
  EXPECT_EQ(code_of(read_package(good, Trust{})), Errc::unknown_signer);
  const Trust both{{others.keys[0], keys().verifying_keys()}, false};
  EXPECT_TRUE(read_package(good, both));
  auto other = good;
  other[5] = 3;
  EXPECT_EQ(code_of(read_package(other)), Errc::unsupported_version);
  EXPECT_EQ(code_of(read_package("PK\x03\x04 and the rest")), Errc::bad_magic);
  EXPECT_EQ(code_of(read_package("")), Errc::truncated);
}

TEST(Hostile, SignaturesOfAnotherPackageDoNotHold) {
  const auto one = encode(manifest_of({entry_of("A", "", Codec::none)}));
  const auto two = encode(manifest_of({entry_of("B", "", Codec::none)}));
  const auto of_one = *sign(keys(), one), of_two = *sign(keys(), two);
  EXPECT_TRUE(read_package(one + of_one.ecdsa + of_one.ml_dsa));
  EXPECT_EQ(code_of(read_package(one + of_two.ecdsa + of_two.ml_dsa)), Errc::bad_signature);
  EXPECT_EQ(code_of(read_package(one + of_one.ecdsa + of_two.ml_dsa)), Errc::bad_signature);
  EXPECT_EQ(code_of(read_package(one + of_two.ecdsa + of_one.ml_dsa)), Errc::bad_signature);
}

TEST(Hostile, IsDescribedAllTheSame) {
  auto broken = package_with(image, compressed(image));
  EXPECT_EQ(describe(memory_source(broken), trust())->signature, SignatureState::holds);
  EXPECT_EQ(describe(memory_source(broken))->signature, SignatureState::not_checked);
  const auto signature_begin =
      encode(manifest_of({entry_of("ECU_011", image, Codec::zstd)})).size();
  broken[signature_begin + 5] ^= 1;
  const auto described = describe(memory_source(broken), trust());
  ASSERT_TRUE(described);
  EXPECT_EQ(described->signature, SignatureState::broken);
  EXPECT_NE(to_text(*described).find("signature BROKEN"), std::string::npos);
}

}  // namespace
}  // namespace motorcade::otap
