// What vehicles are told: JSON as the contract writes it, binary, times, and what is refused.
#include "events/wire/json_notices.hpp"

#include <gtest/gtest.h>

#include "events/examples.hpp"
#include "events/wire/errc.hpp"
#include "events/wire/rfc3339.hpp"

namespace motorcade::wire {
namespace {

using examples::id;
constexpr ContentType kContentTypes[] = {ContentType::kJson, ContentType::kProtobuf};
const OfferNotice kOffer{id<CommandId>(1),  id<CampaignId>(2),
                         examples::time(),  "https://engine:8443/api/v1/ota/package/ab?a=\"b\"",
                         "1772370000.00ff", id<Digest>(3),
                         0x1'0000'0001};

TEST(Notices, SurviveBothEncodings) {
  const AckNotice ack{1, id<OutboxId>(4), 0xffffffffffffffff, 0x8000000000000001};
  const ReleaseNotice release{"BCM", {2, 1, 3}, id<ReleaseId>(5), id<Digest>(6), 123, "TC375"};
  for (const auto type : kContentTypes) {
    EXPECT_TRUE(decode_control(encode_control(kOffer, type), type).value() ==
                ControlNotice(kOffer));
    for (const auto kind : {vehicle::CommandKind::kPause, vehicle::CommandKind::kResume,
                            vehicle::CommandKind::kCancel}) {
      const ControlNotice command =
          CommandNotice{kind, id<CommandId>(7), id<CommandId>(8), examples::time(1)};
      EXPECT_TRUE(decode_control(encode_control(command, type), type).value() == command);
    }
    EXPECT_TRUE(decode_ack(encode_ack(ack, type), type).value() == ack);
    EXPECT_TRUE(decode_release(encode_release(release, type), type).value() == release);
  }
}

TEST(Notices, AreWrittenAsTheContractSays) {
  EXPECT_EQ(encode_ack({1, *id_from_hex<OutboxId>("0011223344556677"), 3, 2}),
            R"({"epoch":1,"id":"0011223344556677","contiguous":3,"bitmap":"0000000000000002"})");
  EXPECT_EQ(
      encode_control(CommandNotice{vehicle::CommandKind::kPause,
                                   *id_from_hex<CommandId>("000102030405060708090a0b0c0d0e0f"),
                                   *id_from_hex<CommandId>("101112131415161718191a1b1c1d1e1f"),
                                   Time(Duration(1'772'366'400'000'000))}),
      R"({"kind":"pause","commandId":"000102030405060708090a0b0c0d0e0f",)"
      R"("offerId":"101112131415161718191a1b1c1d1e1f","expiresAt":"2026-03-01T12:00:00Z"})");
}

TEST(Notices, WhatCannotBeIsRefused) {
  EXPECT_EQ(decode_control("{}").error().code, Errc::kUnknownType);
  EXPECT_EQ(decode_control(R"({"kind":"dance"})").error().code, Errc::kUnknownType);
  EXPECT_EQ(decode_control(R"({"kind":"offer"})").error().context,
            "commandId is missing, or hexadecimal of the wrong size");
  EXPECT_EQ(decode_control(R"({"kind":"pause","commandId":"000102030405060708090a0b0c0d0e0f",)"
                           R"("offerId":"000102030405060708090a0b0c0d0e0f"})")
                .error()
                .context,
            "expiresAt is missing, or not a time");
  EXPECT_EQ(decode_control(R"({"kind":"pause","expiresAt":"tomorrow"})").error().code,
            Errc::kMalformed);
  EXPECT_FALSE(decode_ack("{}"));
  EXPECT_FALSE(decode_ack(R"({"epoch":-1,"id":"0011223344556677","bitmap":"0000000000000000"})"));
  EXPECT_FALSE(decode_ack(R"({"epoch":1,"id":"0011223344556677","bitmap":"02"})"));
  EXPECT_FALSE(decode_release("{}"));
  EXPECT_FALSE(decode_release("not json"));
}

TEST(Notices, TheAnswerToACheckIsAnOfferOrNone) {
  EXPECT_EQ(decode_check_answer(R"({"offer":)" + encode_control(kOffer) + "}").value(), kOffer);
  EXPECT_EQ(decode_check_answer(R"({"offer":null})").value(), std::nullopt);
  for (const auto* wrong :
       {"", "[]", R"({"offer":{}})", R"({"offer":7})", R"({"offer":{"kind":1}})"})
    EXPECT_FALSE(decode_check_answer(wrong)) << wrong;
}

TEST(Notices, AnyBytesAreANoticeOrAnError) {
  for (const auto type : kContentTypes) {
    const auto body = encode_control(kOffer, type);
    for (std::size_t bit = 0; bit < body.size() * 8; ++bit) {
      auto flipped = body;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
      (void)decode_control(flipped, type);
      (void)decode_control(body.substr(0, bit / 8), type);
    }
  }
}

TEST(Rfc3339, IsWrittenAndRead) {
  const Time noon{Duration(1'772'366'400'000'000)};
  EXPECT_EQ(to_rfc3339(noon), "2026-03-01T12:00:00Z");
  EXPECT_EQ(to_rfc3339(noon + Duration(1)), "2026-03-01T12:00:00.000001Z");
  EXPECT_EQ(time_from_rfc3339("2026-03-01T12:00:00Z"), noon);
  EXPECT_EQ(time_from_rfc3339("2026-03-01T13:30:00.000001999+01:30"), noon + Duration(1));
  for (const char* wrong : {"", "2026-03-01", "2026-13-01T12:00:00Z", "2026-03-01T12:00:00",
                            "2026-03-01T25:00:00Z", "99999-01-01T00:00:00Z", "yesterday"})
    EXPECT_FALSE(time_from_rfc3339(wrong)) << wrong;
  EXPECT_EQ(to_rfc3339(Time::max()), "9999-12-31T23:59:59Z");
  EXPECT_EQ(to_rfc3339(Time::min()), "0001-01-01T00:00:00Z");
}

}  // namespace
}  // namespace motorcade::wire
