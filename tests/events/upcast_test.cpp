// Upcasting, with a version that never was: version 0 of VciContradicted, hex and without a
// campaign.
#include "events/wire/upcast.hpp"

#include <gtest/gtest.h>

#include "events/examples.hpp"
#include "events/wire/errc.hpp"
#include "events/wire/facts.hpp"

namespace motorcade::wire {
namespace {

constexpr auto kType = kFactNumber<vehicle::VciContradicted>;

/// Version 0 held the vehicle's id as hex and no campaign.
Result<std::string> raise_0(std::string_view payload) {
  const auto vehicle = id_from_hex<VehicleId>(payload);
  if (!vehicle) return failure(Errc::kMalformed, "version 0 of VciContradicted is 32 hex digits");
  return encode_fact(
             vehicle::Event(vehicle::VciContradicted{*vehicle, examples::id<CampaignId>(1)}))
      .payload;
}

TEST(Upcast, AnOldFactIsRaisedAndParsed) {
  const auto upcasters = Upcasters().add(kType, 0, raise_0);
  const auto vehicle = examples::id<VehicleId>(9);
  const auto decoded = decode_vehicle_fact(kType, 0, to_hex(vehicle), upcasters);
  ASSERT_TRUE(decoded) << to_string(decoded.error());
  EXPECT_TRUE(*decoded ==
              vehicle::Event(vehicle::VciContradicted{vehicle, examples::id<CampaignId>(1)}));
}

TEST(Upcast, TheNewestVersionPassesUntouched) {
  const auto upcasters = Upcasters().add(kType, 0, raise_0);
  std::string scratch;
  const std::string payload = "as it is";
  const auto raised = upcasters.raise(kType, 1, payload, scratch);
  ASSERT_TRUE(raised);
  EXPECT_EQ(raised->data(), payload.data());
}

TEST(Upcast, WhatAnUpcasterRefusesIsAnError) {
  const auto upcasters = Upcasters().add(kType, 0, raise_0);
  const auto decoded = decode_vehicle_fact(kType, 0, "not hex", upcasters);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().context, "version 0 of VciContradicted is 32 hex digits");
}

TEST(Upcast, AGapInTheTableIsAnErrorThatNamesTheVersion) {
  const auto decoded = decode_vehicle_fact(kType, 0, "");
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, Errc::kUnknownType);
  EXPECT_NE(decoded.error().context.find("vehicle.VciContradicted (type 115) of schema version 0"),
            std::string::npos);
}

}  // namespace
}  // namespace motorcade::wire
