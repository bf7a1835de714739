#include "adapters/mqtt/topics.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace motorcade::mqtt_edge {
namespace {

const std::string kVin = "WVWZZZ1KZAW000001";

TEST(Topics, SayWhoAndWhat) {
  const auto vci = parse_topic("vehicle/" + kVin + "/vci").value();
  EXPECT_EQ(vci.kind, RecordKind::kVci);
  EXPECT_FALSE(vci.two_publishers || vci.telemetry || vci.alias);
  EXPECT_EQ(parse_topic("vehicle/" + kVin + "/ota/status")->kind, RecordKind::kStatus);
  EXPECT_TRUE(parse_topic("vehicle/" + kVin + "/telemetry")->telemetry);
  for (const auto& [name, kind] : {std::pair{"control", RecordKind::kControlResponse},
                                   {"diagnostics", RecordKind::kDiagnosticsResponse}}) {
    const auto both = parse_topic("vehicle/" + kVin + "/" + name).value();
    EXPECT_EQ(both.kind, kind);
    EXPECT_TRUE(both.two_publishers);
  }
}

TEST(Topics, OfTheOlderConventionHaveNumbers) {
  const auto prefix = "vehicle/updates/" + kVin;
  const auto topic = prefix + "/status";  // what is parsed points into it
  const auto status = parse_topic(topic).value();
  EXPECT_EQ(status.alias, AliasTopic::kStatus);
  EXPECT_EQ(status.kind, RecordKind::kStatus);
  EXPECT_EQ(status.vin, kVin);
  EXPECT_EQ(parse_topic(prefix + "/progress")->alias, AliasTopic::kProgress);
  EXPECT_FALSE(parse_topic(prefix + "/issue_details")) << "the server's own";
}

TEST(Topics, OthersAreNone) {
  for (const auto& bad : std::vector<std::string>{
           "", "vehicle", "vehicle/", "vehicle//vci", "vehicle/vci", "vehicle/" + kVin,
           "vehicle/" + kVin + "/ack", "vehicle/" + kVin + "/x/vci", "vehicle/broadcast/vci",
           "vehicle/updates/status", "xvehicle/" + kVin + "/vci"})
    EXPECT_FALSE(parse_topic(bad)) << bad;
}

TEST(Topics, NoticesGoToTheirVehicle) {
  const auto ack = topic_of({ports::Channel::kAck, kVin, "{}"});
  EXPECT_EQ(ack.topic, "vehicle/" + kVin + "/ack");
  EXPECT_TRUE(ack.retained);
  EXPECT_FALSE(topic_of({ports::Channel::kControl, kVin, "{}"}).retained);
  EXPECT_EQ(topic_of({ports::Channel::kAliasIssueDetails, kVin, "{}"}).topic,
            "vehicle/updates/" + kVin + "/issue_details");
  EXPECT_EQ(topic_of({ports::Channel::kBroadcastRelease, "ECM", "{}"}).topic,
            "vehicle/broadcast/releases/ECM");
}

TEST(Topics, AllThatAreReadAreSubscribedTo) {
  const auto filters = subscriptions("edges");
  EXPECT_EQ(filters.size(), 7U);
  EXPECT_NE(std::ranges::find(filters, "$share/edges/vehicle/updates/+/status"), filters.end());
  EXPECT_NE(std::ranges::find(filters, "$share/edges/vehicle/+/ota/status"), filters.end());
}

TEST(Topics, RefusedOnesAreNamedWithTheReasonAndWhatToDo) {
  EXPECT_EQ(refused_filters({"a/+", "b"}, {1, 0}), "");
  EXPECT_EQ(refused_filters({"a/+", "b"}, {1, 0x87}),
            "b (0x87, not authorized: let this certificate read it in the broker's access rules)");
  const auto both = refused_filters({"$share/x/a/+", "b"}, {0x9E, 0x80});
  EXPECT_NE(both.find("$share/x/a/+ (0x9E, the broker has no shared subscriptions"), both.npos);
  EXPECT_NE(both.find("; b (0x80, "), both.npos) << both;
  EXPECT_EQ(refused_filters({"a", "b"}, {1}), "b (no reason code)");
}

}  // namespace
}  // namespace motorcade::mqtt_edge
