// Sizes at which 32-bit lengths wrap (RAUC CVE-2026-34155 signed a prefix): sparse images of 2 GiB
// + 1 and 4 GiB + 1 and what lies
// around them.
#include <fcntl.h>
#include <unistd.h>

#include <fstream>

#include "otap/merkle.hpp"
#include "otap/support.hpp"

namespace motorcade::otap {
namespace {

constexpr std::uint64_t two_gib = 1ULL << 31, four_gib = 1ULL << 32;

/// All zeros but for its last byte; occupies no disk.
SourcePtr sparse_image(const std::filesystem::path& path, std::uint64_t size) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  EXPECT_EQ(::pwrite(fd, "!", 1, static_cast<off_t>(size - 1)), 1);
  ::close(fd);
  return *file_source(path);
}

/// Known, so that the test need not hash 2 GiB once more: that many zeros and a "!".
digest::Sha256 digest_of_two_gib_and_one() {
  constexpr std::string_view text =
      "3a232742ca11975e18b9bd4a9022d98c599284b07efcc3dab9cb8733453b2b6f";
  digest::Sha256 out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<std::uint8_t>(std::stoi(std::string(text.substr(2 * i, 2)), nullptr, 16));
  }
  return out;
}

TEST(Large, TwoGibibytesAndOneGoTheWholeWay) {
  const TemporaryDirectory directory;
  auto spec = spec_of({image_of("ECU_011", ""), image_of("ECU_012", "behind it")});
  spec.chunk_bytes = chunk_bytes_default;
  spec.images[0].image = sparse_image(directory / "image", two_gib + 1);
  spec.images[0].sha256 = digest_of_two_gib_and_one();
  const auto bytes = written(spec);
  const auto package = PackageReader::open(memory_source(bytes), trust());
  ASSERT_TRUE(package) << to_string(package.error());
  EXPECT_EQ(package->manifest().ecus[0].image_bytes, two_gib + 1);
  const auto verified = package->verify();
  ASSERT_TRUE(verified) << to_string(verified.error());
}

/// A package with `size` zeros stored as they are, and an image behind them; the file has a hole
/// for the zeros. Its chunk hashes are all the same, so it costs nothing to make.
void put_stored_zeros(const std::filesystem::path& path, std::uint64_t size) {
  const auto chunk = chunk_bytes_default;
  std::vector<digest::Sha256> leaves(size / chunk, leaf_hash(std::string(chunk, '\0')));
  if (size % chunk != 0) leaves.push_back(leaf_hash(std::string(size % chunk, '\0')));
  auto zeros = entry_of("ECU_011", "", Codec::none),
       behind = entry_of("ECU_012", "behind it", Codec::none);
  zeros.stored_bytes = zeros.image_bytes = size;
  zeros.merkle_root = merkle_root(leaves);
  behind.stored_bytes = 9;
  behind.merkle_root = leaf_hash("behind it");
  auto manifest = manifest_of({zeros, behind});
  manifest.chunk_bytes = chunk;
  auto front = signed_and(encode(manifest), "");
  for (const auto& leaf : leaves) front.append(leaf.begin(), leaf.end());
  std::string back(behind.merkle_root.begin(), behind.merkle_root.end());
  back += "behind it";
  std::ofstream file(path, std::ios::binary);
  file << front;
  file.seekp(static_cast<std::streamoff>(front.size() + size));
  file << back;
}

TEST(Large, WhatLiesBehindTwoAndFourGibibytesIsFound) {
  const TemporaryDirectory directory;
  for (const auto size : {two_gib - 1, two_gib + 1, four_gib - 1, four_gib, four_gib + 1}) {
    put_stored_zeros(directory / "package.otap", size);
    const auto package = PackageReader::open(*file_source(directory / "package.otap"), trust());
    ASSERT_TRUE(package) << to_string(package.error());
    EXPECT_EQ(package->manifest().ecus[0].stored_bytes, size);
    auto behind = package->image(1);
    ASSERT_TRUE(behind) << to_string(behind.error());
    EXPECT_EQ(read_image(*behind).value(), "behind it");
    auto zeros = package->image(0);
    std::string first(1000, 'x');
    EXPECT_EQ(zeros->read(std::span(first.data(), first.size())).value(), 1000U);
    EXPECT_EQ(first, std::string(1000, '\0'));
    std::filesystem::resize_file(
        directory / "package.otap",
        std::filesystem::file_size(directory / "package.otap") - four_gib / 2);
    EXPECT_EQ(code_of(PackageReader::open(*file_source(directory / "package.otap"), trust())),
              Errc::truncated);
  }
}

}  // namespace
}  // namespace motorcade::otap
