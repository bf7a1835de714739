// Only a whole, signed bundle for exactly this vehicle gives a plan.
#include "vehicle_agent/vmg/bundle.hpp"

#include "vehicle_agent/vmg/scratch.hpp"
#include "vehicle_agent/vmg/signed_bundle.hpp"

namespace motorcade::vmg {
namespace {
using namespace test;

Result<std::shared_ptr<const VerifiedBundle>> verify(const std::string& bytes,
                                                     const otap::Trust& trusted = trust(),
                                                     const Configuration& car = small_vehicle()) {
  const Scratch scratch;
  write_file(scratch / "bundle", bytes);
  return verify_bundle(scratch / "bundle", Digest{digest::sha256(bytes)}, trusted, car);
}
void expect_refused(const Result<std::shared_ptr<const VerifiedBundle>>& verified,
                    const std::string& because) {
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, Errc::kPackage);
  EXPECT_NE(to_string(verified.error()).find(because), std::string::npos)
      << to_string(verified.error());
}

TEST(Bundle, GivesThePlanAndThePackages) {
  const auto verified = verify(small_bundle());
  ASSERT_TRUE(verified) << to_string(verified.error());
  const auto& plan = (*verified)->plan;
  ASSERT_EQ(plan.size(), 2U);
  EXPECT_EQ(plan[0], (agent::ZonePlan{
                         "ZG_BODY",
                         {{"ECU_011", {1, 0, 0}, {1, 1, 0}}, {"ECU_012", {1, 0, 0}, {1, 1, 0}}}}));
  EXPECT_EQ((*verified)->package_for(plan[1]), (*verified)->packages[1]);
  EXPECT_EQ((*verified)->package_for({"ZG_BODY", {}}), nullptr);
}

TEST(Bundle, IsRefusedWithAnotherDigest) {
  const Scratch scratch;
  write_file(scratch / "bundle", small_bundle());
  EXPECT_FALSE(verify_bundle(scratch / "bundle", Digest{}, trust(), small_vehicle()));
  EXPECT_FALSE(verify_bundle(scratch / "none", Digest{}, trust(), small_vehicle()));
}

TEST(Bundle, IsRefusedFromAStranger) {
  const auto stranger = otap::SigningKeys::generate();
  expect_refused(verify(small_bundle(), {{stranger->verifying_keys()}, false}), "");
  expect_refused(verify(small_bundle(), {}), "");
}

TEST(Bundle, IsRefusedWhereverItWasAltered) {
  const auto good = small_bundle();
  for (std::size_t at = 0; at < good.size(); at += 1 + good.size() / 97) {
    auto bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    expect_refused(verify(bad), "");
  }
  for (std::size_t size = 0; size < good.size(); size += 1 + good.size() / 29)
    expect_refused(verify(good.substr(0, size)), "");
}

TEST(Bundle, IsRefusedForAnotherVehicle) {
  expect_refused(verify(bundle({{"ZG_ADAS", package("ZG_ADAS", {"ECU_021"})}})),
                 "ZG_ADAS is not in this vehicle");
  expect_refused(verify(bundle({{"ZG_BODY", package("ZG_BODY", {"ECU_013"})}})),
                 "ZG_BODY/ECU_013 is not in this vehicle");
  expect_refused(verify(bundle({{"ZG_BODY", package("ZG_BODY", {"ECU_011"}, "TC397")}})),
                 "has hardware TC375, the package is for TC397");
}

TEST(Bundle, IsRefusedUntilOthersRunWhatItNeedsBefore) {
  const auto body = [](const std::vector<otap::Dependency>& what) {
    return bundle({{"ZG_BODY", package("ZG_BODY", {"ECU_011"}, "TC375", what)},
                   {"ZG_CHASSIS", package("ZG_CHASSIS", {"ECU_006"})}});
  };
  EXPECT_TRUE(verify(body({{"ECU_006", "1.0.0"}, {"ECU_012", "0.9.10"}})));
  expect_refused(verify(body({{"ECU_006", "1.1.0"}})),
                 "ZG_BODY/ECU_011 needs ECU_006 at 1.1.0 or newer before: it runs 1.0.0; "
                 "update it first");
  expect_refused(verify(body({{"ECU_012", "1.0.0"}, {"ECU_012", "1.0.1"}})), "it runs 1.0.0");
  expect_refused(verify(body({{"ECU_099", "1.0.0"}})), "ECU_099");
  expect_refused(verify(body({{"ECU_006", "new"}})), "that is no version");
}

TEST(Bundle, WhatIsInstalledIsWhatWasHashed) {
  const Scratch scratch;
  const auto good = small_bundle();
  write_file(scratch / "bundle", good);
  const auto verified =
      verify_bundle(scratch / "bundle", Digest{digest::sha256(good)}, trust(), small_vehicle());
  ASSERT_TRUE(verified);
  const auto& package = *(*verified)->packages[1];
  std::string hashed(package.size(), '\0'), bytes = hashed;
  ASSERT_TRUE(package.read_at(0, hashed));
  std::fstream file(scratch / "bundle", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<long>(good.size()) - 100);
  file << std::string(50, 'E');  // swapped between verify and install
  file.close();
  EXPECT_TRUE(!package.read_at(0, bytes) || bytes == hashed);
}

}  // namespace
}  // namespace motorcade::vmg
