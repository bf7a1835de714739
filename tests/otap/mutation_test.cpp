// Thousands of damaged files, the same in every run: nothing crashes, nothing altered is accepted.
// Where the signature would stop the damage at the door, it is signed again, so that the parsers
// behind it see it too.
#include <random>

#include "otap/describe.hpp"
#include "otap/signed_part.hpp"
#include "otap/support.hpp"

namespace motorcade::otap {
namespace {

std::vector<std::string> corpus() {
  const auto spec =
      spec_of({image_of("ECU_011", noise(2500, 1)), image_of("ECU_012", noise(40, 2), Codec::none),
               image_of("ECU_013", "")});
  auto old = spec;
  old.zonal_gateway = "ZG_OLD";
  std::vector<std::string> files = {written(spec), written_v1(old), written(spec_of({}))};
  std::string bundle;
  EXPECT_TRUE(write_bundle({"b",
                            {{"ZG_BODY", memory_source(files[0]), digest::sha256(files[0])},
                             {"ZG_OLD", memory_source(files[1]), digest::sha256(files[1])}}},
                           keys(), into(bundle)));
  files.push_back(bundle);
  return files;
}

std::string mutated(std::string bytes, std::mt19937_64& random) {
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  for (auto times = 1 + below(3); times > 0 && !bytes.empty(); --times) {
    const auto at = below(bytes.size()), count = std::min(bytes.size() - at, 1 + below(40));
    switch (below(6)) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes[at] = "\x00\xff\x7f\x80\x01"[below(5)];
        break;
      case 2:
        bytes.erase(at, count);
        break;
      case 3:
        bytes.insert(at, bytes.substr(below(bytes.size()), count));
        break;
      case 4:
        bytes.replace(at, count, std::string(count, '\xff'));
        break;
      case 5:
        bytes.replace(at, count, bytes.substr(below(bytes.size()), count));
        break;
    }
  }
  return bytes;
}

/// Everything that a reader does; true when all of it was accepted.
bool accepted(const std::string& bytes) {
  const Trust accepting{{keys().verifying_keys()}, true};
  Limits limits;
  limits.image_bytes = 1 << 20;
  const auto described = describe(memory_source(bytes), accepting, limits);
  EXPECT_TRUE(!described || !to_text(*described).empty());
  const auto package = PackageReader::open(memory_source(bytes), accepting, limits);
  const auto bundle = BundleReader::open(memory_source(bytes), accepting, limits);
  return (package && package->verify()) || (bundle && bundle->verify());
}

TEST(Mutation, NoDamagedFileCrashesAReaderOrIsTakenForTheOriginal) {
  std::mt19937_64 random(20260101);
  for (const auto& file : corpus()) {
    ASSERT_TRUE(accepted(file));
    const bool version_1 = file[5] == 1 && file[3] == 'P';
    for (int i = 0; i < 2000; ++i) {
      const auto damaged = mutated(file, random);
      const bool taken = accepted(damaged);
      // Version 1 does not protect its ids and versions.
      ASSERT_TRUE(!taken || version_1 || damaged == file) << i;
    }
  }
}

TEST(Mutation, NoDamagedManifestCrashesAReaderThoughItsSignaturesHold) {
  std::mt19937_64 random(20260102);
  int behind_the_signature = 0;
  for (const auto& file : corpus()) {
    const auto source = memory_source(file);
    const auto header = read_header(*source, {});
    if (header->version == 1 && header->magic == package_magic) continue;
    const auto part = *read_signed_part(*source, *header, {});
    const auto payload = std::string_view(file).substr(part.payload_begin);
    const auto keep =
        part.manifest_begin + 32;  // damage behind the signer's id, in the manifest alone
    for (int i = 0; i < 600; ++i) {
      const auto manifest = mutated(part.signed_bytes.substr(keep), random);
      digest::CanonicalWriter front;
      front.raw(part.signed_bytes.substr(0, part.manifest_begin - 4));
      front.u32(static_cast<std::uint32_t>(32 + manifest.size()));
      front.raw(part.signed_bytes.substr(part.manifest_begin, 32));
      front.raw(manifest);
      const auto damaged = signed_and(front.take(), payload);
      const auto code = code_of(PackageReader::open(memory_source(damaged), trust()));
      behind_the_signature += code != Errc::bad_signature && code != Errc::unknown_signer;
      accepted(damaged);
    }
  }
  EXPECT_GT(behind_the_signature, 1000);
}

}  // namespace
}  // namespace motorcade::otap
