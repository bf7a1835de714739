// Version 1, byte by byte, and what it cannot say.
#include "otap/describe.hpp"
#include "otap/support.hpp"

namespace motorcade::otap {
namespace {

Trust any_version() {
  auto accepting = trust();
  accepting.accept_v1 = true;
  return accepting;
}

/// Larger than any memory here: all zeros, by arithmetic.
class Zeros final : public Source {
 public:
  explicit Zeros(std::uint64_t size) : size_(size) {}
  std::uint64_t size() const override { return size_; }
  Result<void> read_at(std::uint64_t, std::span<char> out) const override {
    std::fill(out.begin(), out.end(), '\0');
    return {};
  }

 private:
  std::uint64_t size_;
};

TEST(PackageV1, HasExactlyTheLayoutOfTheRequirements) {
  auto spec = spec_of({image_of("ECU_011", "firmware", Codec::none)});
  spec.images[0].hardware_id = "";
  std::string expected("OTAP\0\1\0\1\7ZG_BODY", 16);
  expected += std::string(16, '\0');
  expected += "\7ECU_011\0051.0.0\0051.1.0";
  expected += std::string("\0\0\0\10", 4);
  const auto digest = digest::sha256("firmware");
  expected.append(digest.begin(), digest.end());
  expected += "firmware";
  EXPECT_EQ(written_v1(spec), expected);
}

TEST(PackageV1, RoundTripsWithAndWithoutCompression) {
  for (const auto codec : {Codec::none, Codec::zstd}) {
    const auto spec = spec_of({image_of("A", "", codec), image_of("B", noise(200'000, 1), codec),
                               image_of("C", "x", codec)});
    const auto bytes = written_v1(spec);
    EXPECT_TRUE(read_package(bytes, any_version()).value() == noise(200'000, 1) + "x");
    const auto package = PackageReader::open(memory_source(bytes), any_version());
    EXPECT_EQ(package->manifest().version, 1);
    EXPECT_EQ(package->manifest().ecus[1].image_bytes, 200'000U);
    EXPECT_EQ(package->manifest().ecus[1].codec, codec);
    EXPECT_EQ(describe(memory_source(bytes))->signature, SignatureState::none);
  }
}

TEST(PackageV1, IsAcceptedOnlyWhereSomethingElseVouchesForIt) {
  const auto bytes = written_v1(spec_of({image_of("A", "x")}));
  EXPECT_EQ(code_of(read_package(bytes, trust())), Errc::not_signed);
}

TEST(PackageV1, HoldsNoEcuAndSixtyFiveThousand) {
  EXPECT_EQ(read_package(written_v1(spec_of({})), any_version()).value(), "");
  std::vector<ImageSpec> images;
  for (int i = 0; i < 65'536; ++i) images.push_back(image_of(std::to_string(i), "", Codec::none));
  Limits limits;
  limits.ecu_count = 100'000;
  std::string out;
  EXPECT_EQ(code_of(write_package_v1(spec_of(images), into(out), limits)), Errc::limit_exceeded);
  images.pop_back();
  const auto full = written_v1(spec_of(images), limits);
  EXPECT_EQ(full.substr(6, 2), "\xff\xff");
  EXPECT_EQ(read_package(full, any_version(), limits).value(), "");
  EXPECT_EQ(code_of(read_package(full, any_version())), Errc::limit_exceeded);
}

TEST(PackageV1, RefusesEveryTruncation) {
  const auto whole =
      written_v1(spec_of({image_of("A", noise(300, 1)), image_of("B", "abc", Codec::none)}));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ASSERT_EQ(code_of(PackageReader::open(memory_source(whole.substr(0, size)), any_version())),
              Errc::truncated)
        << size;
  }
  EXPECT_EQ(code_of(read_package(whole + "x", any_version())), Errc::trailing_bytes);
}

TEST(PackageV1, RefusesEveryAlteredByteOfSizeDigestAndData) {
  const auto whole = written_v1(spec_of({image_of("A", noise(300, 1))}));
  const std::size_t size_at = header_bytes_min + 7 + 2 + 6 + 6;
  for (auto i = size_at; i < whole.size(); ++i) {
    auto altered = whole;
    altered[i] = static_cast<char>(altered[i] ^ (1 << i % 8));
    ASSERT_FALSE(PackageReader::open(memory_source(altered), any_version())) << "byte " << i;
  }
}

TEST(PackageV1, RefusesSizesOfMoreThan32Bits) {
  for (const std::uint64_t size : {0x100000000ULL, 0x100000001ULL}) {
    auto spec = spec_of({image_of("A", "", Codec::none)});
    spec.images[0].image = std::make_shared<Zeros>(size);
    std::string out;
    EXPECT_EQ(code_of(write_package_v1(spec, into(out))), Errc::does_not_fit);
    EXPECT_LT(out.size(), 100U);
  }
}

TEST(PackageV1, RefusesToStoreWhatWouldLookCompressed) {
  const std::string frame("\x28\xB5\x2F\xFD\x00\x00", 6);
  std::string out;
  EXPECT_EQ(code_of(write_package_v1(spec_of({image_of("A", frame, Codec::none)}), into(out))),
            Errc::ambiguous_image);
  EXPECT_EQ(read_package(written_v1(spec_of({image_of("A", frame)})), any_version()).value(),
            frame);
}

TEST(PackageV1, RefusesTwiceTheSameEcu) {
  auto bytes =
      written_v1(spec_of({image_of("A", "x", Codec::none), image_of("B", "y", Codec::none)}));
  bytes[bytes.rfind("\001B") + 1] = 'A';
  EXPECT_EQ(code_of(read_package(bytes, any_version())), Errc::malformed);
}

}  // namespace
}  // namespace motorcade::otap
