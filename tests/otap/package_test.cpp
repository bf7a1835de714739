// Version 2, written and read back: round trips, every truncation, every flipped byte, limits,
// sizes.
#include "otap/merkle.hpp"
#include "otap/support.hpp"

namespace motorcade::otap {
namespace {

PackageSpec small_package() {
  auto spec = spec_of(
      {image_of("ECU_011", noise(2500, 1)), image_of("ECU_012", noise(1100, 2), Codec::none)});
  spec.images[0].dependencies = {{"ECU_001", "1.2.0"}};
  return spec;
}

TEST(Package, RoundTripsImagesOfEverySizeAroundAChunk) {
  for (const auto codec : {Codec::none, Codec::zstd}) {
    for (const std::size_t size : {0, 1, 1023, 1024, 1025, 2048, 300'000}) {
      const auto image = noise(size, size);
      const auto read = read_package(written(spec_of({image_of("ECU_011", image, codec)})));
      ASSERT_TRUE(read) << to_string(read.error());
      EXPECT_TRUE(*read == image) << size;
    }
  }
}

TEST(Package, HoldsNoEcuOrThousands) {
  EXPECT_EQ(read_package(written(spec_of({}))).value(), "");
  std::vector<ImageSpec> images;
  std::string all;
  for (int i = 0; i < 1000; ++i) {
    images.push_back(image_of("ECU_" + std::to_string(i), noise(static_cast<std::size_t>(i), 7)));
    all += noise(static_cast<std::size_t>(i), 7);
  }
  EXPECT_TRUE(read_package(written(spec_of(images))).value() == all);
}

TEST(Package, TellsItsManifest) {
  const auto package = PackageReader::open(memory_source(written(small_package())), trust());
  ASSERT_TRUE(package) << to_string(package.error());
  const auto& manifest = package->manifest();
  EXPECT_EQ(manifest.version, 2);
  EXPECT_EQ(manifest.zonal_gateway, "ZG_BODY");
  EXPECT_EQ(manifest.signer, keys().verifying_keys().id());
  ASSERT_EQ(manifest.ecus.size(), 2U);
  EXPECT_EQ(manifest.ecus[0].hardware_id, "TC375");
  EXPECT_EQ(manifest.ecus[0].from_version, "1.0.0");
  EXPECT_EQ(manifest.ecus[0].to_version, "1.1.0");
  EXPECT_EQ(manifest.ecus[0].image_bytes, 2500U);
  EXPECT_EQ(manifest.ecus[0].dependencies, (std::vector<Dependency>{{"ECU_001", "1.2.0"}}));
  EXPECT_EQ(manifest.ecus[1].codec, Codec::none);
  EXPECT_EQ(manifest.ecus[1].stored_bytes, 1100U);
}

TEST(Package, IsTheSameWhenBuiltAgain) {
  EXPECT_EQ(written(small_package()), written(small_package()));
}

TEST(Package, RefusesEveryTruncationBeforeAByteComesOut) {
  const auto whole = written(small_package());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto opened = PackageReader::open(memory_source(whole.substr(0, size)), trust());
    ASSERT_EQ(code_of(opened), Errc::truncated) << size;
  }
}

TEST(Package, RefusesBytesAfterItsEnd) {
  const auto whole = written(small_package());
  EXPECT_EQ(code_of(read_package(whole + '\0')), Errc::trailing_bytes);
  EXPECT_EQ(code_of(read_package(whole + whole)), Errc::trailing_bytes);
}

TEST(Package, RefusesEveryFlippedByte) {
  const auto whole = written(small_package());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    auto altered = whole;
    altered[i] = static_cast<char>(altered[i] ^ (1 << i % 8));
    ASSERT_FALSE(read_package(altered)) << "byte " << i;
  }
}

TEST(Package, HandsOutNothingButTheImageBeforeAnAlteredByte) {
  for (const auto codec : {Codec::none, Codec::zstd}) {
    const auto image = noise(9000, 5);
    const auto whole = written(spec_of({image_of("ECU_011", image, codec)}));
    for (std::size_t behind = 1; behind < 5000; behind += 13) {
      auto altered = whole;
      auto& byte = altered[altered.size() - behind];
      byte = static_cast<char>(byte ^ 0x20);
      const auto package = PackageReader::open(memory_source(altered), trust());
      ASSERT_TRUE(package) << to_string(package.error());
      auto reader = package->image(0).value();
      std::string got, piece(100, '\0');
      auto count = reader.read(std::span(piece.data(), piece.size()));
      for (; count; count = reader.read(std::span(piece.data(), piece.size()))) {
        got.append(piece, 0, *count);
        ASSERT_LT(got.size(), image.size());
      }
      ASSERT_EQ(code_of(count), Errc::altered);
      ASSERT_TRUE(image.starts_with(got)) << behind;
      ASSERT_EQ(piece, std::string(100, '\0'));
    }
  }
}

TEST(Package, RefusesAChunkWhoseHashWasAlteredToo) {
  auto bytes = written(spec_of({image_of("ECU_011", noise(3000, 5), Codec::none)}));
  const auto stored = bytes.size() - 3000, leaves = stored - 3 * 32;
  bytes[stored] = static_cast<char>(bytes[stored] ^ 1);
  const auto leaf = leaf_hash(std::string_view(bytes).substr(stored, chunk_bytes_min));
  std::copy(leaf.begin(), leaf.end(), bytes.begin() + static_cast<std::ptrdiff_t>(leaves));
  const auto package = PackageReader::open(memory_source(bytes), trust());
  ASSERT_TRUE(package) << to_string(package.error());
  EXPECT_EQ(code_of(package->image(0)), Errc::altered);
}

}  // namespace
}  // namespace motorcade::otap
