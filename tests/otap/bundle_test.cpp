// The vehicle bundle: round trips, every truncation, every flipped byte, and packages in the wrong
// place.
#include "otap/bundle.hpp"

#include "otap/describe.hpp"
#include "otap/support.hpp"

namespace motorcade::otap {
namespace {

PackageInBundle zone(const std::string& name, const std::string& content, bool version_1 = false) {
  auto spec = spec_of({image_of("ECU_1", content)});
  spec.zonal_gateway = name;
  const auto bytes = version_1 ? written_v1(spec) : written(spec);
  return {name, memory_source(bytes), digest::sha256(bytes)};
}

std::string bundle_of(std::vector<PackageInBundle> packages) {
  std::string out;
  const auto result = write_bundle({"configuration 7", std::move(packages)}, keys(), into(out));
  EXPECT_TRUE(result) << to_string(result.error());
  EXPECT_EQ(result->sha256, digest::sha256(out));
  return out;
}

Result<BundleReader> opened(const std::string& bytes) {
  return BundleReader::open(memory_source(bytes), trust());
}

Result<void> verified(const std::string& bytes) {
  OTAP_TRY(const auto bundle, opened(bytes));
  return bundle.verify();
}

TEST(Bundle, RoundTripsItsZones) {
  const auto bytes = bundle_of(
      {zone("ZG_BODY", "body"), zone("ZG_ADAS", noise(70'000, 1)), zone("ZG_OLD", "old", true)});
  const auto bundle = opened(bytes);
  ASSERT_TRUE(bundle) << to_string(bundle.error());
  EXPECT_EQ(bundle->manifest().id, "configuration 7");
  EXPECT_EQ(bundle->manifest().total_bytes, bytes.size());
  ASSERT_EQ(bundle->manifest().zones.size(), 3U);
  EXPECT_TRUE(bundle->verify());
  const std::string expected[] = {"body", noise(70'000, 1), "old"};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto package = bundle->package(i);
    ASSERT_TRUE(package) << to_string(package.error());
    EXPECT_EQ(package->manifest().zonal_gateway, bundle->manifest().zones[i].zonal_gateway);
    auto reader = package->image(0);
    EXPECT_TRUE(read_image(*reader).value() == expected[i]);
  }
  EXPECT_EQ(code_of(bundle->package(3)), Errc::invalid_spec);
}

TEST(Bundle, MayBeEmpty) {
  EXPECT_TRUE(verified(bundle_of({})));
}

TEST(Bundle, IsDescribedWithItsPackages) {
  const auto text =
      to_text(*describe(memory_source(bundle_of({zone("ZG_BODY", "body")})), trust()));
  EXPECT_NE(text.find("OTAB version 1 \"configuration 7\", 1 packages"), std::string::npos) << text;
  EXPECT_NE(text.find("OTAP version 2 for ZG_BODY, 1 ECUs"), std::string::npos) << text;
  EXPECT_NE(text.find("ECU_1  1.0.0 -> 1.1.0  4 bytes"), std::string::npos) << text;
}

TEST(Bundle, RefusesEveryTruncation) {
  const auto whole = bundle_of({zone("ZG_BODY", "body")});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ASSERT_EQ(code_of(opened(whole.substr(0, size))), Errc::truncated) << size;
  }
  EXPECT_EQ(code_of(opened(whole + "x")), Errc::trailing_bytes);
}

TEST(Bundle, RefusesEveryFlippedByte) {
  const auto whole = bundle_of({zone("ZG_BODY", "body"), zone("ZG_OLD", noise(50, 1), true)});
  for (std::size_t i = 0; i < whole.size(); ++i) {
    auto altered = whole;
    altered[i] = static_cast<char>(altered[i] ^ (1 << i % 8));
    ASSERT_FALSE(verified(altered)) << "byte " << i;
  }
}

TEST(Bundle, RefusesAPackageOfAnotherZoneAndTheSameZoneTwice) {
  auto wrong = zone("ZG_BODY", "body");
  wrong.zonal_gateway = "ZG_ADAS";
  EXPECT_EQ(code_of(verified(bundle_of({wrong}))), Errc::malformed);
  std::string out;
  EXPECT_EQ(code_of(write_bundle({"", {zone("A", "a"), zone("A", "a")}}, keys(), into(out))),
            Errc::malformed);
}

TEST(Bundle, RefusesAPackageThatIsNotTheAnnouncedOne) {
  auto wrong = zone("ZG_BODY", "body");
  wrong.sha256[0] ^= 1;
  std::string out;
  EXPECT_EQ(code_of(write_bundle({"", {wrong}}, keys(), into(out))), Errc::altered);
}

TEST(Bundle, IsNoPackageNorAPackageABundle) {
  EXPECT_EQ(code_of(read_package(bundle_of({}))), Errc::bad_magic);
  EXPECT_EQ(code_of(opened(written(spec_of({})))), Errc::bad_magic);
  auto bytes = bundle_of({});
  bytes[5] = 2;
  EXPECT_EQ(code_of(opened(bytes)), Errc::unsupported_version);
}

/// A signed manifest with one zone at any place.
std::string bundle_claiming(std::uint64_t offset, std::uint64_t size, std::uint64_t total) {
  digest::CanonicalWriter body;
  const auto& signer = keys().verifying_keys().id();
  body.raw({reinterpret_cast<const char*>(signer.data()), signer.size()});
  body.u64(total);
  body.u8(1);
  body.raw("Z");
  body.u64(offset);
  body.u64(size);
  body.raw(std::string(32, '\0'));
  Header header;
  header.magic = bundle_magic;
  header.version = 1;
  header.count = 1;
  digest::CanonicalWriter front;
  front.raw(encode(header));
  front.u32(static_cast<std::uint32_t>(body.bytes().size()));
  front.raw(body.bytes());
  return signed_and(front.take(), "12345");
}

TEST(Bundle, RefusesPlacesThatOverlapLeaveGapsOrWrap) {
  const auto end = bundle_claiming(0, 0, 0).size(), begin = end - 5;
  EXPECT_TRUE(opened(bundle_claiming(begin, 5, end)));
  EXPECT_EQ(code_of(opened(bundle_claiming(begin - 1, 5, end))), Errc::malformed);
  EXPECT_EQ(code_of(opened(bundle_claiming(begin + 1, 5, end))), Errc::malformed);
  EXPECT_EQ(code_of(opened(bundle_claiming(begin, 4, end))), Errc::malformed);
  EXPECT_EQ(code_of(opened(bundle_claiming(begin, ~0ULL, begin - 1))), Errc::malformed);
  EXPECT_EQ(code_of(opened(bundle_claiming(begin, 6, end + 1))), Errc::truncated);
  EXPECT_EQ(code_of(opened(bundle_claiming(begin, 4, end - 1))), Errc::trailing_bytes);
}

}  // namespace
}  // namespace motorcade::otap
