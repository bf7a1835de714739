#include "adapters/files/artifact_store.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "adapters/files/error.hpp"
#include "digest/digest.hpp"
#include "support/temporary_directory.hpp"

namespace motorcade::files {
namespace {

namespace fs = std::filesystem;

class Artifacts : public testing::Test {
 protected:
  Result<Artifact> put(std::string_view bytes, std::optional<Digest> expected = std::nullopt) {
    auto writer = *store_->create();
    for (std::size_t at = 0; at < bytes.size(); at += 7)
      EXPECT_TRUE(writer->write(bytes.substr(at, 7)));
    return writer->finish(expected);
  }
  std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(directory_.path()))
      if (entry.is_regular_file()) ++count;
    return count;
  }
  static std::string content(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  testing_support::TemporaryDirectory directory_;
  std::unique_ptr<ArtifactFiles> store_ = *ArtifactFiles::open(directory_.path() / "artifacts");
};

TEST_F(Artifacts, AreFoundByTheirDigest) {
  const std::string bytes(1000, 'f');
  const Digest digest{digest::sha256(bytes)};
  const auto stored = put(bytes, digest);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->digest, digest);
  EXPECT_EQ(stored->size_bytes, bytes.size());
  const auto path = store_->find(digest);
  ASSERT_TRUE(path);
  EXPECT_EQ(content(*path), bytes);
  EXPECT_EQ(store_->find(Digest{}).error().code, FileErrc::kNotFound);
  ASSERT_TRUE(put(bytes)) << "again";
  EXPECT_EQ(files(), 1U);
}

TEST_F(Artifacts, WithAnotherDigestThanAnnouncedAreNotKept) {
  const auto refused = put("altered", Digest{digest::sha256("original")});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, FileErrc::kOtherDigest);
  EXPECT_EQ(files(), 0U);
}

TEST_F(Artifacts, HalfWrittenAreNotKept) {
  {
    auto abandoned = *store_->create();
    ASSERT_TRUE(abandoned->write("half"));
    EXPECT_TRUE(fs::exists(abandoned->path()));
  }
  EXPECT_EQ(files(), 0U);
  std::ofstream(directory_.path() / "artifacts" / "incoming" / "abcdef") << "of a crashed process";
  EXPECT_EQ(files(), 1U);
  store_ = *ArtifactFiles::open(directory_.path() / "artifacts");
  EXPECT_EQ(files(), 0U);
}

TEST_F(Artifacts, OfOthersAreLeftAlone) {
  auto writing = *store_->create();
  ASSERT_TRUE(writing->write("wh"));
  const auto other = *ArtifactFiles::open(directory_.path() / "artifacts");
  ASSERT_TRUE(writing->write("ole"));
  const auto stored = writing->finish(std::nullopt);
  ASSERT_TRUE(stored) << to_string(stored.error());
  EXPECT_EQ(content(*other->find(stored->digest)), "whole");
}

TEST_F(Artifacts, AFinishedWriterWritesNoMore) {
  auto writer = *store_->create();
  ASSERT_TRUE(writer->finish(std::nullopt)) << "an empty one";
  EXPECT_FALSE(writer->write("more"));
  EXPECT_FALSE(writer->finish(std::nullopt));
}

}  // namespace
}  // namespace motorcade::files
