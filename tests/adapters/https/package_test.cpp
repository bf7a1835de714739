// Downloads by range, over the wire.
#include <gtest/gtest.h>

#include "adapters/https/content_digest.hpp"
#include "adapters/https/rig.hpp"

namespace motorcade::https::testing_support {
namespace {

class Packages : public testing::Test {
 protected:
  Packages() {
    for (std::size_t i = 0; i < 300'000; ++i) bytes_ += static_cast<char>(i * 31 + i / 251);
    digest_ = rig_.store(bytes_);
    path_ = "/api/v1/ota/package/" + to_hex(digest_);
    etag_ = '"' + to_hex(digest_) + '"';
    bearer_ = {"Authorization", "Bearer " + rig_.link_token(digest_, std::chrono::hours(1))};
  }
  Answer get(const Headers& more, const std::string& method = "GET") {
    return client_.send(method, path_, plus({bearer_}, more));
  }
  Rig rig_;
  Client client_ = rig_.client();
  std::string bytes_, path_, etag_;
  std::pair<std::string, std::string> bearer_;
  Digest digest_;
};

TEST_F(Packages, AllOfIt) {
  const auto answer = get({});
  EXPECT_EQ(answer.status, 200u);
  EXPECT_TRUE(answer.body == bytes_);
  EXPECT_EQ(answer.header("etag"), etag_);
  EXPECT_EQ(answer.header("accept-ranges"), "bytes");
  EXPECT_EQ(answer.header("content-digest"), content_digest(digest_));
  EXPECT_EQ(answer.header("content-type"), "application/octet-stream");
  const auto head = get({}, "HEAD");
  EXPECT_EQ(head.status, 200u);
  EXPECT_EQ(head.header("content-length"), "300000");
  EXPECT_EQ(get({{"Range", "bytes=0-9"}}, "HEAD").status, 200u);
}

TEST_F(Packages, OneRange) {
  const auto answer = get({{"Range", "bytes=100-199"}});
  EXPECT_EQ(answer.status, 206u);
  EXPECT_EQ(answer.body, bytes_.substr(100, 100));
  EXPECT_EQ(answer.header("content-range"), "bytes 100-199/300000");
  EXPECT_EQ(answer.header("content-digest"), "");
  EXPECT_EQ(answer.header("repr-digest"), content_digest(digest_));
  EXPECT_TRUE(get({{"Range", "bytes=299990-"}}).body == bytes_.substr(299'990));
  EXPECT_TRUE(get({{"Range", "bytes=-10"}}).body == bytes_.substr(299'990));
  EXPECT_TRUE(get({{"Range", "bytes=1-299999"}}).body == bytes_.substr(1));
}

TEST_F(Packages, SeveralRangesAsMultipart) {
  const auto answer = get({{"Range", "bytes=0-9,200000-200099,-5"}});
  EXPECT_EQ(answer.status, 206u);
  const auto type = answer.header("content-type");
  ASSERT_TRUE(type.starts_with("multipart/byteranges; boundary="));
  const auto boundary = "\r\n--" + type.substr(type.find('=') + 1);
  const auto part = [&](std::size_t first, std::size_t size) {
    return boundary + "\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes " +
           std::to_string(first) + '-' + std::to_string(first + size - 1) + "/300000\r\n\r\n" +
           bytes_.substr(first, size);
  };
  EXPECT_TRUE(answer.body ==
              part(0, 10) + part(200'000, 100) + part(299'995, 5) + boundary + "--\r\n");
}

TEST_F(Packages, RangesThatCannotBe) {
  const auto beyond = get({{"Range", "bytes=300000-"}});
  EXPECT_EQ(beyond.status, 416u);
  EXPECT_EQ(beyond.header("content-range"), "bytes */300000");
  EXPECT_EQ(get({{"Range", "bytes=nonsense"}}).status, 200u);
  std::string many = "bytes=0-0";
  for (int i = 1; i < 30; ++i) many += "," + std::to_string(i * 10) + '-' + std::to_string(i * 10);
  EXPECT_EQ(get({{"Range", many}}).status, 416u);
}

TEST_F(Packages, Conditions) {
  EXPECT_EQ(get({{"Range", "bytes=0-9"}, {"If-Range", etag_}}).status, 206u);
  EXPECT_EQ(get({{"Range", "bytes=0-9"}, {"If-Range", "\"other\""}}).status, 200u);
  EXPECT_EQ(get({{"Range", "bytes=0-9"}, {"If-Range", "W/" + etag_}}).status, 200u);
  EXPECT_EQ(get({{"Range", "bytes=0-9"}, {"If-Range", "Sat, 29 Oct 1994 19:43:31 GMT"}}).status,
            200u);
  EXPECT_EQ(get({{"If-None-Match", etag_}}).status, 304u);
  EXPECT_EQ(get({{"If-Match", "\"other\""}}).status, 412u);
  EXPECT_EQ(get({{"If-Match", etag_}}).status, 200u);
}

TEST_F(Packages, OpenToHoldersOfALinkAndToReaders) {
  const auto status = [&](const Headers& headers, const std::string& query = "") {
    return client_.send("HEAD", path_ + query, headers).status;
  };
  EXPECT_EQ(status({}), 401u);
  EXPECT_EQ(status({}, "?token=" + rig_.link_token(digest_, std::chrono::hours(1))), 200u);
  EXPECT_EQ(status({}, "?token=" + rig_.link_token(digest_, std::chrono::seconds(-5))), 403u);
  EXPECT_EQ(status({}, "?token=" + rig_.link_token(Digest{{1}}, std::chrono::hours(1))), 403u);
  for (const char* token : {"x", ".", "9999999999.", "9999999999.00", "-1.00"})
    EXPECT_EQ(status({}, std::string("?token=") + token), 403u) << token;
  auto forged = rig_.link_token(digest_, std::chrono::hours(1));
  forged.back() = forged.back() == '0' ? '1' : '0';
  EXPECT_EQ(status({{"Authorization", "Bearer " + forged}}), 403u);
  EXPECT_EQ(status({Rig::as("alice")}), 200u);
  EXPECT_EQ(
      client_.send("GET", "/api/v1/ota/package/" + std::string(64, '0'), {Rig::as("alice")}).status,
      404u);
  EXPECT_EQ(client_.send("GET", "/api/v1/ota/package/..%2f..%2fetc", {Rig::as("alice")}).status,
            404u);
}

TEST_F(Packages, AVehiclesCertificateOpensNoneWithoutItsOffersLink) {
  auto car = rig_.vehicle(kVin);
  const auto bare = car.send("GET", path_);
  EXPECT_EQ(bare.status, 403u);
  EXPECT_NE(bare.body.find("/api/v1/ota/check"), bare.body.npos) << bare.body;
  const auto stale = "?token=" + rig_.link_token(digest_, std::chrono::seconds(-5));
  EXPECT_EQ(car.send("HEAD", path_ + stale).status, 403u);
  const auto others = "?token=" + rig_.link_token(Digest{{1}}, std::chrono::hours(1));
  EXPECT_EQ(car.send("HEAD", path_ + others).status, 403u);
  EXPECT_EQ(car.send("HEAD", path_, {bearer_}).status, 200u);
  EXPECT_EQ(car.send("HEAD", path_, {Rig::as("alice")}).status, 200u) << "who sent a token";
}

}  // namespace
}  // namespace motorcade::https::testing_support
