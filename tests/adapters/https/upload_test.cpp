// Uploads: streamed to disk, kept only if they are what was announced.
#include <gtest/gtest.h>

#include <future>

#include "adapters/https/content_digest.hpp"
#include "adapters/https/rig.hpp"
#include "digest/digest.hpp"

namespace motorcade::https::testing_support {
namespace {

std::string image(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 255);
  return bytes;
}
Digest hash(const std::string& bytes) {
  return Digest{digest::sha256(bytes)};
}

class Uploads : public testing::Test {
 protected:
  static constexpr auto kTarget =
      "/api/v1/firmware/upload?ecuType=ECM&version=2.0.0&hardware=TC375&fileName=a.bin";
  Answer raw(const std::string& body, const Headers& more = {},
             const std::string& target = kTarget) {
    return client_.send(
        "POST", target,
        plus({{"Content-Type", "application/octet-stream"}, Rig::as("alice")}, more), body);
  }
  Answer form(const std::string& body) {
    return client_.send("POST", "/api/v1/firmware/upload",
                        {{"Content-Type", "multipart/form-data; boundary=B"}, Rig::as("alice")},
                        body);
  }
  /// Files that the store holds, finished or not.
  std::size_t files() {
    std::size_t count = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(rig_.directory() / "artifacts"))
      count += entry.is_regular_file() && entry.file_size() > 0 ? 1 : 0;
    return count;
  }
  Rig rig_;
  Client client_ = rig_.client();
};

TEST_F(Uploads, ARawImageBecomesARelease) {
  const auto bytes = image(3'000'000);
  const auto answer = raw(bytes, {{"Content-Digest", content_digest(hash(bytes))}},
                          std::string(kTarget) + "&sha256=" + to_hex(hash(bytes)));
  ASSERT_EQ(answer.status, 201u) << answer.body;
  EXPECT_EQ(member(answer, "sha256"), to_hex(hash(bytes)));
  EXPECT_EQ(member(answer, "sizeBytes"), "3000000");
  EXPECT_EQ(member(answer, "version"), "2.0.0");
  EXPECT_EQ(answer.header("location"), "/api/v1/firmware/" + member(answer, "id"));
  const auto back =
      client_.send("GET", "/api/v1/ota/package/" + to_hex(hash(bytes)), {Rig::as("alice")});
  EXPECT_TRUE(back.body == bytes);
  rig_.inside(
      [](FakeOwner& owner, FakeRows&) { EXPECT_EQ(owner.records, 3u); });  // and two heard of it
}

TEST_F(Uploads, AnswersOnlyWhenEveryCampaignPartitionHasHeardOfIt) {
  rig_.inside([](FakeOwner& owner, FakeRows&) { owner.deaf_to_messages = true; });
  auto answer = std::async(std::launch::async, [&] { return raw(image(10)).status; });
  std::size_t waiting = 0;
  while (waiting < 10) rig_.inside([&](FakeOwner& owner, FakeRows&) { waiting = owner.waiting; });
  EXPECT_EQ(answer.wait_for(std::chrono::milliseconds(0)), std::future_status::timeout);
  rig_.inside([](FakeOwner& owner, FakeRows&) { owner.deaf_to_messages = false; });
  EXPECT_EQ(answer.get(), 201u);
}

TEST_F(Uploads, AFormToo) {
  const auto bytes = image(200'000);
  const auto answer = form(
      "--B\r\nContent-Disposition: form-data; name=\"ecuType\"\r\n\r\nECM\r\n"
      "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n" +
      bytes +
      "\r\n--B\r\nContent-Disposition: form-data; name=\"version\"\r\n\r\n2.1\r\n--B--\r\n");
  ASSERT_EQ(answer.status, 201u) << answer.body;
  EXPECT_EQ(member(answer, "sha256"), to_hex(hash(bytes)));
  EXPECT_EQ(member(answer, "version"), "2.1.0");
}

TEST_F(Uploads, TheSameKeyTwiceIsOneRelease) {
  const auto bytes = image(1000);
  const Headers key{{"Idempotency-Key", "u1"}};
  const auto first = raw(bytes, key), second = raw(bytes, key);
  EXPECT_EQ(first.status, 201u);
  EXPECT_EQ(second.status, 200u);
  EXPECT_EQ(member(first, "id"), member(second, "id"));
  const auto other = raw(image(1001), key);
  EXPECT_EQ(other.status, 422u);
  EXPECT_EQ(member(other, "rejection"), "id_in_use");
}

TEST_F(Uploads, AKeyCountsPerEcuType) {
  const auto bytes = image(1000);
  const Headers key{{"Idempotency-Key", "u1"}};
  const auto brake = raw(bytes, key, "/api/v1/firmware/upload?ecuType=BRAKE&version=1.0.0");
  const auto steer = raw(bytes, key, "/api/v1/firmware/upload?ecuType=STEER&version=1.0.0");
  EXPECT_EQ(brake.status, 201u) << brake.body;
  EXPECT_EQ(steer.status, 201u) << steer.body;
  EXPECT_NE(member(brake, "id"), member(steer, "id"));
}

TEST_F(Uploads, AnEcuTypeThatNoTopicCanCarryIsRefused) {
  const auto odd = raw(image(10), {}, "/api/v1/firmware/upload?ecuType=ECM%23&version=1.0.0");
  EXPECT_EQ(odd.status, 422u);
  EXPECT_NE(odd.body.find("ecuType"), std::string::npos) << odd.body;
  EXPECT_EQ(files(), 0u);
}

TEST_F(Uploads, WhatIsNotWhatWasAnnouncedIsNotKept) {
  const auto bytes = image(1000);
  EXPECT_EQ(raw(bytes, {}, std::string(kTarget) + "&sha256=" + std::string(64, '0')).status, 422u);
  EXPECT_EQ(raw(bytes, {{"Content-Digest", content_digest(Digest{{1}})}}).status, 422u);
  EXPECT_EQ(raw(bytes, {{"Content-Digest", "sha-256=:xyz:"}}).status, 400u);
  EXPECT_EQ(raw("").status, 422u);
  EXPECT_EQ(form("--B\r\nContent-Disposition: form-data; name=version\r\n\r\n1\r\n--B--").status,
            422u);
  EXPECT_EQ(form("--B\r\nContent-Disposition: form-data; name=colour\r\n\r\nred\r\n--B--").status,
            422u);
  EXPECT_EQ(form("--B\r\nContent-Disposition: form-data; name=file; filename=x\r\n\r\nabc\r\n--B--")
                .status,
            422u);
  EXPECT_EQ(form("--B\r\nContent-Disposition: form-data; name=file; filename=x\r\n\r\nabc").status,
            400u);
  EXPECT_EQ(files(), 0u);
  rig_.inside([](FakeOwner& owner, FakeRows&) { EXPECT_EQ(owner.records, 0u); });
}

TEST_F(Uploads, ValuesAreCheckedBeforeTheBodyIsRead) {
  const auto missing = rig_.client().send(
      "POST", "/api/v1/firmware/upload?version=x",
      {{"Content-Type", "application/octet-stream"}, Rig::as("alice")}, image(100'000));
  EXPECT_EQ(missing.status, 422u);
  EXPECT_EQ(json_of(missing).at("errors").as_array().size(), 2u) << missing.body;
  EXPECT_EQ(rig_.client()
                .send("POST", "/api/v1/firmware/upload?colour=red",
                      {{"Content-Type", "application/octet-stream"}, Rig::as("alice")}, "x")
                .status,
            422u);
  EXPECT_EQ(rig_.client()
                .send("POST", kTarget, {{"Content-Type", "image/png"}, Rig::as("alice")}, "x")
                .status,
            415u);
  EXPECT_EQ(
      rig_.client()
          .send("POST", kTarget, {{"Content-Type", "multipart/form-data"}, Rig::as("alice")}, "x")
          .status,
      415u);
}

TEST_F(Uploads, ABrokenConnectionLeavesNothing) {
  {
    auto client = rig_.client();
    client.write(std::string("POST ") + kTarget +
                 " HTTP/1.1\r\nAuthorization: Bearer token-of-alice\r\nContent-Type: "
                 "application/octet-stream\r\n"
                 "Content-Length: 100000\r\n\r\n" +
                 image(50'000));
  }
  while (rig_.metrics().find("motorcade_https_connections 1") == std::string::npos)
    std::this_thread::yield();
  EXPECT_EQ(files(), 0u);
}

TEST(UploadLimits, SizeAndNumber) {
  RigOptions options;
  options.limits.upload_bytes = 1000;
  Rig rig(options);
  const auto post = [&](const std::string& framing, const std::string& body) {
    auto client = rig.client();
    client.write(
        "POST /api/v1/firmware/upload?ecuType=ECM&version=1 HTTP/1.1\r\nAuthorization: Bearer "
        "token-of-alice\r\n"
        "Content-Type: application/octet-stream\r\n" +
        framing + "\r\n\r\n" + body);
    return client.read().status;
  };
  EXPECT_EQ(post("Content-Length: 1001", image(1001)), 413u);
  EXPECT_EQ(post("Content-Length: 99999999999999", ""), 413u);
  EXPECT_EQ(post("Transfer-Encoding: chunked", "400\r\n" + image(1024) + "\r\n0\r\n\r\n"), 413u);
  EXPECT_EQ(post("Transfer-Encoding: chunked", "a\r\n" + image(10) + "\r\n0\r\n\r\n"), 201u);
  EXPECT_EQ(post("Content-Length: 1000\r\nExpect: 100-continue", image(1000)), 201u);

  RigOptions none;
  none.limits.parallel_uploads = 0;
  Rig busy(none);
  EXPECT_EQ(busy.client()
                .send("POST", "/api/v1/firmware/upload",
                      {{"Content-Type", "application/octet-stream"}, Rig::as("alice")}, "x")
                .status,
            429u);
}

}  // namespace
}  // namespace motorcade::https::testing_support
