// Downloads against a server that cuts, lies and refuses.
#include "vehicle_agent/vmg/download.hpp"

#include <gtest/gtest.h>

#include "vehicle_agent/vmg/package_server.hpp"

namespace motorcade::vmg {
namespace {
using test::Authority;
using test::PackageServer;
using test::read_file;
using test::Scratch;
using test::write_file;

std::string bytes(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 2654435761U >> 13);
  return out;
}

class Download : public testing::Test {
 protected:
  Download() {
    request_.file = scratch_ / "package";
    request_.token = "secret";
    how_->identity.ca = authority_.file("ca.crt");
    how_->identity.pin = authority_.pin();
    how_->timeout = std::chrono::seconds(5);
    serve({.content = bytes(300'000)});
  }
  void serve(PackageServer::Behaviour behaviour) {
    const auto hash = digest::sha256(behaviour.content);
    request_.digest.bytes = hash;
    request_.size_bytes = behaviour.content.size();
    server_ = std::make_unique<PackageServer>(io_.get_executor(), authority_, std::move(behaviour));
    request_.url = server_->url();
  }
  Result<void> get(OnBytes on_bytes = [](std::uint64_t) { return true; }) {
    Result<void> result;
    auto task = [&]() -> boost::asio::awaitable<void> {
      result = co_await download(request_, how_, pool_, on_bytes);
    };
    bool done = false;
    boost::asio::co_spawn(io_, task, [&](std::exception_ptr failed) {
      done = true;
      if (failed) std::rethrow_exception(failed);
    });
    while (!done) io_.run_one();
    return result;
  }
  void expect(const Result<void>& result, Errc code) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, code) << to_string(result.error());
  }

  Scratch scratch_;
  Authority authority_{scratch_.path()};
  boost::asio::io_context io_;
  boost::asio::thread_pool pool_{1};
  std::unique_ptr<PackageServer> server_;
  DownloadRequest request_;
  std::shared_ptr<DownloadSettings> how_ = std::make_shared<DownloadSettings>();
};

TEST_F(Download, GetsTheFileAndSaysHowFarItIs) {
  std::vector<std::uint64_t> told;
  const auto got = get([&](std::uint64_t at) {
    told.push_back(at);
    return true;
  });
  ASSERT_TRUE(got) << to_string(got.error());
  EXPECT_EQ(read_file(request_.file), server_->behaviour.content);
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_EQ(told.back(), 300'000U);
  EXPECT_EQ(server_->ranges, std::vector<std::string>{""});
}

TEST_F(Download, GoesOnWhereTheLinkWasLost) {
  server_->behaviour.cut_after = 100'000;
  expect(get(), Errc::kLink);
  const auto have = read_file(request_.file).size();
  ASSERT_GT(have, 0U);
  ASSERT_LE(have, 100'000U);
  server_->behaviour.cut_after = SIZE_MAX;
  ASSERT_TRUE(get());
  EXPECT_EQ(server_->ranges.back(), "bytes=" + std::to_string(have) + "-");
  EXPECT_EQ(read_file(request_.file), server_->behaviour.content);
}

TEST_F(Download, ManyCutsAndItStillEnds) {
  server_->behaviour.cut_after = 40'000;
  int rounds = 1;
  while (!get()) ASSERT_LT(++rounds, 20);
  EXPECT_GT(rounds, 6);
  EXPECT_EQ(read_file(request_.file), server_->behaviour.content);
}

TEST_F(Download, IsCutOnRequest) {
  expect(get([](std::uint64_t at) { return at < 100'000; }), Errc::kLink);
  ASSERT_TRUE(get());
  EXPECT_NE(server_->ranges.back(), "");
}

TEST_F(Download, BeginsAnewWhenTheEntityIsAnother) {
  write_file(request_.file, "bytes of another entity");
  write_file(request_.file.string() + ".etag", "\"old\"");
  ASSERT_TRUE(get());
  EXPECT_EQ(read_file(request_.file), server_->behaviour.content);
}

TEST_F(Download, BeginsAnewWhenTheServerIgnoresRanges) {
  write_file(request_.file, "wrong beginning");
  server_->behaviour.ignore_ranges = true;
  ASSERT_TRUE(get());
}

TEST_F(Download, AWrongRangeIsThrownAway) {
  write_file(request_.file, server_->behaviour.content.substr(0, 1000));
  write_file(request_.file.string() + ".etag", "\"one\"");
  for (const auto* range : {"bytes 0-299999/300000", "bytes 1000-1999/2000", "bytes x"}) {
    write_file(request_.file, server_->behaviour.content.substr(0, 1000));
    write_file(request_.file.string() + ".etag", "\"one\"");
    server_->behaviour.content_range = range;
    expect(get(), Errc::kLink);
    EXPECT_FALSE(std::filesystem::exists(request_.file));
  }
}

TEST_F(Download, AnUnsatisfiableRangeBeginsAnew) {
  write_file(request_.file, "something");
  server_->behaviour.status = 416;
  expect(get(), Errc::kLink);
  EXPECT_FALSE(std::filesystem::exists(request_.file));
  server_->behaviour.status = 0;
  ASSERT_TRUE(get());
}

TEST_F(Download, AnotherHashIsDamageAndLeavesNothing) {
  request_.digest.bytes[0] ^= 1;
  expect(get(), Errc::kDamaged);
  EXPECT_FALSE(std::filesystem::exists(request_.file));
}

TEST_F(Download, TooMuchAndTooLittleAreDamage) {
  request_.size_bytes -= 1;
  expect(get(), Errc::kDamaged);
  EXPECT_FALSE(std::filesystem::exists(request_.file));
  request_.size_bytes += 2;
  expect(get(), Errc::kDamaged);
  EXPECT_FALSE(std::filesystem::exists(request_.file));
}

TEST_F(Download, WhatTheServerRefusesIsRefusedAndWhatItCannotNowComesLater) {
  for (const unsigned status : {404U, 410U, 302U}) {
    server_->behaviour.status = status;
    expect(get(), Errc::kRefused);
  }
  for (const unsigned status : {401U, 403U}) {
    server_->behaviour.status = status;
    expect(get(), Errc::kLinkExpired);
  }
  for (const unsigned status : {429U, 500U, 503U}) {
    server_->behaviour.status = status;
    expect(get(), Errc::kLink);
  }
  server_->behaviour.status = 0;
  request_.token = "guessed";
  expect(get(), Errc::kLinkExpired);
}

TEST_F(Download, AServerWithAnotherKeyGetsNoToken) {
  (*how_->identity.pin)[5] ^= 1;
  expect(get(), Errc::kPinMismatch);
  EXPECT_TRUE(server_->ranges.empty());
}

TEST_F(Download, AStrangersCertificateIsNotTrusted) {
  const Scratch elsewhere;
  const Authority stranger(elsewhere.path());
  how_->identity.ca = stranger.file("ca.crt");
  expect(get(), Errc::kTls);
  EXPECT_TRUE(server_->ranges.empty());
}

TEST_F(Download, AServerOutsideThePolicyIsRefused) {
  serve({.content = bytes(1000), .groups = "X25519"});
  expect(get(), Errc::kLink);
  EXPECT_TRUE(server_->ranges.empty());
  how_->policy.groups = "X25519";
  EXPECT_TRUE(get());
  how_->policy.groups = "NO_SUCH_GROUP";
  std::filesystem::remove(request_.file);
  expect(get(), Errc::kTls);
}

TEST_F(Download, NobodyThereIsALinkProblem) {
  server_->close();
  expect(get(), Errc::kLink);
}

TEST_F(Download, WhatIsAlreadyThereIsOnlyHashed) {
  write_file(request_.file, server_->behaviour.content);
  ASSERT_TRUE(get());
  EXPECT_TRUE(server_->ranges.empty());
}

TEST_F(Download, OffersWithoutMeasureAreRefused) {
  request_.size_bytes = 0;
  expect(get(), Errc::kRefused);
  request_.size_bytes = how_->most_bytes + 1;
  expect(get(), Errc::kRefused);
}

TEST(HttpsUrl, IsReadStrictly) {
  const auto url = parse_https_url("https://[::1]:8443/a?b=c");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, "8443");
  EXPECT_EQ(url->target, "/a?b=c");
  EXPECT_EQ(parse_https_url("https://host")->port, "443");
  for (const auto* bad : {"http://host/", "https:///x", "https://host:port/", "https://host:/",
                          "ftp://x", "", "https://ho st/", "https://host/\r\nHost: other"})
    EXPECT_FALSE(parse_https_url(bad)) << bad;
}

}  // namespace
}  // namespace motorcade::vmg
