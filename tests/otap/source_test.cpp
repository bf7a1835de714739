// Install what was hashed: files that change, shrink or are swapped between two readings.
#include <fstream>

#include "otap/merkle.hpp"
#include "otap/support.hpp"

namespace motorcade::otap {
namespace {

void put(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

void flip(const std::filesystem::path& path, std::streamoff offset) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(offset);
  const auto byte = static_cast<char>(file.get() ^ 1);
  file.seekp(offset);
  file.put(byte);
}

TEST(PinnedSource, FindsWhatChangedAfterItWasHashed) {
  const TemporaryDirectory directory;
  const auto path = directory / "file";
  const auto bytes = noise(300'000, 1);
  put(path, bytes);
  const auto source = pinned(*file_source(path), digest::sha256(bytes));
  ASSERT_TRUE(source);
  EXPECT_TRUE(read_all(**source, 1 << 20).value() == bytes);
  flip(path, 150'000);
  std::string piece(10, '\0');
  const std::span out(piece.data(), piece.size());
  EXPECT_EQ(code_of((*source)->read_at(140'000, out)), Errc::altered);
  EXPECT_TRUE((*source)->read_at(10'000, out)) << "other blocks are what they were";
  flip(path, 150'000);
  EXPECT_TRUE((*source)->read_at(149'995, out));
  std::filesystem::resize_file(path, 290'000);
  EXPECT_EQ(code_of((*source)->read_at(299'990, out)), Errc::truncated);
}

TEST(PinnedSource, RefusesAnotherDigest) {
  EXPECT_EQ(code_of(pinned(memory_source("a"), digest::sha256("b"))), Errc::altered);
  EXPECT_TRUE(pinned(memory_source(""), digest::sha256("")));
}

TEST(Sources, StayInsideTheirBounds) {
  const auto whole = memory_source("0123456789");
  std::string out(2, '\0');
  const std::span piece(out.data(), out.size());
  EXPECT_EQ(code_of(whole->read_at(9, piece)), Errc::truncated);
  EXPECT_EQ(code_of(whole->read_at(~0ULL, piece)), Errc::truncated);
  const auto part = *slice(whole, 3, 4);
  EXPECT_EQ(read_all(*part, 10).value(), "3456");
  EXPECT_EQ(code_of(part->read_at(3, piece)), Errc::truncated);
  EXPECT_EQ(code_of(slice(whole, 3, 8)), Errc::truncated);
  EXPECT_EQ(code_of(slice(whole, ~0ULL, 2)), Errc::truncated);
  EXPECT_EQ(code_of(read_all(*whole, 9)), Errc::limit_exceeded);
  EXPECT_EQ(code_of(file_source("/nowhere")), Errc::io_failed);
  EXPECT_EQ(code_of(file_source("/")), Errc::io_failed);
}

TEST(InstallWhatWasHashed, AByteChangedBetweenVerifyAndInstallIsFound) {
  const TemporaryDirectory directory;
  const auto path = directory / "package.otap";
  for (const bool version_1 : {false, true}) {
    const auto spec = spec_of({image_of("A", noise(100'000, 1), Codec::none)});
    put(path, version_1 ? written_v1(spec) : written(spec));
    const Trust accepting{{keys().verifying_keys()}, true};
    const auto package = PackageReader::open(*file_source(path), accepting);
    ASSERT_TRUE(package && package->verify());
    flip(path, static_cast<std::streamoff>(std::filesystem::file_size(path)) - 1000);
    auto reader = package->image(0);
    ASSERT_TRUE(reader);
    EXPECT_EQ(code_of(read_image(*reader)), Errc::altered);
  }
}

TEST(InstallWhatWasHashed, ASwappedFileChangesNothingForWhoHasItOpen) {
  const TemporaryDirectory directory;
  put(directory / "package.otap", written(spec_of({image_of("A", "the good one")})));
  put(directory / "other", written(spec_of({image_of("A", "another one!")})));
  const auto package = PackageReader::open(*file_source(directory / "package.otap"), trust());
  ASSERT_TRUE(package && package->verify());
  std::filesystem::rename(directory / "other", directory / "package.otap");
  auto reader = package->image(0);
  EXPECT_EQ(read_image(*reader).value(), "the good one");
}

/// Gives other bytes from the `change`th reading of its first byte on.
class Changing final : public Source {
 public:
  Changing(std::string bytes, int change) : bytes_(std::move(bytes)), change_(change) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Result<void> read_at(std::uint64_t offset, std::span<char> out) const override {
    std::copy_n(bytes_.data() + offset, out.size(), out.data());
    if (offset == 0 && ++readings_ >= change_) out[0] ^= 1;
    return {};
  }

 private:
  std::string bytes_;
  int change_;
  mutable int readings_ = 0;
};

TEST(PackWhatWasSigned, AnImageThatChangesWhileItIsPackedIsFound) {
  for (const auto codec : {Codec::none, Codec::zstd}) {
    for (const int change : {1, 2}) {
      auto spec = spec_of({image_of("A", noise(3000, 1), codec)});
      std::string out;
      const auto whole = written(spec);
      spec.images[0].image = std::make_shared<Changing>(noise(3000, 1), change);
      EXPECT_EQ(code_of(write_package(spec, keys(), into(out))), Errc::altered);
      EXPECT_TRUE(whole.starts_with(out)) << "not one chunk is written that was not signed";
      spec.images[0].image = std::make_shared<Changing>(noise(3000, 1), change);
      EXPECT_EQ(code_of(write_package_v1(spec, into(out))), Errc::altered);
    }
  }
}

TEST(Merkle, IsTheTreeOfRfc6962) {
  // The seven-leaf example of RFC 6962 §2.1.3, by hand: ((0 1)(2 3))((4 5) 6).
  const auto node = [](const digest::Sha256& left, const digest::Sha256& right) {
    std::string bytes("\x01");
    bytes.append(left.begin(), left.end()).append(right.begin(), right.end());
    return digest::sha256(bytes);
  };
  std::vector<digest::Sha256> d;
  for (const char c : {'0', '1', '2', '3', '4', '5', '6'})
    d.push_back(leaf_hash(std::string(1, c)));
  EXPECT_EQ(d[0], digest::sha256(std::string("\0"
                                             "0",
                                             2)));
  EXPECT_EQ(merkle_root({}), digest::sha256(""));
  EXPECT_EQ(merkle_root({d[0]}), d[0]);
  EXPECT_EQ(merkle_root({d[0], d[1], d[2]}), node(node(d[0], d[1]), d[2]));
  EXPECT_EQ(merkle_root(d),
            node(node(node(d[0], d[1]), node(d[2], d[3])), node(node(d[4], d[5]), d[6])));
}

}  // namespace
}  // namespace motorcade::otap
