// Vehicle reports: JSON and binary, sorted and checked; hostile bodies get a complaint that repeats
// nothing of them.
#include "events/wire/reports.hpp"

#include <gtest/gtest.h>

#include "events/examples.hpp"
#include "events/wire/errc.hpp"

namespace motorcade::wire {
namespace {

using examples::id;
const auto kVehicle = id<VehicleId>(1);
constexpr ContentType kBoth[] = {ContentType::kJson, ContentType::kProtobuf};

const vehicle::Register kRegister{kVehicle, "Model Ü", 2025, "VMG-7", "sealed"};
const vehicle::ReportVci kVci{
    kVehicle, "Model Ü", 2025, "VMG-7", "sealed", 0xffffffffffffffff, examples::kConfiguration};
const vehicle::ReportStatus kStatus{kVehicle,
                                    id<CommandId>(2),
                                    vehicle::ReportedStep::kRolledBack,
                                    "flash failed",
                                    1,
                                    0x1'0000'0000,
                                    3,
                                    examples::kResults};
const vehicle::ReportReadiness kReady{kVehicle, examples::kReadiness};

Result<vehicle::Command> decode(RecordKind kind, std::string_view body,
                                ContentType content_type = ContentType::kJson) {
  return decode_report(kind, content_type, kVehicle, "sealed", std::string(body));
}
std::string complaint(RecordKind kind, std::string_view body,
                      ContentType content_type = ContentType::kJson) {
  const auto decoded = decode(kind, body, content_type);
  return decoded ? "" : decoded.error().context;
}

TEST(Reports, SurviveBothEncodings) {
  for (const auto type : kBoth) {
    EXPECT_TRUE(
        decode(RecordKind::kRegister, encode_register_report(kRegister, type), type).value() ==
        vehicle::Command(kRegister));
    EXPECT_TRUE(decode(RecordKind::kVci, encode_vci_report(kVci, type), type).value() ==
                vehicle::Command(kVci));
    for (const auto kind : {RecordKind::kStatus, RecordKind::kControlResponse}) {
      EXPECT_TRUE(decode(kind, encode_status_report(kStatus, type), type).value() ==
                  vehicle::Command(kStatus));
      EXPECT_TRUE(decode(kind, encode_readiness_report(kReady, type), type).value() ==
                  vehicle::Command(kReady));
    }
  }
}

TEST(Reports, EveryStepAndOutcomeHasItsJsonName) {
  auto report = kStatus;
  for (int step = 1; step <= static_cast<int>(vehicle::ReportedStep::kCancelled); ++step) {
    report.step = static_cast<vehicle::ReportedStep>(step);
    report.ecus[0].outcome = static_cast<vehicle::EcuOutcome>(step % 4 + 1);
    EXPECT_TRUE(decode(RecordKind::kStatus, encode_status_report(report)).value() ==
                vehicle::Command(report));
  }
}

TEST(Reports, AreReadAsTheDocumentationWritesThem) {
  const auto vci = decode(
      RecordKind::kVci,
      R"({"model":"M","year":2025,"vmgId":"V","bootCount":"7","zones":[{"gateway":"ZG_BODY","model":"Z",)"
      R"("ecus":[{"id":"ECU_011","type":"BCM","hardware":"TC375","version":"1.0.0"}]}]})");
  ASSERT_TRUE(vci) << to_string(vci.error());
  EXPECT_EQ(std::get<vehicle::ReportVci>(*vci).boot_count, 7);
  const auto status = decode(
      RecordKind::kStatus,
      R"({"commandId":"00112233445566778899aabbccddeeff","step":"PACKAGE_VERIFIED","bytesDone":5,)"
      R"("fromTheFuture":{"a":[1,2]},"ecus":[{"gateway":"G","ecu":"E","outcome":"FAILED","nrc":49}]})");
  ASSERT_TRUE(status) << to_string(status.error());
  EXPECT_EQ(std::get<vehicle::ReportStatus>(*status).step, vehicle::ReportedStep::kPackageVerified);
  EXPECT_EQ(std::get<vehicle::ReportStatus>(*status).ecus.at(0).nrc, 49);
}

TEST(Reports, ZonesAndEcusAreSorted) {
  auto shuffled = kVci;
  std::swap(shuffled.configuration.zones[0], shuffled.configuration.zones[1]);
  std::swap(shuffled.configuration.zones[1].ecus[0], shuffled.configuration.zones[1].ecus[1]);
  EXPECT_TRUE(decode(RecordKind::kVci, encode_vci_report(shuffled)).value() ==
              vehicle::Command(kVci));
}

TEST(Reports, DuplicatesAreRefused) {
  auto twice = kVci;
  twice.configuration.zones[1].gateway = twice.configuration.zones[0].gateway;
  EXPECT_EQ(complaint(RecordKind::kVci, encode_vci_report(twice)),
            "zones has two with the same gateway");
  twice = kVci;  // an ECU id is unique in the vehicle, not only in its zone
  twice.configuration.zones[1].ecus[0].id = twice.configuration.zones[0].ecus[0].id;
  EXPECT_EQ(complaint(RecordKind::kVci, encode_vci_report(twice)),
            "zones has two ECUs with the same id");
  auto results = kStatus;
  results.ecus[1] = results.ecus[0];
  EXPECT_EQ(complaint(RecordKind::kStatus, encode_status_report(results)),
            "ecus has two results of the same ECU");
}

TEST(Reports, CountsAndTextsAreBounded) {
  auto many = kVci;
  many.configuration.zones.clear();
  for (int i = 0; i < 65; ++i)
    many.configuration.zones.push_back({"ZG" + std::to_string(i), "", {}});
  EXPECT_EQ(complaint(RecordKind::kVci, encode_vci_report(many)),
            "zones has more than 64 elements");
  many.configuration.zones.resize(1);
  for (int i = 0; i < 513; ++i)
    many.configuration.zones[0].ecus.push_back({"E" + std::to_string(i), "T", "", {1, 0, 0}});
  EXPECT_EQ(complaint(RecordKind::kVci, encode_vci_report(many)), "zones has more than 512 ECUs");
  many.configuration.zones[0].ecus.resize(512);
  EXPECT_EQ(complaint(RecordKind::kVci, encode_vci_report(many)), "");
  many.configuration.zones[0].ecus[7].hardware.assign(257, 'h');
  EXPECT_EQ(complaint(RecordKind::kVci, encode_vci_report(many)),
            "zones[0].ecus[7].hardware is too long");
  EXPECT_EQ(complaint(RecordKind::kRegister, R"({"model":"a\u0000b"})"),
            "model has a control character in it");
  EXPECT_EQ(complaint(RecordKind::kRegister, R"({"model":"a\nb"})"),
            "model has a control character in it");
  EXPECT_EQ(complaint(RecordKind::kRegister, std::string(kMaxBodyBytes + 1, ' ')),
            "the body has 262145 bytes; at most 262144");
}

struct Bad {
  RecordKind kind;
  const char* body;
  const char* complaint;
};
constexpr Bad kBad[] = {
    {RecordKind::kRegister, "{}", "model is missing"},
    {RecordKind::kRegister, R"({"model":"m","year":20255})", "year is not a year"},
    {RecordKind::kRegister, R"({"model":"m","year":-3})",
     "the JSON value in year is of the wrong type or out of range"},
    {RecordKind::kRegister, R"({"model":{"a":1}})",
     "the body is not well-formed JSON, or its fields are not the expected ones"},
    {RecordKind::kVci, R"({"bootCount":18446744073709551616})",
     "the JSON value in boot_count is of the wrong type or out of range"},
    {RecordKind::kVci, R"({"bootCount":1e999})",
     "the body is not well-formed JSON, or its fields are not the expected ones"},
    {RecordKind::kVci, R"({"bootCount":1.5})",
     "the JSON value in boot_count is of the wrong type or out of range"},
    {RecordKind::kVci,
     R"({"zones":[{"gateway":"G","ecus":[{"id":"E","type":"T","version":{"a":1}}]}]})",
     "the JSON value in zones[0].ecus[0] is of the wrong type or out of range"},
    {RecordKind::kVci,
     R"({"zones":[{"gateway":"G","ecus":[{"id":"E","type":"T","version":"1.x"}]}]})",
     "zones[0].ecus[0].version is not a version; MAJOR.MINOR.PATCH is expected"},
    {RecordKind::kVci, R"({"zones":[{"ecus":[]}]})", "zones[0].gateway is missing"},
    {RecordKind::kVci, R"({"zones":[3]})",
     "the JSON value in zones[0] is of the wrong type or out of range"},
    {RecordKind::kStatus, "{}", "commandId is missing, or not 32 hexadecimal digits"},
    {RecordKind::kStatus, R"({"commandId":"xyz","step":"INSTALLED"})",
     "commandId is missing, or not 32 hexadecimal digits"},
    {RecordKind::kStatus, R"({"commandId":"00000000000000000000000000000000","step":"INSTALLED"})",
     "commandId is missing, or not 32 hexadecimal digits"},
    {RecordKind::kStatus, R"({"commandId":"00112233445566778899aabbccddeeff","step":"DANCING"})",
     "step is missing, or not one that this program knows (ACCEPTED, …)"},
    {RecordKind::kStatus, R"({"commandId":"00112233445566778899aabbccddeeff","step":99})",
     "step is missing, or not one that this program knows (ACCEPTED, …)"},
    {RecordKind::kStatus,
     R"({"commandId":"00112233445566778899aabbccddeeff","step":"FAILED","ecus":[{"gateway":"G","ecu":"E"}]})",
     "ecus[0].outcome is missing, or none of PROGRAMMED, FAILED, ROLLED_BACK, SKIPPED"},
    {RecordKind::kStatus,
     R"({"commandId":"00112233445566778899aabbccddeeff","step":1,"ecus":[{"gateway":"G","ecu":"E","outcome":1,"nrc":256}]})",
     "ecus[0].nrc is not a negative response code (0 to 255)"},
    {RecordKind::kStatus, R"({"readiness":{"batteryPercent":101}})",
     "readiness.batteryPercent is not 0 to 100"},
    {RecordKind::kStatus, R"({"readiness":{},"step":"FAILED"})",
     "readiness and step exclude each other; send two reports"},
    {RecordKind::kDiagnosticsResponse, "{}", "diagnostics responses are not taken by this version"},
    {RecordKind::kCampaignCommand, "{}", "not a vehicle's report"},
};

TEST(Reports, WhatCannotBeIsRefusedByItsPlace) {
  for (const auto& bad : kBad) EXPECT_EQ(complaint(bad.kind, bad.body), bad.complaint) << bad.body;
}

TEST(Reports, GarbageIsRefusedAndNotRepeated) {
  const std::string secret = "WVWZZZ1JZXW000001";
  for (const std::string body :
       {"", "{", "}", "[]", "null", "\"WVWZZZ1JZXW000001\"", "{\"WVWZZZ1JZXW000001\":}",
        "{\"zones\":[\"WVWZZZ1JZXW000001\"]}", "{\"year\":\"WVWZZZ1JZXW000001\"}",
        "{\"model\":\"\xff\"}", "{\"model\":\"\\ud800\"}", "{\"year\":2024} x", "\xef\xbb\xbf{",
        "WVWZZZ1JZXW000001"})
    for (const auto kind : {RecordKind::kRegister, RecordKind::kVci, RecordKind::kStatus})
      for (const auto type : kBoth) {
        const auto decoded = decode(kind, body, type);
        if (body.empty() && type == ContentType::kProtobuf && kind == RecordKind::kVci)
          continue;  // an empty message: a vehicle without zones
        ASSERT_FALSE(decoded) << body;
        EXPECT_EQ(decoded.error().context.find(secret), std::string::npos)
            << decoded.error().context;
        EXPECT_FALSE(decoded.error().context.empty());
      }
}

TEST(Reports, DeepNestingIsRefusedBeforeItIsParsed) {
  for (const char* open : {"[", "{\"a\":", "{\"zones\":["}) {
    std::string deep = "{\"x\":";
    for (int i = 0; i < 20'000; ++i) deep += open;
    EXPECT_EQ(complaint(RecordKind::kVci, deep), "the JSON body is nested deeper than 16 levels");
  }
  // Brackets in texts are no nesting.
  EXPECT_EQ(complaint(RecordKind::kRegister, R"({"model":"[[[[[[[[[[[[[[[[[[\"{{{{{{{{{"})"), "");
}

TEST(Reports, AnyBytesAreAReportOrAnError) {
  for (const auto type : kBoth)
    for (const auto& [kind, body] :
         {std::pair(RecordKind::kVci, encode_vci_report(kVci, type)),
          std::pair(RecordKind::kStatus, encode_status_report(kStatus, type)),
          std::pair(RecordKind::kStatus, encode_readiness_report(kReady, type))}) {
      for (std::size_t length = 0; length < body.size(); ++length)
        (void)decode(kind, body.substr(0, length), type);
      for (std::size_t bit = 0; bit < body.size() * 8; ++bit) {
        auto flipped = body;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
        (void)decode(kind, flipped, type);
      }
    }
}

}  // namespace
}  // namespace motorcade::wire
