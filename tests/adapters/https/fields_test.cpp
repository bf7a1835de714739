#include "adapters/https/fields.hpp"

#include <gtest/gtest.h>

namespace motorcade::https {
namespace {

class BadJson : public testing::TestWithParam<const char*> {};
TEST_P(BadJson, IsA400ThatSaysWhere) {
  const auto parsed = parse_json(GetParam());
  ASSERT_FALSE(parsed) << GetParam();
  EXPECT_EQ(parsed.error().status, 400u);
  EXPECT_NE(parsed.error().detail.find("byte"), std::string::npos) << parsed.error().detail;
}
INSTANTIATE_TEST_SUITE_P(Table, BadJson,
                         testing::Values("", " ", "{", "}", "[1,]", "{\"a\":}", "{\"a\" 1}",
                                         "{a:1}", "{'a':1}", "nul", "tru", "01", "+1", "1e", "\"a",
                                         "\"\\x\"", "\"\\ud800\"", "{} {}", "1 2", "\xff",
                                         "\"\xc3\x28\"", "\"\x01\"", "// c\n1", "[1 2]", "NaN",
                                         "{\"a\":1,}"));

TEST(Json, NestingIsLimited) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(parse_json(nested(32)));
  const auto deep = parse_json(nested(33));
  ASSERT_FALSE(deep);
  EXPECT_NE(deep.error().detail.find("32"), std::string::npos);
  EXPECT_FALSE(parse_json(std::string(1'000'000, '[')));
  EXPECT_TRUE(parse_json(nested(3), 3));
  EXPECT_FALSE(parse_json(nested(4), 3));
}

/// Reads a body with one member of each kind; answers the faults as `pointer: detail`.
std::vector<std::string> faults_of(std::string_view text) {
  Faults faults;
  const auto value = parse_json(text).value();
  Fields body(value, "", faults);
  (void)body.text("name", 1, 5);
  (void)body.whole_or("count", 1, {1, 10});
  (void)body.percent_or("share", 0);
  (void)body.flag_or("on", false);
  (void)(body.has("version") ? body.version("version") : SemanticVersion{});
  (void)(body.has("id") ? body.id<CampaignId>("id") : CampaignId{});
  auto inner = body.object("inner", false);
  inner.each("list", 0, 2, [&](const json::value& one, const std::string& pointer) {
    if (!one.is_string()) faults.push_back({pointer, "no string"});
  });
  inner.close();
  body.close();
  std::vector<std::string> said;
  for (const auto& fault : faults) said.push_back(fault.where);
  return said;
}
using Said = std::vector<std::string>;

TEST(Fields, AllThatIsWrongIsNamedByItsPointer) {
  EXPECT_EQ(faults_of(R"({"name":"abc"})"), Said{});
  EXPECT_EQ(faults_of("{}"), Said{"/name"});
  EXPECT_EQ(faults_of("[]"), (Said{"", "/name"}));
  EXPECT_EQ(faults_of(R"({"name":""})"), Said{"/name"});
  EXPECT_EQ(faults_of(R"({"name":"abcdef"})"), Said{"/name"});
  EXPECT_EQ(faults_of(R"({"name":7})"), Said{"/name"});
  EXPECT_EQ(faults_of(R"({"name":null})"), Said{"/name"});
  for (const char* count : {"0", "11", "-1", "1.5", "1.0", "\"3\"", "1e30", "true", "null", "[1]"})
    EXPECT_EQ(faults_of(R"({"name":"a","count":)" + std::string(count) + "}"), Said{"/count"})
        << count;
  for (const char* share : {"-1", "100.01", "0.001", "\"1\"", "1e300", "null"})
    EXPECT_EQ(faults_of(R"({"name":"a","share":)" + std::string(share) + "}"), Said{"/share"})
        << share;
  for (const char* share : {"0", "100", "12.5", "0.01", "33.33"})
    EXPECT_EQ(faults_of(R"({"name":"a","share":)" + std::string(share) + "}"), Said{}) << share;
  EXPECT_EQ(faults_of(R"({"name":"a","on":1})"), Said{"/on"});
  EXPECT_EQ(faults_of(R"({"name":"a","version":"1.x"})"), Said{"/version"});
  EXPECT_EQ(faults_of(R"({"name":"a","id":"xyz"})"), Said{"/id"});
  EXPECT_EQ(faults_of(R"({"name":"a","id":"gggggggggggggggggggggggggggggggg"})"), Said{"/id"});
  EXPECT_EQ(faults_of(R"({"name":"a","inner":[]})"), Said{"/inner"});
  EXPECT_EQ(faults_of(R"({"name":"a","inner":null})"), Said{"/inner"});
  EXPECT_EQ(faults_of(R"({"name":"a","inner":{"list":["x",1]}})"), Said{"/inner/list/1"});
  EXPECT_EQ(faults_of(R"({"name":"a","inner":{"list":[1,2,3]}})"), Said{"/inner/list"});
  EXPECT_EQ(faults_of(R"({"name":"a","inner":{"more":1},"a/b~c":2})"),
            (Said{"/inner/more", "/a~1b~0c"}));
}

}  // namespace
}  // namespace motorcade::https
