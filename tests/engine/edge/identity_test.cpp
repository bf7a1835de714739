#include <gtest/gtest.h>

#include <fstream>

#include "engine/edge/presigned_links.hpp"
#include "engine/edge/principal.hpp"
#include "engine/edge/random.hpp"
#include "engine/edge/tokens.hpp"
#include "support/temporary_directory.hpp"

namespace motorcade::edge {
namespace {

TEST(Vin, HasSeventeenOfItsAlphabet) {
  for (const char* good : {"WVWZZZ1KZAW000001", "1M8GDM9AXKP042788", "00000000000000000"})
    EXPECT_TRUE(is_vin(good)) << good;
  for (const char* bad : {"", "WVWZZZ1KZAW00000", "WVWZZZ1KZAW0000011", "WVWZZZ1KZAW00000I",
                          "WVWZZZ1KZAW00000O", "WVWZZZ1KZAW00000Q", "wvwzzz1kzaw000001",
                          "WVWZZZ1KZAW00000+", "WVWZZZ1KZAW00000/", "broadcast", "updates"})
    EXPECT_FALSE(is_vin(bad)) << bad;
  EXPECT_TRUE(is_reserved_name("broadcast"));
  EXPECT_TRUE(is_reserved_name("updates"));
}

TEST(Certificates, NameAVehicleOrNobody) {
  const auto car = principal_of_certificate("WVWZZZ1KZAW000001", false);
  ASSERT_TRUE(car);
  EXPECT_TRUE(car->is_vehicle());
  EXPECT_EQ(car->actor(), "vehicle");
  EXPECT_TRUE(car->may_speak_for("WVWZZZ1KZAW000001"));
  EXPECT_FALSE(car->may_speak_for("WVWZZZ1KZAW000002"));
  EXPECT_FALSE(principal_of_certificate("broadcast", true));
  EXPECT_FALSE(principal_of_certificate("simulator", false));
  const auto simulator = principal_of_certificate("simulator", true);
  ASSERT_TRUE(simulator);
  EXPECT_TRUE(simulator->may_speak_for("WVWZZZ1KZAW000002"));
  EXPECT_FALSE(simulator->is_vehicle());
}

TEST(RoleNames, AreReadAndWritten) {
  EXPECT_EQ(to_string(*roles_from("approver,operator")), "operator,approver");
  for (const char* bad : {"", ",", "operator,", "boss", "operator,,viewer", "vehicle", "Operator"})
    EXPECT_FALSE(roles_from(bad)) << bad;
}

class Tokens : public testing::Test {
 protected:
  testing_support::TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_.path() / "tokens";
};

TEST_F(Tokens, AreKnownByTheirHashAfterARestart) {
  TokenStore store;
  const auto token = store.issue("alice", Role::kOperator | Role::kViewer);
  EXPECT_EQ(token.size(), 3u + 64u);
  ASSERT_TRUE(store.save(file_));
  std::ifstream in(file_);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  EXPECT_EQ(text.find(token), text.npos);
  EXPECT_EQ(std::filesystem::status(file_).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const auto loaded = TokenStore::load(file_);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->find(token)->name, "alice");
  EXPECT_EQ(loaded->find(token)->roles, Role::kOperator | Role::kViewer);
  EXPECT_FALSE(loaded->find(token + "x"));
  EXPECT_FALSE(loaded->find(""));
}

TEST_F(Tokens, AFileThatIsNotUnderstoodSaysTheLine) {
  EXPECT_TRUE(TokenStore::load(file_));
  for (const std::string bad : {"x operator alice", "operator alice", "- - -"}) {
    std::ofstream(file_) << "# comment\n\n" << bad << '\n';
    const auto loaded = TokenStore::load(file_);
    ASSERT_FALSE(loaded) << bad;
    EXPECT_NE(loaded.error().context.find("line 3"), std::string::npos) << loaded.error().context;
  }
  std::ofstream(file_) << std::string(64, 'a') << " operator alice surplus\n";
  EXPECT_FALSE(TokenStore::load(file_));
  std::ofstream(file_) << std::string(64, 'a') << " vehicle alice\n";
  EXPECT_FALSE(TokenStore::load(file_));
}

TEST(Links, OpenTheirPackageUntilTheyExpire) {
  const PresignedLinks links("key", "https://updates.example:8443", std::chrono::minutes(60));
  const Time now{std::chrono::seconds(1'000'000)};
  const Artifact artifact{Digest{{5}}, 10};
  const auto link = links.link(artifact, now);
  EXPECT_EQ(link.url, "https://updates.example:8443/api/v1/ota/package/" + to_hex(artifact.digest));
  EXPECT_TRUE(link.token.starts_with("1003600."));
  using Verdict = PresignedLinks::Verdict;
  EXPECT_EQ(links.verify(artifact.digest, link.token, now), Verdict::kGood);
  EXPECT_EQ(links.verify(artifact.digest, link.token, now + std::chrono::minutes(60)),
            Verdict::kExpired);
  EXPECT_EQ(links.verify(Digest{{6}}, link.token, now), Verdict::kForged);
  EXPECT_EQ(PresignedLinks("other", "").verify(artifact.digest, link.token, now), Verdict::kForged);
  auto longer = link.token;
  longer.replace(0, 7, "2003600");
  EXPECT_EQ(links.verify(artifact.digest, longer, now), Verdict::kForged);
  for (const char* bad :
       {"", ".", "x", "1003600", "1003600.", "+1003600.00", "99999999999999999999.00"})
    EXPECT_EQ(links.verify(artifact.digest, bad, now), Verdict::kForged) << bad;
}

TEST(Comparison, KnowsEqualFromDifferent) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
}

}  // namespace
}  // namespace motorcade::edge
