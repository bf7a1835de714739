#include <boost/json.hpp>

#include "projections/core/fold.hpp"
#include "projections/database.hpp"
#include "projections/samples.hpp"

namespace motorcade::postgres {
namespace {

using namespace projections;
using namespace samples;
using ports::Resource;
namespace json = boost::json;

class ReadModel : public DatabaseTest {
 protected:
  void given(Partition partition, std::vector<Fact> facts) {
    Slice slice{partition, next[partition], {next[partition].value + facts.size()}, {}};
    for (std::size_t i = 0; i < facts.size(); ++i) {
      const auto sequence = slice.from.value + i;
      auto made = envelope(partition, sequence, static_cast<int>(sequence));
      made.cause = RequestCause{id<MessageId>(static_cast<std::uint8_t>(sequence + 1))};
      for (RowChange& change : fold(made, std::vector<Fact>{facts[i]}))
        slice.changes.push_back(std::move(change));
    }
    next[partition] = slice.next;
    const auto applied = await(sink.apply(batch_of(std::move(slice))));
    ASSERT_TRUE(applied) << to_string(applied.error());
  }
  json::object get(Resource resource, const std::string& key) {
    const auto document = await(model.get(resource, key));
    EXPECT_TRUE(document) << to_string(document.error());
    if (!document || !*document) return {};
    return json::parse(**document).get_object();
  }
  /// All items of a list, read in pages of `limit`.
  std::vector<json::object> list(Resource resource,
                                 std::vector<std::pair<std::string, std::string>> filters = {},
                                 std::size_t limit = 2) {
    std::vector<json::object> items;
    ports::PageRequest request{std::nullopt, limit, std::move(filters)};
    for (;;) {
      const auto page = await(model.list(resource, request));
      EXPECT_TRUE(page) << to_string(page.error());
      if (!page) return items;
      EXPECT_LE(page->items.size(), limit);
      for (const auto& item : page->items) items.push_back(json::parse(item).get_object());
      if (!page->next) return items;
      request.cursor = page->next;
    }
  }
  Result<ports::Page> page(Resource resource, ports::PageRequest request) {
    return await(model.list(resource, std::move(request)));
  }

  Checkpoints next;
};

TEST_F(ReadModel, PagesHoldEachRowOnce) {
  std::vector<Fact> facts;
  for (std::uint8_t n = 1; n <= 7; ++n) {
    facts.push_back(vehicle::Event(
        vehicle::VehicleRegistered{id<VehicleId>(n), n % 2 ? "odd" : "even", 2026, "V", ""}));
  }
  given(kVehicles, facts);
  EXPECT_EQ(list(Resource::kVehicles).size(), 7u);
  EXPECT_EQ(list(Resource::kVehicles, {{"model", "odd"}}).size(), 4u);
  EXPECT_EQ(list(Resource::kVehicles, {{"model", "odd"}, {"status", "failed"}}).size(), 0u);
}

TEST_F(ReadModel, FirmwareIsOrderedByVersion) {
  given(kCatalog, {catalog::Event(release(1, {1, 10, 0})), catalog::Event(release(2, {1, 9, 0})),
                   catalog::Event(release(3, {1, 9, 1}))});
  const auto items = list(Resource::kFirmware);
  ASSERT_EQ(items.size(), 3u);
  EXPECT_EQ(items[0].at("version"), "1.9.0");
  EXPECT_EQ(items[1].at("version"), "1.9.1");
  EXPECT_EQ(items[2].at("version"), "1.10.0");
  given(kCatalog,
        {catalog::Event(catalog::ReleaseDeprecated{id<ReleaseId>(2), "bob", "broken", 2})});
  const auto deprecated = get(Resource::kFirmware, to_hex(id<ReleaseId>(2)));
  EXPECT_EQ(deprecated.at("status"), "deprecated");
  EXPECT_EQ(deprecated.at("deprecationReason"), "broken");
}

TEST_F(ReadModel, AVehicleHasItsEcusWithTargets) {
  given(kVehicles,
        {vehicle::Event(vehicle::VehicleRegistered{id<VehicleId>(1), "M1", 2026, "VMG-1", ""}),
         vehicle::Event(vehicle::ConfigurationInterned{id<Digest>(8), configuration({1, 9, 0})}),
         vehicle::Event(vehicle::VciRecorded{id<VehicleId>(1), id<Digest>(8), 3}),
         vehicle::Event(vehicle::ReadinessRecorded{id<VehicleId>(1),
                                                   {true, true, true, true, true, 80, 20}})});
  given(kCatalog, {catalog::Event(catalog::TargetApproved{"ECU_011", "BCM", {1, 10, 0}, "alice"})});
  const auto document = get(Resource::kVehicles, to_hex(id<VehicleId>(1)));
  ASSERT_EQ(document.at("ecus").as_array().size(), 2u);
  const auto& ecu = document.at("ecus").as_array()[0].as_object();
  EXPECT_EQ(ecu.at("zone"), "ZG_BODY");
  EXPECT_EQ(ecu.at("currentVersion"), "1.9.0");
  EXPECT_EQ(ecu.at("targetVersion"), "1.10.0");
  EXPECT_EQ(ecu.at("outdated"), true);
  EXPECT_EQ(document.at("readiness").at("batteryPercent"), 80);
  EXPECT_EQ(list(Resource::kVehicleEcus, {{"vehicle", to_hex(id<VehicleId>(1))}}).size(), 2u);
  EXPECT_EQ(list(Resource::kVehicleEcus, {{"outdated", "true"}}).size(), 1u);
  EXPECT_EQ(get(Resource::kVehicleEcus, to_hex(id<VehicleId>(1)) + "/ECU_012").at("currentVersion"),
            "1.0.0");
  EXPECT_EQ(get(Resource::kTargets, "ECU_011").at("version"), "1.10.0");
}

TEST_F(ReadModel, ACampaignShowsItsWavesCountsAndGates) {
  const auto campaign_id = id<CampaignId>(2);
  campaign::GateEvidence evidence{1, 3, {.verified = 3}, {}, {{{Stream::kVehicle, 1}, {44}}}};
  const auto tally = [&](std::uint16_t shard, std::uint64_t verified) {
    Tally made;
    made.campaign = campaign_id, made.shard = {Stream::kVehicle, shard}, made.sequence = {5},
    made.offered = verified;
    made.waves = {{.verified = verified}, {.in_progress = 1}};
    return made;
  };
  given(kCampaigns,
        {campaign::Event(campaign::CampaignCreated{
             campaign_id, "alice", definition(), {release(50, {2, 0, 0}).release}, id<Digest>(3)}),
         campaign::Event(campaign::CampaignProposed{campaign_id, "alice"}),
         campaign::Event(campaign::CampaignApproved{campaign_id, "bob", id<Digest>(3)}),
         campaign::Event(campaign::CampaignStarted{campaign_id, "alice", {1}, at(60)}),
         campaign::Event(campaign::WavesPlanned{campaign_id, {{3, {}}, {27, {}}}}),
         campaign::Event(campaign::WaveOpened{campaign_id, {1}, 1, {2}}),
         campaign::Event(campaign::TallyTaken{tally(0, 1)}),
         campaign::Event(campaign::TallyTaken{tally(1, 2)}),
         campaign::Event(campaign::WavePassed{campaign_id, {1}, evidence}),
         campaign::Event(campaign::WaveOpened{campaign_id, {2}, 1, {3}})});
  const auto document = get(Resource::kCampaigns, to_hex(campaign_id));
  EXPECT_EQ(document.at("status"), "running");
  EXPECT_EQ(document.at("author"), "alice");
  EXPECT_EQ(document.at("approver"), "bob");
  EXPECT_EQ(document.at("generation"), 1);
  EXPECT_EQ(document.at("size"), 30);
  EXPECT_EQ(document.at("offered"), 3);
  EXPECT_EQ(document.at("position"), "campaign/0@4");
  EXPECT_EQ(document.at("definition").at("waves").as_array().size(), 2u);
  const auto& waves = document.at("waves").as_array();
  ASSERT_EQ(waves.size(), 2u);
  EXPECT_EQ(waves[0].at("state"), "passed");
  EXPECT_EQ(waves[0].at("counts").at("verified"), 3);
  EXPECT_EQ(waves[0].at("gate").at("read").as_array()[0], "vehicle/1@44");
  EXPECT_EQ(waves[1].at("counts").at("inProgress"), 2);
  EXPECT_EQ(get(Resource::kWaves, to_hex(campaign_id) + "/2").at("state"), "open");
  EXPECT_EQ(get(Resource::kCommands, to_hex(id<MessageId>(1))).at("outcome"), "accepted");
  EXPECT_EQ(list(Resource::kCommands, {{"outcome", "accepted"}}, 3).size(), 10u);
}

TEST_F(ReadModel, UpdatesOfACampaignAreFilteredByStatusWaveAndLastAttempt) {
  auto again = offer(1, 12);
  again.attempt = 2;
  given(kVehicles,
        {vehicle::Event(vehicle::VehicleRegistered{id<VehicleId>(1), "M1", 2026, "VMG-1", ""}),
         vehicle::Event(offer(1, 10)), vehicle::Event(offer(2, 11, 2)),
         vehicle::Event(step(1, 10, vehicle::ReportedStep::kFailed)), vehicle::Event(again)});
  PackageContent content{
      {{"ZG_BODY", "ZG-1", {{"ECU_011", "TC375", {1, 0, 0}, {2, 0, 0}, id<Digest>(1), 5}}}}};
  given(kCatalog,
        {catalog::Event(catalog::PackageRequested{id<PackageKey>(90), content, 1, std::nullopt}),
         catalog::Event(catalog::PackageBuilt{id<PackageKey>(90), {id<Digest>(91), 1000}})});
  const std::string campaign_id = to_hex(id<CampaignId>(200));
  EXPECT_EQ(list(Resource::kVehicleUpdates, {{"campaign", campaign_id}}).size(), 3u);
  EXPECT_EQ(list(Resource::kVehicleUpdates, {{"campaign", campaign_id}, {"latest", "true"}}).size(),
            2u);
  EXPECT_EQ(list(Resource::kVehicleUpdates, {{"campaign", campaign_id}, {"wave", "2"}}).size(), 1u);
  EXPECT_EQ(list(Resource::kVehicleUpdates, {{"vehicle", to_hex(id<VehicleId>(1))}}).size(), 2u);
  EXPECT_EQ(list(Resource::kVehicleUpdates, {{"status", "failed"}}).size(), 1u);
  const auto document = get(Resource::kVehicleUpdates, to_hex(id<CommandId>(10)));
  EXPECT_TRUE(document.at("vin").is_null()) << "erased, or never known: null, and not left out";
  EXPECT_EQ(document.at("targets").as_array()[0].at("to"), "2.0.0");
  EXPECT_EQ(document.at("sha256"), json::value(to_hex(id<Digest>(91))));
  EXPECT_TRUE(document.at("times").as_object().contains("failed"));
  EXPECT_EQ(get(Resource::kPackages, to_hex(id<PackageKey>(90))).at("status"), "built");
}

TEST_F(ReadModel, UnknownFiltersAndForeignCursorsAreTheCallersMistake) {
  EXPECT_EQ(page(Resource::kVehicles, {std::nullopt, 10, {{"password", "x"}}}).error().code,
            errc::kUnknownFilter);
  EXPECT_EQ(
      page(Resource::kVehicles, {std::nullopt, 10, {{"model", "x"}, {"model", "y"}}}).error().code,
      std::errc::invalid_argument);
  for (const char* cursor : {"", "zz", "00", "5b5d", "5b315d", "5b2261222c2262225d"}) {
    EXPECT_EQ(page(Resource::kVehicles, {cursor, 10, {}}).error().code, errc::kBadCursor) << cursor;
  }
  EXPECT_EQ(page(Resource::kCampaigns, {to_hex("[\"x\",\"y\"]"), 10, {}}).error().code,
            errc::kBadCursor);
}

TEST_F(ReadModel, ValuesOfFiltersAreValuesNotSql) {
  given(kVehicles,
        {vehicle::Event(vehicle::VehicleRegistered{id<VehicleId>(1), "M", 2026, "V", ""})});
  EXPECT_EQ(list(Resource::kVehicles, {{"model", "' OR '1'='1"}}).size(), 0u);
  EXPECT_TRUE(get(Resource::kVehicles, "' OR true --").empty());
}

TEST_F(ReadModel, AReadWaitsForThePosition) {
  given(kCatalog, {catalog::Event(release(1, {1, 0, 0}))});
  const Position there{kCatalog, {0}}, beyond{kCatalog, {1}};
  EXPECT_TRUE(await(model.wait_for(there, std::chrono::seconds(5))));
  EXPECT_FALSE(await(model.wait_for(beyond, std::chrono::milliseconds(30))));
  std::thread later([&] { given(kCatalog, {catalog::Event(release(2, {2, 0, 0}))}); });
  EXPECT_TRUE(await(model.wait_for(beyond, std::chrono::seconds(20))));
  later.join();
}

TEST_F(ReadModel, InOneProcessTheProjectorWakesTheReader) {
  Progress progress;
  PostgresReadModel told(pool, &progress);
  std::thread later([&] { progress.advance({{kCatalog, {5}}}); });
  EXPECT_TRUE(await(told.wait_for({kCatalog, {4}}, std::chrono::seconds(20))));
  later.join();
  EXPECT_FALSE(await(told.wait_for({kCatalog, {5}}, std::chrono::milliseconds(5))));
}

}  // namespace
}  // namespace motorcade::postgres
