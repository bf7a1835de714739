#include <gtest/gtest.h>

#include "adapters/files/key_store.hpp"
#include "adapters/memory/log.hpp"
#include "engine/edge/intake.hpp"
#include "events/wire/commands.hpp"
#include "events/wire/records.hpp"
#include "support/coroutine.hpp"
#include "support/temporary_directory.hpp"

namespace motorcade::edge {
namespace {
using testing_support::run;
constexpr auto kVin = "WVWZZZ1KZAW000001";

class NoonClock final : public ports::Clock {
 public:
  [[nodiscard]] Time now() const override { return Time{std::chrono::hours(12)}; }
  asio::awaitable<void> sleep_until(Time) override { co_return; }
};

class IntakeTest : public testing::Test {
 protected:
  static VehicleReport report() {
    VehicleReport out;
    out.vin = kVin;
    out.kind = RecordKind::kVci;
    out.place = ReportPlace{1, OutboxId{{2}}, 3};
    out.content_type = ContentType::kJson;
    out.body = R"({"vin":"WVWZZZ1KZAW000001"})";
    return out;
  }
  testing_support::TemporaryDirectory directory_;
  std::unique_ptr<files::KeyFiles> keys_ =
      files::KeyFiles::open(directory_.path() / "keys", files::Access::kWrite).value();
  std::shared_ptr<memory::Store> store_ =
      std::make_shared<memory::Store>(ports::LogBirth{Incarnation{{1}}, {4, 2, 2}});
  memory::Log log_{store_};
  NoonClock clock_;
  Intake intake_{PartitionCounts{4, 2, 2}, log_, *keys_, clock_, IntakeLimits{100, 1000}};
};

TEST_F(IntakeTest, AReportIsSealedAndNamedAndPutWhereItsVehicleIs) {
  ASSERT_TRUE(run(intake_.send(intake_.inbox_of(kVin), {intake_.seal(report()).value()})));
  const auto vehicle = keys_->identify(kVin).value();
  const Partition partition{Stream::kVehicle, partition_of(vehicle, 4)};
  const auto records = store_->records(partition, InboxPosition{0}, 10);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].bytes.find(kVin), std::string::npos);
  const auto record = wire::decode_record(records[0].bytes).value();
  EXPECT_EQ(record.partition, partition);
  EXPECT_EQ(record.subject, vehicle);
  EXPECT_EQ(record.recorded_at, clock_.now());
  const auto cause = std::get<ReportCause>(record.cause);
  EXPECT_EQ(cause.vehicle, vehicle);
  EXPECT_EQ(cause.place, *report().place);
  EXPECT_EQ(keys_->open(vehicle, "inbox", record.body).value(), report().body);
  EXPECT_EQ(keys_->open(vehicle, "vin", record.sealed_vin).value(), kVin);
}

TEST_F(IntakeTest, AnAliasReportIsNamedByItsTopicAndBody) {
  auto alias = report();
  alias.place.reset();
  alias.alias = AliasTopic::kStatus;
  const auto named = intake_.id_of(alias);
  EXPECT_EQ(intake_.id_of(alias), named);
  auto other = alias;
  other.body += ' ';
  EXPECT_NE(intake_.id_of(other), named);
  other = alias;
  other.alias = AliasTopic::kProgress;
  EXPECT_NE(intake_.id_of(other), named);
  other = alias;
  other.vin = "WVWZZZ1KZAW000002";
  EXPECT_NE(intake_.id_of(other), named);
  const auto record = intake_.record_of(alias, named, "vehicle").value();
  EXPECT_EQ(record.cause, Cause(ReportCause{named, record.subject, place_of(AliasTopic::kStatus)}));
}

TEST_F(IntakeTest, TheIdOfAReportSaysNothingAboutTheVin) {
  // Ids stand in the log: with another deployment's key the same report must have another one.
  const auto other =
      files::KeyFiles::open(directory_.path() / "others", files::Access::kWrite).value();
  Intake elsewhere(PartitionCounts{4, 2, 2}, log_, *other, clock_);
  EXPECT_NE(elsewhere.id_of(report()), intake_.id_of(report()));
}

TEST_F(IntakeTest, ARepeatedReportHasTheSameIdAndOneWithoutAPlaceANewOne) {
  EXPECT_EQ(intake_.id_of(report()), intake_.id_of(report()));
  auto next = report();
  next.place->sequence = 4;
  EXPECT_NE(intake_.id_of(report()), intake_.id_of(next));
  next.place.reset();
  EXPECT_NE(intake_.id_of(next), intake_.id_of(next));
  const auto record = intake_.record_of(next, MessageId{{7}}, "operator:alice").value();
  EXPECT_EQ(std::get<RequestCause>(record.cause).id, MessageId{{7}});
}

TEST_F(IntakeTest, WhatIsNoVehicleOrTooLargeIsRefused) {
  auto bad = report();
  bad.vin = "broadcast";
  EXPECT_EQ(intake_.seal(bad).error().code, std::errc::invalid_argument);
  bad = report();
  bad.body.assign(101, ' ');
  EXPECT_EQ(intake_.seal(bad).error().code, std::errc::message_size);
  campaign::Pause pause{CampaignId{{1}}, "alice", std::string(2000, 'x')};
  EXPECT_EQ(intake_.record_of(pause, pause.campaign, {}, "a").error().code,
            std::errc::message_size);
}

TEST_F(IntakeTest, ACommandIsSealedForTheDeploymentAndPutWhereItsCampaignIs) {
  const campaign::Command command = campaign::Start{CampaignId{{9}}, "alice"};
  const auto record =
      intake_.record_of(command, CampaignId{{9}}, MessageId{{7}}, "operator:alice").value();
  EXPECT_EQ(record.partition, (Partition{Stream::kCampaign, partition_of(CampaignId{{9}}, 2)}));
  const auto body = keys_->open(VehicleId{}, "inbox", record.body).value().value();
  EXPECT_EQ(wire::decode_campaign_command(body).value(), command);
}

TEST_F(IntakeTest, ALostSendIsAnError) {
  memory::Faults faults;
  faults.send = [](Partition, std::size_t) { return memory::SendFault::kLost; };
  memory::Log broken(store_, faults);
  Intake intake(PartitionCounts{4, 2, 2}, broken, *keys_, clock_);
  EXPECT_FALSE(run(intake.send(intake.inbox_of(kVin), {intake.seal(report()).value()})));
}

TEST(RequestId, DependsOnPrincipalRouteAndKey) {
  const auto id = request_id("alice", "POST /x", "k");
  EXPECT_EQ(id, request_id("alice", "POST /x", "k"));
  EXPECT_NE(id, request_id("bob", "POST /x", "k"));
  EXPECT_NE(id, request_id("alice", "POST /y", "k"));
  EXPECT_NE(id, request_id("alice", "POST /x", "l"));
  EXPECT_NE(request_id("a", "bc", "d"), request_id("ab", "c", "d"));
}

}  // namespace
}  // namespace motorcade::edge
