// Writes: what becomes of a request, over HTTP.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <future>

#include "adapters/https/rig.hpp"
#include "events/request_key.hpp"
#include "events/wire/reports.hpp"

namespace motorcade::https::testing_support {
namespace {

constexpr auto kCampaign =
    R"({"name":"autumn","releases":["00112233445566778899aabbccddeeff"],"waves":[{"percent":10},{"rest":true}]})";

class Writes : public testing::Test {
 protected:
  Answer create(const Headers& more = {}, const std::string& body = kCampaign) {
    return client_.send("POST", "/api/v1/campaigns", plus(json_as("alice"), more), body);
  }
  Rig rig_;
  Client client_ = rig_.client();
};

TEST_F(Writes, ACampaignIsCreatedProposedAndApprovedByAnother) {
  const auto created = create();
  ASSERT_EQ(created.status, 201u) << created.body;
  const auto id = member(created, "id");
  EXPECT_EQ(created.header("location"), "/api/v1/campaigns/" + id);
  EXPECT_EQ(created.header("motorcade-position"), member(created, "position"));
  EXPECT_TRUE(position_from(member(created, "position")));
  EXPECT_NE(member(created, "seed"), "");
  EXPECT_EQ(member(created, "contentHash").size(), 64u);

  const auto path = "/api/v1/campaigns/" + id;
  EXPECT_EQ(client_.send("POST", path + "/propose", {Rig::as("alice")}).status, 200u);
  EXPECT_EQ(client_
                .send("POST", path + "/approve", json_as("bob"),
                      R"({"contentHash":")" + member(created, "contentHash") + "\"}")
                .status,
            200u);
}

TEST_F(Writes, TheDomainsRefusalsHaveAStatusAndAName) {
  auto bobs = client_.send("POST", "/api/v1/campaigns", json_as("bob"), kCampaign);
  const auto own = client_.send("POST", "/api/v1/campaigns/" + member(bobs, "id") + "/approve",
                                {Rig::as("bob")});
  EXPECT_EQ(own.status, 403u);
  EXPECT_EQ(member(own, "rejection"), "own_proposal");
  EXPECT_TRUE(position_from(member(own, "position")));
  EXPECT_EQ(own.header("motorcade-position"), member(own, "position"));
  const std::string nobody(32, 'e');
  const auto missing =
      client_.send("POST", "/api/v1/campaigns/" + nobody + "/propose", {Rig::as("alice")});
  EXPECT_EQ(missing.status, 404u);
  EXPECT_EQ(member(missing, "rejection"), "no_such_campaign");
  const auto state =
      client_.send("POST", "/api/v1/campaigns/" + nobody + "/start", {Rig::as("alice")});
  EXPECT_EQ(state.status, 409u);
  EXPECT_EQ(member(state, "rejection"), "wrong_state");
  EXPECT_EQ(member(state, "detail"), "the fake owner says so");
}

TEST_F(Writes, FiftyParallelPostsWithOneKeyMakeOneCampaign) {
  std::vector<std::future<std::string>> answers;
  for (int i = 0; i < 50; ++i)
    answers.push_back(std::async(std::launch::async, [this] {
      auto client = rig_.client();
      const auto answer =
          client.send("POST", "/api/v1/campaigns",
                      plus(json_as("alice"), {{"Idempotency-Key", "one"}}), kCampaign);
      EXPECT_TRUE(answer.status == 201 || answer.status == 200) << answer.body;
      return member(answer, "id") + member(answer, "seed");
    }));
  const auto first = answers[0].get();
  for (std::size_t i = 1; i < answers.size(); ++i) EXPECT_EQ(answers[i].get(), first);
  rig_.inside([](FakeOwner& owner, FakeRows&) { EXPECT_EQ(owner.created, 1u); });
}

TEST_F(Writes, AKeyBelongsToItsPrincipalAndItsBody) {
  const Headers key{{"Idempotency-Key", "\"k\""}};
  const auto alices = create(key);
  EXPECT_EQ(member(create(key), "id"), member(alices, "id"));
  const auto bobs = client_.send("POST", "/api/v1/campaigns", plus(json_as("bob"), key), kCampaign);
  EXPECT_NE(member(bobs, "id"), member(alices, "id"));
  std::string other = kCampaign;
  other.replace(other.find("autumn"), 6, "spring");
  const auto reused = create(key, other);
  EXPECT_EQ(reused.status, 422u);
  EXPECT_EQ(member(reused, "rejection"), "id_in_use");
  EXPECT_EQ(create({{"Idempotency-Key", ""}}).status, 400u);
  EXPECT_EQ(create({{"Idempotency-Key", std::string(201, 'x')}}).status, 400u);
}

TEST_F(Writes, BadCampaignsNameWhatIsWrong) {
  const auto bad = create({}, R"({"name":7,"releases":[],"waves":[{"percent":10}],"wave":1})");
  EXPECT_EQ(bad.status, 422u);
  const auto body = json_of(bad);
  EXPECT_EQ(body.at("errors").as_array().size(), 4u) << bad.body;
  EXPECT_EQ(body.at("errors").at(0).at("pointer").as_string(), "/name");
  EXPECT_EQ(create({}, "{").status, 400u);
  EXPECT_EQ(create({}, "[]").status, 422u);
  EXPECT_EQ(client_.send("POST", "/api/v1/campaigns", json_as("alice")).status, 400u);
  EXPECT_EQ(client_.send("POST", "/api/v1/campaigns/xyz/propose", {Rig::as("alice")}).status, 404u);
  EXPECT_EQ(client_
                .send("POST", "/api/v1/campaigns/" + std::string(32, '0') + "/resume",
                      json_as("alice"), R"({"how":"somehow"})")
                .status,
            422u);
  rig_.inside([](FakeOwner& owner, FakeRows&) { EXPECT_EQ(owner.records, 0u); });
}

TEST_F(Writes, IfMatchHoldsBackWhatHasChanged) {
  const auto id = member(create(), "id");
  rig_.inside([&](FakeOwner&, FakeRows& rows) {
    rows.documents[ports::Resource::kCampaigns][id] = R"({"status":"draft"})";
  });
  const auto path = "/api/v1/campaigns/" + id;
  const auto etag = client_.send("GET", path, {Rig::as("alice")}).header("etag");
  EXPECT_EQ(
      client_.send("POST", path + "/propose", plus({{"If-Match", "\"old\""}}, {Rig::as("alice")}))
          .status,
      412u);
  EXPECT_EQ(client_.send("POST", path + "/propose", plus({{"If-Match", etag}}, {Rig::as("alice")}))
                .status,
            200u);
}

std::string vci() {
  vehicle::ReportVci report;
  report.model = "Kestrel";
  report.year = 2025;
  report.vmg_id = "VMG-1";
  report.boot_count = 7;
  report.configuration.zones.push_back(
      {"ZG_BODY", "ZG1", {{"ECU_011", "BCM", "TC375", {1, 0, 0}}}});
  return wire::encode_vci_report(report);
}
Headers place(int sequence) {
  return {{"Content-Type", "application/json"},
          {"Motorcade-Outbox-Epoch", "1"},
          {"Motorcade-Outbox-Id", "00112233445566aa"},
          {"Motorcade-Sequence", std::to_string(sequence)}};
}

TEST(SlowOwner, GivesA202AndTheOutcomeLater) {
  RigOptions options;
  options.limits.outcome = std::chrono::milliseconds(30);
  Rig rig(options);
  rig.inside([](FakeOwner& owner, FakeRows&) { owner.asleep = true; });
  auto client = rig.client();
  const auto answer = client.send("POST", "/api/v1/campaigns", json_as("alice"), kCampaign);
  EXPECT_EQ(answer.status, 202u);
  const auto place = answer.header("location");
  EXPECT_EQ(place, "/api/v1/commands/" + member(answer, "id"));
  const auto waiting = client.send("GET", place, {Rig::as("alice")});
  EXPECT_EQ(waiting.status, 200u);
  EXPECT_EQ(member(waiting, "outcome"), "pending");
  rig.inside([&](FakeOwner&, FakeRows& rows) {
    rows.documents[ports::Resource::kCommands][member(answer, "id")] = R"({"outcome":"accepted"})";
  });
  EXPECT_EQ(member(client.send("GET", place, {Rig::as("alice")}), "outcome"), "accepted");
  EXPECT_EQ(
      client.send("GET", "/api/v1/commands/" + std::string(32, '0'), {Rig::as("alice")}).status,
      404u);
}

TEST(SlowOwner, AReportThatHasAPlaceIsSentAgainInsteadOfAskedFor) {
  RigOptions options;
  options.limits.outcome = std::chrono::milliseconds(30);
  Rig rig(options);
  rig.inside([](FakeOwner& owner, FakeRows&) { owner.asleep = true; });
  auto car = rig.vehicle(kVin);
  const auto own = "/api/v1/vehicles/" + std::string(kVin) + "/vci";
  const auto late = car.send("POST", own, place(1), vci());
  EXPECT_EQ(late.status, 503u) << late.body;
  EXPECT_EQ(late.header("location"), "");
  EXPECT_EQ(late.header("retry-after"), "1");
  EXPECT_NE(late.body.find("send it again"), late.body.npos) << late.body;
  rig.inside([](FakeOwner& owner, FakeRows&) { owner.asleep = false; });
  auto again = car.send("POST", own, place(1), vci());
  while (again.status == 503u) again = car.send("POST", own, place(1), vci());
  EXPECT_EQ(again.status, 200u) << again.body;
}

TEST(SlowOwner, TooManyWaitingWritesAreHeldOff) {
  RigOptions options;
  options.limits.pending_writes = 0;
  Rig rig(options);
  const auto answer = rig.client().send("POST", "/api/v1/campaigns", json_as("alice"), kCampaign);
  EXPECT_EQ(answer.status, 429u);
  EXPECT_EQ(answer.header("retry-after"), "1");
}

TEST_F(Writes, AnOperatorCannotSpeakAsAVehicle) {
  auto alice = place(1);
  alice.push_back(Rig::as("alice"));
  const auto vci_of_it = "/api/v1/vehicles/" + std::string(kVin) + "/vci";
  EXPECT_EQ(rig_.client().send("POST", vci_of_it, alice, vci()).status, 403u);
  const auto registration =
      R"({"vin":")" + std::string(kVin) + R"(","model":"M","year":2026,"vmgId":"VMG-1"})";
  const auto placed = rig_.client().send("POST", "/api/v1/vehicles/register", alice, registration);
  EXPECT_EQ(placed.status, 403u) << placed.body;
  rig_.inside([](FakeOwner& owner, FakeRows&) { EXPECT_EQ(owner.records, 0u); });
}

TEST_F(Writes, AVehicleReportsForItselfOnly) {
  auto car = rig_.vehicle(kVin);
  const std::string own = "/api/v1/vehicles/" + std::string(kVin) + "/vci";
  const auto first = car.send("POST", own, place(1), vci());
  EXPECT_EQ(first.status, 200u) << first.body;
  EXPECT_EQ(member(first, "alreadySatisfied"), "false");
  EXPECT_EQ(member(car.send("POST", own, place(1), vci()), "alreadySatisfied"), "true");
  const auto garbage = car.send("POST", own, place(2), "{");
  EXPECT_EQ(garbage.status, 422u);
  EXPECT_EQ(member(garbage, "rejection"), "undecodable");

  const auto other =
      car.send("POST", "/api/v1/vehicles/" + std::string(kOtherVin) + "/vci", place(3), vci());
  EXPECT_EQ(other.status, 403u);
  EXPECT_EQ(car.send("POST", "/api/v1/vehicles/broadcast/vci", place(3), vci()).status, 422u);
  EXPECT_EQ(car.send("GET", "/api/v1/vehicles/" + std::string(kOtherVin)).status, 403u);
  EXPECT_EQ(
      car.send("POST", "/api/v1/ota/status?vin=" + std::string(kOtherVin), place(3), "{}").status,
      403u);
  EXPECT_EQ(car.send("POST", "/api/v1/campaigns", kJson, kCampaign).status, 403u);
  EXPECT_EQ(car.send("POST", "/api/v1/ota/status", place(3), R"({"step":"ACCEPTED"})").status,
            422u);
  auto half = place(4);
  half.pop_back();
  EXPECT_EQ(car.send("POST", own, half, vci()).status, 400u);
  auto bad = place(4);
  bad.back().second = "0";
  EXPECT_EQ(car.send("POST", own, bad, vci()).status, 400u);

  rig_.inside([](FakeOwner& owner, FakeRows&) {
    const auto& record = owner.log_of_records.at(0);
    EXPECT_TRUE(std::holds_alternative<ReportCause>(record.cause));
    EXPECT_EQ(record.actor, "vehicle");
    EXPECT_TRUE(record.sealed);
    EXPECT_FALSE(record.sealed_vin.empty());
    for (const auto& one : owner.log_of_records)
      EXPECT_EQ((one.body + one.sealed_vin + one.actor).find(kVin), std::string::npos);
  });
}

TEST_F(Writes, ACertificateThatIsNoVinIsNobody) {
  EXPECT_EQ(rig_.vehicle("broadcast").send("POST", "/api/v1/ota/check").status, 401u);
  EXPECT_EQ(rig_.vehicle("simulator").send("POST", "/api/v1/ota/check").status, 401u);
}

TEST_F(Writes, VehiclesAreRegisteredByOperatorsAndByThemselves) {
  const std::string body =
      R"({"vin":")" + std::string(kVin) + R"(","model":"Kestrel","year":2025,"vmgId":"V1"})";
  const auto answer = client_.send("POST", "/api/v1/vehicles/register", json_as("alice"), body);
  EXPECT_EQ(answer.status, 201u) << answer.body;
  EXPECT_EQ(answer.header("location"), "/api/v1/vehicles/" + std::string(kVin));
  auto car = rig_.vehicle(kVin);
  EXPECT_EQ(car.send("POST", "/api/v1/vehicles/register", kJson,
                     R"({"model":"Kestrel","year":2025,"vmgId":"V1"})")
                .status,
            201u);
  auto other = rig_.vehicle(kOtherVin);
  EXPECT_EQ(other.send("POST", "/api/v1/vehicles/register", kJson, body).status, 403u);
  const auto bad = client_.send("POST", "/api/v1/vehicles/register", json_as("alice"),
                                R"({"vin":"OOOOOOOOOOOOOOOOO","model":"","year":1})");
  EXPECT_EQ(bad.status, 422u);
  EXPECT_EQ(json_of(bad).at("errors").as_array().size(), 4u) << bad.body;
}

TEST_F(Writes, TheOfferOfAVehicleOrNone) {
  auto car = rig_.vehicle(kVin);
  EXPECT_EQ(car.send("POST", "/api/v1/ota/check").status, 404u);
  const std::string sha(64, 'a'), key(64, 'b'), command(32, 'c');
  rig_.inside([&](FakeOwner&, FakeRows& rows) {
    rows.documents[ports::Resource::kVehicles][kVin] = R"({"currentUpdate":null})";
    rows.documents[ports::Resource::kVehicleUpdates][command] =
        R"({"id":")" + command + R"(","campaignId":"d","packageKey":")" + key +
        R"(","expiresAt":"2030-01-01T00:00:00Z","status":"offered"})";
    rows.documents[ports::Resource::kPackages][key] =
        R"({"sha256":")" + sha + R"(","sizeBytes":12})";
  });
  EXPECT_EQ(car.send("POST", "/api/v1/ota/check").body, R"({"offer":null})");
  rig_.inside([&](FakeOwner&, FakeRows& rows) {
    rows.documents[ports::Resource::kVehicles][kVin] = R"({"currentUpdate":")" + command + "\"}";
  });
  const auto answer = car.send("POST", "/api/v1/ota/check");
  const auto offer = json_of(answer).at("offer");
  EXPECT_EQ(offer.at("commandId").as_string(), command);
  EXPECT_EQ(offer.at("sizeBytes").as_int64(), 12);
  EXPECT_EQ(offer.at("url").as_string(), "https://localhost/api/v1/ota/package/" + sha);
  EXPECT_EQ(
      rig_.links().verify(id_from_hex<Digest>(sha).value(), offer.at("token").as_string(), Time{}),
      edge::PresignedLinks::Verdict::kGood);
  EXPECT_EQ(client_
                .send("POST", "/api/v1/ota/check", json_as("alice"),
                      R"({"vin":")" + std::string(kVin) + "\"}")
                .status,
            200u);
  EXPECT_EQ(client_.send("POST", "/api/v1/ota/check", {Rig::as("alice")}).status, 422u);
}

TEST_F(Writes, TargetsOfTheRegistry) {
  EXPECT_EQ(
      client_
          .send("PUT", "/api/v1/ecus/ECU_001/version", json_as("alice"), R"({"version":"1.10.0"})")
          .status,
      200u);
  EXPECT_EQ(
      client_
          .send("PUT", "/api/v1/ecus/ECU_999/version", json_as("alice"), R"({"version":"1.10.0"})")
          .status,
      404u);
  EXPECT_EQ(
      client_.send("PUT", "/api/v1/ecus/ECU_001/version", json_as("alice"), R"({"version":"new"})")
          .status,
      422u);
  rig_.inside([](FakeOwner&, FakeRows& rows) {
    rows.documents[ports::Resource::kTargets]["ECU_001"] =
        R"({"ecu":"ECU_001","version":"1.10.0"})";
  });
  const auto all = json_of(client_.send("GET", "/api/v1/ecus", {Rig::as("alice")}));
  EXPECT_EQ(all.at("items").as_array().size(), 2u);
  EXPECT_EQ(all.at("items").at(0).at("approvedTarget").as_string(), "1.10.0");
  EXPECT_FALSE(all.at("items").at(1).as_object().contains("approvedTarget"));
  const auto one = client_.send("GET", "/api/v1/ecus/ECU_001", {Rig::as("alice")});
  EXPECT_EQ(member(one, "approvedTarget"), "1.10.0");
  EXPECT_EQ(member(one, "zone"), "ZG_POWERTRAIN");
}

/// An owner compares them: the same key is the same request only with the same body.
TEST_F(Writes, ARequestToTheCatalogIsNamedByItsKeyAndItsBody) {
  const auto headers = plus(json_as("alice"), {{"Idempotency-Key", "k1"}});
  for (const auto* version : {"1.10.0", "1.10.0", "1.11.0"})
    EXPECT_EQ(client_
                  .send("PUT", "/api/v1/ecus/ECU_001/version", headers,
                        R"({"version":")" + std::string(version) + "\"}")
                  .status,
              200u);
  std::vector<MessageId> ids;
  rig_.inside([&](FakeOwner& owner, FakeRows&) {
    for (const auto& record : owner.log_of_records)
      ids.push_back(std::get<RequestCause>(record.cause).id);
  });
  ASSERT_EQ(ids.size(), 3u);
  EXPECT_EQ(ids[0], ids[1]);
  EXPECT_NE(ids[0], ids[2]);
  EXPECT_EQ(request_key(ids[0]), request_key(ids[2]));
}

TEST_F(Writes, ABuildIsRequestedForAConfiguration) {
  const std::string id(32, '1');
  const std::string body =
      R"({"zones":[{"gateway":"ZG_BODY","model":"ZG1","ecus":[{"id":"ECU_001","type":"ECM","hardware":"TC375","version":"1.0.0"}]}],"releases":[")" +
      id + "\"]}";
  const auto unknown = client_.send("POST", "/api/v1/ota/package", json_as("alice"), body);
  EXPECT_EQ(unknown.status, 422u);
  const auto row = [&](const char* status) {
    rig_.inside([&](FakeOwner&, FakeRows& rows) {
      rows.documents[ports::Resource::kFirmware][id] =
          R"({"id":")" + id + R"(","ecuType":"ECM","version":"2.0.0","sha256":")" +
          std::string(64, 'a') + R"(","sizeBytes":5,"status":")" + status + "\"}";
    });
  };
  row("deprecated");
  EXPECT_EQ(client_.send("POST", "/api/v1/ota/package", json_as("alice"), body).status, 409u);
  row("available");
  const auto asked = client_.send("POST", "/api/v1/ota/package", json_as("alice"), body);
  EXPECT_EQ(asked.status, 202u) << asked.body;
  EXPECT_EQ(member(asked, "key").size(), 64u);
  EXPECT_EQ(client_
                .send("POST", "/api/v1/firmware/" + id + "/deprecate", json_as("alice"),
                      R"({"reason":"bad"})")
                .status,
            200u);
}

}  // namespace
}  // namespace motorcade::https::testing_support
