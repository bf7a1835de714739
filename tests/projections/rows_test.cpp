#include "projections/core/fold.hpp"
#include "projections/database.hpp"
#include "projections/samples.hpp"

namespace motorcade::postgres {
namespace {

using namespace projections;
using namespace samples;
using vehicle::ReportedStep;

class Rows : public DatabaseTest {
 protected:
  /// Applies facts, one envelope each, as one batch.
  Result<Applied> apply(Partition partition, std::vector<Fact> facts) {
    Slice slice{partition, next[partition], next[partition], {}};
    for (Fact& fact : facts) {
      const auto made = envelope(partition, slice.next.value, static_cast<int>(slice.next.value));
      for (RowChange& change : fold(made, std::vector<Fact>{std::move(fact)})) {
        slice.changes.push_back(std::move(change));
      }
      ++slice.next.value;
    }
    next[partition] = slice.next;
    return await(sink.apply(batch_of(std::move(slice))));
  }
  void given(Partition partition, std::vector<Fact> facts) {
    const auto applied = apply(partition, std::move(facts));
    ASSERT_TRUE(applied) << to_string(applied.error());
    ASSERT_EQ(*applied, Applied::kCommitted);
  }
  static Fact registered(std::uint8_t n) {
    return vehicle::Event(
        vehicle::VehicleRegistered{id<VehicleId>(n), "M1", 2026, "VMG", "sealed"});
  }

  Checkpoints next;
};

TEST_F(Rows, AVehiclesEcusComeFromItsInternedConfiguration) {
  given(kVehicles,
        {registered(1),
         vehicle::Event(vehicle::ConfigurationInterned{id<Digest>(8), configuration({1, 9, 0})}),
         vehicle::Event(vehicle::VciRecorded{id<VehicleId>(1), id<Digest>(8), 3})});
  EXPECT_EQ(query("SELECT status || ' ' || boot_count FROM vehicles"), "active 3");
  EXPECT_EQ(
      query("SELECT string_agg(ecu_id || '=' || current_version, ' ' ORDER BY ecu_id) FROM ecus"),
      "ECU_011=1.9.0 ECU_012=1.0.0");
}

TEST_F(Rows, VersionsCompareAsVersions) {
  given(kVehicles,
        {registered(1),
         vehicle::Event(vehicle::ConfigurationInterned{id<Digest>(8), configuration({1, 9, 0})}),
         vehicle::Event(vehicle::VciRecorded{id<VehicleId>(1), id<Digest>(8), 3})});
  given(kCatalog, {catalog::Event(catalog::TargetApproved{"ECU_011", "BCM", {1, 10, 0}, "alice"})});
  EXPECT_EQ(query("SELECT outdated FROM ecus WHERE ecu_id = 'ECU_011'"), "t");
  given(kCatalog, {catalog::Event(catalog::TargetApproved{"ECU_011", "BCM", {1, 8, 0}, "alice"})});
  EXPECT_EQ(query("SELECT outdated FROM ecus WHERE ecu_id = 'ECU_011'"), "f");
}

TEST_F(Rows, ManyChangesOfOneRowInOneBatchKeepTheirOrder) {
  given(kVehicles, {registered(1), vehicle::Event(offer(1, 9)),
                    vehicle::Event(step(1, 9, ReportedStep::kAccepted)),
                    vehicle::Event(step(1, 9, ReportedStep::kDownloading, 500, 1000)),
                    vehicle::Event(step(1, 9, ReportedStep::kDownloaded)),
                    vehicle::Event(step(1, 9, ReportedStep::kInstalling))});
  EXPECT_EQ(
      query("SELECT status || ' ' || progress_percent || ' ' || bytes_done FROM vehicle_updates"),
      "installing 70 500");
  EXPECT_EQ(query("SELECT status FROM vehicles"), "updating");
}

TEST_F(Rows, ALateStepGoesNeitherBackNorPastTheEnd) {
  given(kVehicles, {registered(1), vehicle::Event(offer(1, 9)),
                    vehicle::Event(step(1, 9, ReportedStep::kDownloaded)),
                    vehicle::Event(step(1, 9, ReportedStep::kDownloading, 10, 1000))});
  EXPECT_EQ(query("SELECT status || ' ' || progress_percent FROM vehicle_updates"),
            "downloaded 60");
  given(kVehicles, {vehicle::Event(step(1, 9, ReportedStep::kRolledBack)),
                    vehicle::Event(step(1, 9, ReportedStep::kInstalled))});
  EXPECT_EQ(query("SELECT status FROM vehicle_updates"), "rolled_back");
  EXPECT_EQ(query("SELECT status || coalesce(current_update, '') FROM vehicles"), "failed");
}

TEST_F(Rows, PauseAndResumeShow) {
  given(kVehicles,
        {vehicle::Event(offer(1, 9)), vehicle::Event(step(1, 9, ReportedStep::kPaused))});
  EXPECT_EQ(query("SELECT paused FROM vehicle_updates"), "t");
  given(kVehicles, {vehicle::Event(step(1, 9, ReportedStep::kResumed))});
  EXPECT_EQ(query("SELECT paused FROM vehicle_updates"), "f");
}

TEST_F(Rows, ResultsOfEcusGather) {
  auto first = step(1, 9, ReportedStep::kInstalling);
  first.ecus = {{"ZG_BODY", "ECU_011", vehicle::EcuOutcome::kProgrammed, 0}};
  auto second = step(1, 9, ReportedStep::kRolledBack);
  second.ecus = {{"ZG_BODY", "ECU_011", vehicle::EcuOutcome::kRolledBack, 0},
                 {"ZG_BODY", "ECU_012", vehicle::EcuOutcome::kFailed, 0x72}};
  given(kVehicles, {vehicle::Event(offer(1, 9)), vehicle::Event(first), vehicle::Event(second)});
  EXPECT_EQ(query("SELECT ecus -> 'ECU_011' ->> 'outcome' FROM vehicle_updates"), "rolled_back");
  EXPECT_EQ(query("SELECT ecus -> 'ECU_012' ->> 'nrc' FROM vehicle_updates"), "114");
}

TEST_F(Rows, HostileValuesAreStored) {
  using namespace std::string_literals;
  const auto most = std::numeric_limits<std::uint64_t>::max();
  Configuration hostile{
      {{"ZG\0"s,
        "\xFF\xFE"s,
        {{std::string(5000, 'x'), "t\0"s, "", {4294967295, 4294967295, 4294967295}},
         {"ECU_011", "BCM", "", {}},
         {"ECU_011", "DCM", "", {}}}}}};
  auto bad = step(1, 9, ReportedStep::kDownloading, most, most);
  bad.reason = "\0\xC3"s;
  bad.ecus = {{"g\0"s, "e\0"s, vehicle::EcuOutcome::kFailed, 4294967295}};
  given(kVehicles, {vehicle::Event(vehicle::VehicleRegistered{
                        id<VehicleId>(1), std::string(100000, 'm'), 4294967295, "\0"s, ""}),
                    vehicle::Event(vehicle::ConfigurationInterned{id<Digest>(8), hostile}),
                    vehicle::Event(vehicle::VciRecorded{id<VehicleId>(1), id<Digest>(8), most}),
                    vehicle::Event(offer(1, 9)), vehicle::Event(bad)});
  EXPECT_EQ(query("SELECT boot_count FROM vehicles"), "18446744073709551615");
  EXPECT_EQ(query("SELECT count(*) FROM configuration_ecus"), "2");
  const auto document = await(model.get(ports::Resource::kVehicles, to_hex(id<VehicleId>(1))));
  ASSERT_TRUE(document && *document);
}

TEST_F(Rows, ARepeatedBatchChangesNothingAndAGapIsTold) {
  given(kVehicles, {registered(1), registered(2)});
  next[kVehicles] = {0};
  given(kVehicles, {registered(1), registered(2)});
  EXPECT_EQ(query("SELECT count(*) FROM vehicles"), "2");
  next[kVehicles] = {7};
  EXPECT_EQ(apply(kVehicles, {registered(3)}).value(), Applied::kElsewhere);
  next[kVehicles] = {1};
  EXPECT_EQ(apply(kVehicles, {registered(2), registered(3)}).value(), Applied::kElsewhere);
  EXPECT_EQ(query("SELECT count(*) FROM vehicles"), "2");
}

TEST_F(Rows, RowsAndCheckpointComeTogetherOrNotAtAll) {
  query("ALTER TABLE vehicle_updates ADD CONSTRAINT refuse CHECK (wave <> 13)");
  ASSERT_FALSE(apply(kVehicles, {registered(1), vehicle::Event(offer(1, 9, 13))}));
  EXPECT_EQ(query("SELECT count(*) FROM vehicles"), "0");
  EXPECT_EQ(query("SELECT count(*) FROM checkpoints"), "0");
}

TEST_F(Rows, AnotherLogIsRefused) {
  ASSERT_TRUE(await(sink.checkpoints(id<Incarnation>(1))));
  ASSERT_TRUE(await(sink.checkpoints(id<Incarnation>(1))));
  const auto refused = await(sink.checkpoints(id<Incarnation>(2)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::kForeignLog);
}

TEST_F(Rows, AnErasedVinIsNull) {
  Slice slice{kVehicles,
              {0},
              {1},
              {AddVehicle{id<VehicleId>(1), "M", 2026, "V", "", "WVWZZZ1JZXW000001", at(0)}}};
  ASSERT_TRUE(await(sink.apply(batch_of(slice))));
  EXPECT_EQ(query("SELECT vin FROM vehicles"), "WVWZZZ1JZXW000001");
  ASSERT_TRUE(await(sink.erase_vin(id<VehicleId>(1))));
  const auto document = await(model.get(ports::Resource::kVehicles, to_hex(id<VehicleId>(1))));
  ASSERT_TRUE(document && *document);
  EXPECT_NE((*document)->find("\"vin\": null"), std::string::npos) << **document;
}

TEST_F(Rows, TheFirstOutcomeOfACommandStaysAndOldOnesAreForgotten) {
  AddCommand first{.id = id<MessageId>(1),
                   .outcome = CommandOutcome::kAccepted,
                   .position = "campaign/0@1",
                   .at = at(0)};
  AddCommand repeat = first;
  repeat.outcome = CommandOutcome::kRefused;
  Slice slice{kCampaigns, {0}, {2}, {first, repeat}};
  ASSERT_TRUE(await(sink.apply(batch_of(slice))));
  EXPECT_EQ(query("SELECT outcome FROM commands"), "accepted");
  ASSERT_TRUE(await(sink.prune_commands(at(0))));
  EXPECT_EQ(query("SELECT count(*) FROM commands"), "1");
  ASSERT_TRUE(await(sink.prune_commands(at(1))));
  EXPECT_EQ(query("SELECT count(*) FROM commands"), "0");
}

TEST_F(Rows, AConnectionThatWasCutIsMadeAgain) {
  given(kVehicles, {registered(1)});
  testing::PostgresCluster::shared().crash_and_restart();
  given(kVehicles, {registered(2)});
  EXPECT_EQ(query("SELECT count(*) FROM vehicles"), "2");
}

}  // namespace
}  // namespace motorcade::postgres
