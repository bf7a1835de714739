// Inbox records, messages and commands survive their encoding; anything else is an error.
#include <gtest/gtest.h>

#include "events/examples.hpp"
#include "events/wire/commands.hpp"
#include "events/wire/errc.hpp"
#include "events/wire/messages.hpp"
#include "events/wire/records.hpp"

namespace motorcade::wire {
namespace {

using examples::example;
using examples::id;
using examples::Of;

InboxRecord record() {
  return {{Stream::kVehicle, 3},
          RecordKind::kVci,
          ReportCause{id<MessageId>(1), id<VehicleId>(2), {3, id<OutboxId>(4), 5}},
          examples::time(1),
          examples::time(2),
          id<MessageId>(6),
          "vehicle",
          ContentType::kProtobuf,
          true,
          id<VehicleId>(7),
          std::string("\0sealed", 7),
          std::string("\xff\0body", 6)};
}

template <class Decode>
void expect_no_crash(const std::string& bytes, Decode decode) {
  for (std::size_t length = 0; length < bytes.size(); ++length)
    (void)decode(std::string(bytes, 0, length));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    (void)decode(flipped);
  }
}

TEST(Records, SurviveTheirEncoding) {
  const auto decoded = decode_record(encode_record(record()));
  ASSERT_TRUE(decoded) << to_string(decoded.error());
  EXPECT_EQ(*decoded, record());
  InboxRecord plain;
  plain.partition.stream = Stream::kCatalog;
  plain.kind = RecordKind::kMessage;
  EXPECT_EQ(decode_record(encode_record(plain)), plain);  // and nothing is left of the one before
}

TEST(Records, AnyBytesAreARecordOrAnError) {
  expect_no_crash(encode_record(record()), [](const auto& b) { return decode_record(b); });
  EXPECT_EQ(decode_record("\xff").error().code, Errc::kMalformed);
  EXPECT_EQ(decode_record(std::string(kMaxRecordBytes + 1, 'x')).error().code, Errc::kTooLarge);
  auto unknown = record();
  unknown.kind = static_cast<RecordKind>(999);
  EXPECT_EQ(decode_record(encode_record(unknown)).error().code, Errc::kUnknownType);
}

TEST(Messages, EveryBodySurvivesItsEncoding) {
  for (const auto& body : examples::all<MessageBody>()) {
    const auto decoded = decode_message(encode_message(body));
    ASSERT_TRUE(decoded) << to_string(decoded.error());
    EXPECT_TRUE(*decoded == body) << body.index();
    expect_no_crash(encode_message(body), [](const auto& b) { return decode_message(b); });
  }
}

TEST(Messages, AFailedBuildAndNoWaiterStayWithout) {
  for (const MessageBody& body :
       {MessageBody(vehicle::NotePackage{id<PackageKey>(1), std::nullopt, "no space"}),
        MessageBody(catalog::RequestPackage{id<PackageKey>(1), {}, std::nullopt})})
    EXPECT_TRUE(*decode_message(encode_message(body)) == body);
}

TEST(Messages, NothingIsNotAMessage) {
  EXPECT_EQ(decode_message("").error().code, Errc::kUnknownType);
  EXPECT_EQ(decode_message("\x01").error().code, Errc::kMalformed);
}

const std::vector<campaign::Command> kCampaignCommands{
    example(Of<campaign::Create>{}),  example(Of<campaign::Propose>{}),
    example(Of<campaign::Approve>{}), example(Of<campaign::Start>{}),
    example(Of<campaign::Pause>{}),   example(Of<campaign::Resume>{}),
    example(Of<campaign::Abort>{})};
const std::vector<catalog::Command> kCatalogCommands{
    example(Of<catalog::UploadRelease>{}), example(Of<catalog::DeprecateRelease>{}),
    example(Of<catalog::ApproveTarget>{}), example(Of<catalog::RequestPackage>{}),
    example(Of<catalog::ReportBuilt>{})};

TEST(Commands, SurviveTheirEncoding) {
  for (const auto& command : kCampaignCommands) {
    const auto decoded = decode_campaign_command(encode_command(command));
    ASSERT_TRUE(decoded) << to_string(decoded.error());
    EXPECT_TRUE(*decoded == command);
    expect_no_crash(encode_command(command),
                    [](const auto& b) { return decode_campaign_command(b); });
  }
  for (const auto& command : kCatalogCommands) {
    const auto decoded = decode_catalog_command(encode_command(command));
    ASSERT_TRUE(decoded) << to_string(decoded.error());
    EXPECT_TRUE(*decoded == command);
    expect_no_crash(encode_command(command),
                    [](const auto& b) { return decode_catalog_command(b); });
  }
}

std::string complaint(const campaign::Command& command) {
  const auto decoded = decode_campaign_command(encode_command(command));
  return decoded ? "" : decoded.error().context;
}
std::string complaint(const catalog::Command& command) {
  const auto decoded = decode_catalog_command(encode_command(command));
  return decoded ? "" : decoded.error().context;
}

TEST(Commands, WhatCannotBeIsRefusedByTheFieldsName) {
  auto create = example(Of<campaign::Create>{});
  create.definition.name = "half \xc3";
  EXPECT_EQ(complaint(create), "the command: name is not UTF-8");
  create.definition.name = std::string("nul \0", 5);
  EXPECT_EQ(complaint(create), "the command: name has a control character in it");
  create.definition.name.assign(kMaxNameBytes + 1, 'x');
  EXPECT_EQ(complaint(create), "the command: name is too long");
  create.definition.name = "ok";
  create.definition.policy.offer_timeout = Duration::max();
  EXPECT_EQ(complaint(create), "the command: offer_timeout is not between zero and ten years");
  create.definition.policy.offer_timeout = Duration(-1);
  EXPECT_EQ(complaint(create), "the command: offer_timeout is not between zero and ten years");
  create.definition.policy.offer_timeout = Duration(0);
  create.definition.filter.vehicles.resize(kMaxVehiclesPerFilter + 1, id<VehicleId>(1));
  EXPECT_EQ(complaint(create), "the command: filter.vehicles has too many elements");
  create.definition.filter.vehicles.clear();
  create.campaign = {};
  EXPECT_EQ(complaint(create), "the command: campaign is missing");
  EXPECT_EQ(complaint(campaign::Resume{id<CampaignId>(1), "operator:alice", {}}),
            "the command: how is missing");
  EXPECT_EQ(complaint(campaign::Start{id<CampaignId>(1), ""}), "the command: by is missing");
  auto target = example(Of<catalog::ApproveTarget>{});
  target.ecu.assign(300, 'E');
  EXPECT_EQ(complaint(target), "the command: ecu is too long");
}

TEST(Commands, OthersThanTheirOwnAreRefused) {
  EXPECT_EQ(decode_campaign_command("").error().code, Errc::kUnknownType);
  EXPECT_EQ(decode_catalog_command("").error().code, Errc::kUnknownType);
  EXPECT_EQ(decode_campaign_command("{\"json\":1}").error().code, Errc::kMalformed);
  EXPECT_DEATH(encode_command(campaign::Command(campaign::AdvanceTime{})), "COMMAND_NOT_SET");
  EXPECT_DEATH(encode_command(catalog::Command(catalog::AdvanceTime{})), "COMMAND_NOT_SET");
}

}  // namespace
}  // namespace motorcade::wire
