#include "adapters/https/message.hpp"

#include <gtest/gtest.h>

#include "adapters/https/content_digest.hpp"
#include "adapters/https/negotiation.hpp"
#include "adapters/https/reads.hpp"

namespace motorcade::https {
namespace {

TEST(Targets, AreDecoded) {
  const auto target = target_from("/a%20b?x=1&y=%26%3d&z&&=e").value();
  EXPECT_EQ(target.path, "/a b");
  EXPECT_EQ(target.query, (Parameters{{"x", "1"}, {"y", "&="}, {"z", ""}, {"", "e"}}));
  EXPECT_EQ(target_from("/?")->query.size(), 0u);
}
TEST(Targets, TheAbsoluteFormIsAccepted) {
  const auto target = target_from("https://updates.example:8443/a%20b?x=1").value();
  EXPECT_EQ(target.path, "/a b");
  EXPECT_EQ(target.query, (Parameters{{"x", "1"}}));
  EXPECT_EQ(target_from("HTTP://host/healthz")->path, "/healthz");
  EXPECT_EQ(target_from("https://host")->path, "/");
  EXPECT_EQ(target_from("https://host?x=1")->path, "/");
  EXPECT_EQ(target_from("https://host?x=1")->query, (Parameters{{"x", "1"}}));
}
TEST(Targets, BadOnesAreRefused) {
  for (const char* bad : {"https://", "https:///a", "ftp://host/a", "https:/a", "?x=1", "", "x",
                          "*", "/%", "/%1", "/%gg", "/a?%zz=1", "/a?x=1&x=2", "/%00"})
    EXPECT_FALSE(target_from(bad)) << bad;
}

TEST(ContentDigest, IsReadAndWritten) {
  const Digest digest{{1, 2, 3}};
  const auto text = content_digest(digest);
  EXPECT_EQ(content_digest_from(text).value(), digest);
  EXPECT_EQ(content_digest_from("md5=:AAAA:, " + text).value(), digest);
  EXPECT_EQ(content_digest_from("").value(), std::nullopt);
  EXPECT_EQ(content_digest_from("sha-512=:AAAA:").value(), std::nullopt);
  for (const std::string bad : {"sha-256=", "sha-256=::", "sha-256=:AAAA:", "sha-256=:!!!!:"})
    EXPECT_FALSE(content_digest_from(bad)) << bad;
  auto longer = text;
  longer.insert(longer.size() - 2, "A");
  EXPECT_FALSE(content_digest_from(longer));
}

TEST(EntityTags, AreFoundInLists) {
  EXPECT_TRUE(names_etag("\"a\"", "\"a\""));
  EXPECT_TRUE(names_etag("\"b\", W/\"a\"", "\"a\""));
  EXPECT_TRUE(names_etag("*", "\"a\""));
  EXPECT_FALSE(names_etag("\"b\"", "\"a\""));
  EXPECT_FALSE(names_etag("", "\"a\""));
}

TEST(Accept, JsonMustBeTaken) {
  Route route;
  route.pattern = "/api/v1/campaigns";
  for (const char* fits :
       {"", "*/*", "application/json", "text/html, application/*;q=0.5", "Application/JSON"})
    EXPECT_TRUE(accepts(fits, route)) << fits;
  for (const char* no : {"text/html", "application/xml", "application/json;q=0", "*/*;q=0.000"})
    EXPECT_FALSE(accepts(no, route)) << no;
  route.pattern = "/metrics";
  EXPECT_TRUE(accepts("text/plain", route));
}

}  // namespace
}  // namespace motorcade::https
