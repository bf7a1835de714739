// Messages of the broker become inputs, or nothing; reports become bodies that the engine reads.
#include "vehicle_agent/vmg/bodies.hpp"

#include <gtest/gtest.h>

#include "events/wire/json_notices.hpp"
#include "events/wire/reports.hpp"

namespace motorcade::vmg {
namespace {

const Topics kTopics("WMT00000000000001");

CommandId id_of(std::uint8_t n) {
  CommandId id;
  id.bytes[0] = n;
  return id;
}
BrokerMessage on(const std::string& topic, std::string body) {
  return {topic, std::move(body)};
}

TEST(Bodies, AnOfferIsUnderstood) {
  wire::OfferNotice notice;
  notice.command = id_of(1);
  notice.expires_at = Time{std::chrono::hours(500'000)};
  notice.url = "https://host/package";
  notice.token = "t";
  notice.size_bytes = 5;
  for (const auto type : {ContentType::kJson, ContentType::kProtobuf}) {
    auto message = on(kTopics.control, wire::encode_control(notice, type));
    message.content_type = type;
    const auto input = input_from(message, kTopics);
    ASSERT_TRUE(input && *input);
    const auto& offer = std::get<agent::OfferReceived>(**input).offer;
    EXPECT_EQ(offer.command, notice.command);
    EXPECT_EQ(offer.expires_at, notice.expires_at);
    EXPECT_EQ(offer.size_bytes, 5U);
  }
}

TEST(Bodies, AnAckIsUnderstood) {
  OutboxId id;
  id.bytes[7] = 9;
  const auto body = wire::encode_ack({3, id, 7, 2});
  const auto input = input_from(on(kTopics.ack, body), kTopics);
  ASSERT_TRUE(input && *input);
  EXPECT_EQ(std::get<agent::AckReceived>(**input).ack, (agent::Ack{3, id, 7, 2}));
}

TEST(Bodies, WhatIsNotForTheAgentIsNothing) {
  const auto nothing = [](const BrokerMessage& message) {
    const auto input = input_from(message, kTopics);
    return input && !*input;
  };
  auto own = on(kTopics.control, "{}");
  own.response = true;
  EXPECT_TRUE(nothing(own));
  EXPECT_TRUE(nothing(on(kTopics.control, R"({"kind":"of a later version","commandId":"00"})")));
  EXPECT_TRUE(nothing(on(kTopics.ack, "")));
  for (const auto* body : {"{}", "", "{", "\xff\xfe", "null"}) {
    EXPECT_TRUE(nothing(on("vehicle/broadcast/releases/ECM", body)));
    EXPECT_TRUE(nothing(on(kTopics.diagnostics, body)));
  }
}

TEST(Bodies, GarbageIsAnErrorAndNothingMore) {
  for (const auto* body : {"{", "[]", "\xff\xfe", "{\"kind\":\"offer\"}", "{\"kind\":7}", "null"})
    EXPECT_FALSE(input_from(on(kTopics.control, body), kTopics)) << body;
  for (const auto* body : {"{\"epoch\":-1}", "x", "{\"id\":\"zz\"}"})
    EXPECT_FALSE(input_from(on(kTopics.ack, body), kTopics)) << body;
}

TEST(Bodies, ReasonsAreMadeFitForTheEngine) {
  vehicle::ReportStatus status;
  status.command = id_of(1);
  status.step = vehicle::ReportedStep::kFailed;
  status.reason = "two\nlines \x01 and \xc3\xa4 " + std::string(500, 'x');
  const auto read = wire::decode_report(RecordKind::kStatus, ContentType::kJson, {}, "",
                                        encode_report(agent::Report(status), ""));
  ASSERT_TRUE(read) << to_string(read.error());
  const auto& reason = std::get<vehicle::ReportStatus>(*read).reason;
  EXPECT_TRUE(reason.starts_with("two lines ? and ?? xxx")) << reason;
  EXPECT_LE(reason.size(), 200U);
}

TEST(Bodies, AReasonDoesNotCarryTheVinIntoTheLog) {
  vehicle::ReportStatus status;
  status.step = vehicle::ReportedStep::kFailed;
  status.reason = "writing var/WVWZZZ1KZAW000001/a, then var/WVWZZZ1KZAW000001/b: disk full";
  const auto body = encode_report(agent::Report(status), "WVWZZZ1KZAW000001");
  EXPECT_EQ(body.find("WVWZZZ"), std::string::npos) << body;
  EXPECT_NE(body.find("writing var/(VIN)/a, then var/(VIN)/b: disk full"), std::string::npos)
      << body;
}

TEST(Bodies, AReportCarriesItsPlace) {
  const auto properties =
      properties_of({{2, OutboxId{{0xab}}, 17}, agent::Channel::kControlResponse, "body"});
  EXPECT_EQ(properties, (UserProperties{{"outbox-epoch", "2"},
                                        {"outbox-id", "ab00000000000000"},
                                        {"sequence", "17"},
                                        {"kind", "response"}}));
  EXPECT_EQ(kTopics.of(agent::Channel::kStatus), "vehicle/WMT00000000000001/ota/status");
}

}  // namespace
}  // namespace motorcade::vmg
