#include "adapters/https/campaign_input.hpp"

#include <gtest/gtest.h>

#include "adapters/files/key_store.hpp"
#include "support/temporary_directory.hpp"

namespace motorcade::https {
namespace {

class CampaignInput : public testing::Test {
 protected:
  Checked<campaign::Definition> read(const std::string& body) {
    return definition_from(body, 0xffff'ffff'ffff'ffffULL, *keys_);
  }
  std::string pointers(const std::string& body) {
    const auto read_back = read(body);
    if (read_back) return "good";
    std::string said = std::to_string(read_back.error().status);
    for (const auto& fault : read_back.error().faults) said += ' ' + fault.where;
    return said;
  }
  static std::string with(const std::string& members) {
    return R"({"name":"n","releases":["00112233445566778899aabbccddeeff"],)" + members + "}";
  }
  testing_support::TemporaryDirectory directory_;
  std::unique_ptr<files::KeyFiles> keys_ =
      files::KeyFiles::open(directory_.path() / "keys", files::Access::kWrite).value();
};

TEST_F(CampaignInput, SharesBecomeCumulativeBasisPoints) {
  const auto read_back = read(with(R"("waves":[{"percent":10},{"percent":40},{"rest":true}])"));
  ASSERT_TRUE(read_back) << read_back.error().detail;
  ASSERT_EQ(read_back->waves.size(), 3u);
  EXPECT_EQ(read_back->waves[0].cumulative_basis_points, 1000u);
  EXPECT_EQ(read_back->waves[1].cumulative_basis_points, 5000u);
  EXPECT_EQ(read_back->waves[2].cumulative_basis_points, 10000u);
  EXPECT_EQ(read_back->gate.success_basis_points, 9000u);
  EXPECT_GT(read_back->policy.offer_timeout.count(), 0);
}

TEST_F(CampaignInput, ASeedOfOursIsExactInJson) {
  EXPECT_LT(read(with(R"("waves":[{"percent":100}])"))->seed, 1ULL << 53);
  EXPECT_EQ(read(with(R"("seed":18446744073709551615,"waves":[{"percent":100}])"))->seed,
            UINT64_MAX);
}

TEST_F(CampaignInput, VinsBecomeVehicleIdsOnceEachInOrder) {
  const auto one = read(with(
      R"("filter":{"vins":["WVWZZZ1KZAW000002","WVWZZZ1KZAW000001","WVWZZZ1KZAW000002"]},"waves":[{"percent":100}])"));
  const auto other = read(with(
      R"("filter":{"vins":["WVWZZZ1KZAW000001","WVWZZZ1KZAW000002"]},"waves":[{"percent":100}])"));
  ASSERT_TRUE(one && other);
  EXPECT_EQ(one->filter.vehicles.size(), 2u);
  EXPECT_EQ(one->filter, other->filter);
  EXPECT_EQ(keys_->vin_of(one->filter.vehicles[0]), std::nullopt) << "a filter makes no keys";
}

TEST_F(CampaignInput, WhatIsWrongIsNamed) {
  const std::string whole = R"("waves":[{"percent":100}])";
  EXPECT_EQ(pointers("{}"), "422 /name /releases /waves");
  EXPECT_EQ(pointers("null"), "422  /name /releases /waves");
  EXPECT_EQ(pointers("[]"), "422  /name /releases /waves");
  EXPECT_EQ(pointers("{"), "400");
  EXPECT_EQ(pointers(with(whole)), "good");
  EXPECT_EQ(pointers(with(whole + R"(,"colour":"red")")), "422 /colour");
  EXPECT_EQ(pointers(with(R"("waves":[])")), "422 /waves");
  EXPECT_EQ(pointers(with(R"("waves":[{"percent":10}])")), "422 /waves");
  EXPECT_EQ(pointers(with(R"("waves":[{"percent":90},{"percent":20}])")), "422 /waves");
  EXPECT_EQ(pointers(with(R"("waves":[{"percent":"all"}])")), "422 /waves/0/percent /waves");
  EXPECT_EQ(pointers(with(R"("waves":[{}])")), "422 /waves/0/percent /waves");
  EXPECT_EQ(pointers(with(R"("waves":[{"percent":100,"rest":true}])")), "422 /waves/0/percent");
  EXPECT_EQ(pointers(with(R"("waves":[7])")), "422 /waves/0 /waves/0/percent /waves");
  EXPECT_EQ(pointers(with(whole + R"(,"gate":{"successPercent":101})")),
            "422 /gate/successPercent");
  EXPECT_EQ(pointers(with(whole + R"(,"gate":{"sucess":1})")), "422 /gate/sucess");
  EXPECT_EQ(pointers(with(whole + R"(,"policy":{"offerTimeoutSeconds":0})")),
            "422 /policy/offerTimeoutSeconds");
  EXPECT_EQ(pointers(with(whole + R"(,"filter":{"vins":["broadcast",7]})")),
            "422 /filter/vins/0 /filter/vins/1");
  // Nothing found by somebody's query must not mean the whole fleet.
  EXPECT_EQ(pointers(with(whole + R"(,"filter":{"vins":[]})")), "422 /filter/vins");
  EXPECT_EQ(pointers(with(whole + R"(,"filter":{"model":""})")), "422 /filter/model");
  EXPECT_EQ(pointers(with(whole + R"(,"filter":{"yearFrom":2025,"yearTo":2024})")),
            "422 /filter/yearTo");
  EXPECT_EQ(pointers(R"({"name":"n","releases":["x"],"waves":[{"percent":100}]})"),
            "422 /releases/0");
}

}  // namespace
}  // namespace motorcade::https
