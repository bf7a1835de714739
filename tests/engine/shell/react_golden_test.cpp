// What react() says of stored envelopes, in golden files that are kept for ever: the same messages,
// indexes and destinations on every build. A receiver takes what it is told again for a duplicate
// by nothing but (sequence, index): a build that said something else would lose messages.
//
// A file is a history of one machine: `envelope HEX`, each followed by its messages, `message INDEX
// DESTINATION HEX`. MOTORCADE_WRITE_GOLDEN=1 writes files that do not exist, from the histories
// below; nothing ever overwrites one. A new fact gets a history, and a file, of its own.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "engine/core/words.hpp"
#include "engine/shell/fold.hpp"
#include "events/wire/messages.hpp"

namespace motorcade::shell {
namespace {

using namespace words;
using core::campaigns::Campaigns;
using core::catalogs::Catalog;
using core::shard::Shard;

const std::filesystem::path kFolder = MOTORCADE_REACT_GOLDEN_DIR;
/// Of all files, for ever.
constexpr PartitionCounts kGoldenCounts{.vehicle = 2, .campaign = 2, .catalog = 1};

template <core::Machine M>
using Envelopes = std::vector<std::vector<typename M::Event>>;

// --- the histories ---

constexpr VehicleId kFirst = {{1}}, kSecond = {{2}}, kThird = {{3}};
constexpr CommandId kOffer1 = {{11}}, kOffer2 = {{12}}, kPause = {{13}};
const Configuration kOld = configuration({1, 0, 0});
const PackageContent kContent = core::plan_package(kOld, {release()});
const PackageKey kKey = core::key_of(kContent);

Order order(OrderPhase phase, std::uint64_t generation, std::vector<WaveOrder> waves,
            const CampaignId& campaign = kCampaign) {
  return {campaign,         {generation}, phase, {"M1", 2020, 2026, {kFirst, kSecond}},
          {release()},      policy(),     42,    std::move(waves),
          ~std::uint64_t{0}};
}
vehicle::StepReported step(vehicle::ReportedStep reported) {
  return {kFirst, kOffer1, reported, "why", 1, 2, 3, {}, kNoon};
}

Envelopes<Shard> vehicle_history() {
  using namespace vehicle;
  const auto shown = id<Digest>(77);
  const WaveOrder all{{~std::uint64_t{0}, {}}, 1};
  Envelopes<Shard> history{
      {ReleaseNoted{release(), 1, false}},
      {VehicleRegistered{kFirst, "M1", 2024, "VMG", "sealed"}, ConfigurationInterned{shown, kOld},
       VciRecorded{kFirst, shown, 1}},
      {VehicleRegistered{kSecond, "M1", 2024, "VMG", "sealed"}, VciRecorded{kSecond, shown, 1}},
      {ReadinessRecorded{kFirst, {}}},
      {OrderTaken{order(OrderPhase::kSurvey, 1, {})}},
      {VehiclesMatched{kCampaign, 0, true, {{core::shard::rank_of(42, kFirst), kFirst}}}},
      {OrderTaken{order(OrderPhase::kRun, 2, {all})}},
      {PackagePlanned{kCampaign, shown, kKey, kContent, kNoon}},
      {PackagePlanned{kCampaign, id<Digest>(78), {}, {}, kNoon}},
      {MembersScanned{kCampaign, 0, 1, kNoon}},
      {PackageNoted{kKey, artifact(), ""}},
      {Offered{kFirst, kCampaign, {1}, 1, kOffer1, kKey, artifact(), kNoon}},
      {step(ReportedStep::kDownloading)},
      {CommandIssued{kFirst, kPause, kOffer1, CommandKind::kPause, kNoon, {}}},
      {step(ReportedStep::kFailed)},
      {AssignmentEnded{kSecond, kCampaign, {1}, 1, {}, EndReason::kBuildFailed, "no disk"}},
      {Verified{kFirst, kCampaign, kOffer1}},
      {VciContradicted{kFirst, kCampaign}},
      {Refused{kThird, Rejection::kUnknownVehicle, "who?"}},
      {AlreadySatisfied{}},
      // Two campaigns, several facts: one tally each, in the order of their ids, after the others.
      {OrderTaken{order(OrderPhase::kSurvey, 1, {}, kUrgent)}},
      {VehiclesMatched{kUrgent, 0, true, {{core::shard::rank_of(42, kSecond), kSecond}}}},
      {OrderTaken{order(OrderPhase::kRun, 2, {all}, kUrgent)}},
      {Offered{kSecond, kUrgent, {1}, 1, kOffer2, kKey, artifact(), kNoon},
       AssignmentEnded{kFirst, kCampaign, {1}, 1, {}, EndReason::kTimedOut, "busy"},
       PackagePlanned{kUrgent, shown, kKey, kContent, kNoon}, MembersScanned{kUrgent, 0, 1, {}}},
  };
  return history;
}

Envelopes<Campaigns> campaign_history() {
  using namespace campaign;
  campaign::Definition d{
      "brakes", 42,      {id<ReleaseId>(1)}, {"M1", 2020, 2026, {kFirst}}, {{5'000}, {10'000}},
      Gate{},   policy()};
  const CampaignCreated created{kCampaign, "ann", d, {release()}, id<Digest>(3)};
  auto other = created;
  other.campaign = kUrgent;
  const Partition shard{Stream::kVehicle, 0};
  const Ranked first{10, kFirst}, second{20, kSecond};
  const Tally tally{kCampaign, shard, {9}, {2}, 1, 0, {{.verified = 1}}};
  const GateEvidence evidence{2, 1, {.verified = 1}, d.gate, {{shard, {9}}}};
  return {
      {campaign::ReleaseNoted{release(), 1, false}},
      {created},
      {CampaignProposed{kCampaign, "ann"}},
      {CampaignApproved{kCampaign, "bob", id<Digest>(3)}},
      {CampaignStarted{kCampaign, "ann", {1}, kNoon}},
      {SurveyTaken{{kCampaign, shard, 0, true, {first, second}}}},
      {WavesPlanned{kCampaign, {{1, first}, {0, first}, {1, second}}}},
      {WaveOpened{kCampaign, {1}, 1, {2}}},
      {TallyTaken{tally}},
      {WaveSoaking{kCampaign, {1}, kNoon}},
      {CampaignPaused{kCampaign, "ann", "snow", {3}}},
      {CampaignResumed{kCampaign, "ann", Resumption::kContinue, {4}}},
      {WaveHeld{kCampaign, {1}, HoldReason::kFailureGate, evidence, {5}}},
      {CampaignResumed{kCampaign, "ann", Resumption::kRetry, {6}},
       WaveOpened{kCampaign, {1}, 2, {6}}},
      {WavePassed{kCampaign, {1}, evidence}},
      {WaveSkipped{kCampaign, {2}, "engine: no vehicles"}},
      {WaveOpened{kCampaign, {3}, 1, {7}}},
      {WavePassed{kCampaign, {3}, evidence}, CampaignCompleted{kCampaign, {8}}},
      {CampaignCompleted{kCampaign, {9}}},
      {AlarmRaised{kCampaign, 1}},
      {CampaignAborted{kCampaign, "ann", "smoke", {10}}},
      {other},
      {CampaignCancelled{kUrgent, "ann", "no"}},
      {campaign::Refused{kUrgent, campaign::Rejection::kWrongState, "cancelled"}},
      {campaign::AlreadySatisfied{}},
      // Two campaigns in one envelope: in the order of their ids.
      {WaveHeld{kUrgent, {}, HoldReason::kReleaseDeprecated, {}, {2}},
       WaveHeld{kCampaign, {}, HoldReason::kReleaseDeprecated, {}, {11}}},
  };
}

Envelopes<Catalog> catalog_history() {
  using namespace catalog;
  const Partition here{Stream::kVehicle, 0}, there{Stream::kVehicle, 1};
  return {
      {ReleaseUploaded{release(), "brake.bin", "notes", "rita", 1}},
      {TargetApproved{"ECU_001", "BRAKE", {2, 0, 0}, "bob"}},
      {PackageRequested{kKey, kContent, 1, there}},
      {WaiterAdded{kKey, here}},
      {PackageFailed{kKey, "no disk"}},
      {PackageRequested{kKey, kContent, 2, std::nullopt}},
      {PackageBuilt{kKey, artifact()}},
      {WaiterAdded{kKey, there}},
      {ReleaseDeprecated{id<ReleaseId>(1), "rita", "bad", 2}},
      {catalog::Refused{catalog::Rejection::kNoSuchRelease, "none"}},
      {catalog::AlreadySatisfied{}},
  };
}

/// Facts that react, each alone in some envelope of the files.
const std::set<std::string_view> kReacting{
    "vehicle.OrderTaken",       "vehicle.VehiclesMatched",   "vehicle.PackagePlanned",
    "vehicle.Offered",          "vehicle.StepReported",      "vehicle.Verified",
    "vehicle.AssignmentEnded",  "vehicle.VciContradicted",   "campaign.CampaignStarted",
    "campaign.WaveOpened",      "campaign.WaveHeld",         "campaign.CampaignPaused",
    "campaign.CampaignResumed", "campaign.CampaignAborted",  "campaign.CampaignCompleted",
    "catalog.ReleaseUploaded",  "catalog.ReleaseDeprecated", "catalog.PackageBuilt",
    "catalog.PackageFailed",    "catalog.WaiterAdded"};

// --- the files ---

core::Context context_of(Stream stream) {
  return {{stream, 0}, kGoldenCounts, id<Incarnation>(7)};
}

template <core::Machine M>
std::vector<std::string> lines_of_messages(const Fold<M>& fold) {
  std::vector<std::string> lines;
  for (const auto& message : M::react(fold.events(), {fold.next().value - 1}, fold.state()))
    lines.push_back("message " + std::to_string(lines.size()) + ' ' + to_string(message.to) + ' ' +
                    to_hex(wire::encode_message(message.body)));
  return lines;
}

template <core::Machine M>
std::string bytes_of(const Fold<M>& fold, std::span<const typename M::Event> events) {
  Envelope envelope{.partition = fold.context().self,
                    .sequence = fold.next(),
                    .position = {fold.next().value + 1},
                    .occurred_at = kNoon,
                    .recorded_at = kNoon,
                    .committed_at = kNoon,
                    .cause = RequestCause{id<MessageId>(1)},
                    .correlation = {},
                    .actor = "golden",
                    .previous = fold.head(),
                    .facts = {}};
  for (const auto& event : events) envelope.facts.push_back(wire::encode_fact(event));
  return wire::encode_envelope(envelope);
}

template <core::Machine M>
void write_if_missing(const std::string& name, const Envelopes<M>& history) {
  const auto file = kFolder / name;
  if (!std::getenv("MOTORCADE_WRITE_GOLDEN") || std::filesystem::exists(file)) return;
  std::filesystem::create_directories(kFolder);
  std::ofstream out(file);
  Fold<M> fold(context_of(Codec<M>::kStream));
  for (const auto& events : history) {
    const auto bytes = bytes_of<M>(fold, events);
    ASSERT_TRUE(fold.apply({fold.next(), bytes}));
    out << "envelope " << to_hex(bytes) << '\n';
    for (const auto& line : lines_of_messages(fold)) out << line << '\n';
  }
}

void write_missing() {
  write_if_missing<Shard>("vehicle.1.txt", vehicle_history());
  write_if_missing<Campaigns>("campaign.1.txt", campaign_history());
  write_if_missing<Catalog>("catalog.1.txt", catalog_history());
}

/// An envelope as it stands in a file, and the lines of its messages.
struct Stored {
  std::string bytes;
  std::vector<std::string> messages;
};
std::vector<Stored> read(const std::filesystem::path& file) {
  std::vector<Stored> all;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("envelope ")) {
      EXPECT_TRUE(line.starts_with("message ") && !all.empty()) << file;
      if (!all.empty()) all.back().messages.push_back(line);
      continue;
    }
    const auto hex = std::string_view(line).substr(9);
    std::string bytes(hex.size() / 2, '\0');
    EXPECT_TRUE(hex_into(hex, reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()));
    all.push_back({std::move(bytes), {}});
  }
  return all;
}
std::vector<std::filesystem::path> files_of(Stream stream) {
  write_missing();
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder))
    if (entry.path().filename().string().starts_with(to_string(stream)))
      files.push_back(entry.path());
  return files;
}

template <class M>
class ReactGolden : public testing::Test {};
using Machines = testing::Types<Shard, Campaigns, Catalog>;
TYPED_TEST_SUITE(ReactGolden, Machines);

TYPED_TEST(ReactGolden, AStoredEnvelopeGivesTheSameMessages) {
  constexpr auto kStream = Codec<TypeParam>::kStream;
  std::size_t messages = 0;
  for (const auto& file : files_of(kStream)) {
    Fold<TypeParam> fold(context_of(kStream));
    for (const auto& stored : read(file)) {
      const auto at = fold.next();
      const auto applied = fold.apply({at, stored.bytes});
      ASSERT_TRUE(applied) << to_string(applied.error());
      EXPECT_EQ(lines_of_messages(fold), stored.messages) << file << ", envelope " << at.value;
      messages += stored.messages.size();
    }
  }
  EXPECT_GT(messages, 5U);
}

TYPED_TEST(ReactGolden, EveryFactHasAGolden) {
  std::set<std::string_view> stored, react;
  for (const auto& file : files_of(Codec<TypeParam>::kStream))
    for (const auto& [bytes, messages] : read(file)) {
      const auto envelope = wire::decode_envelope(bytes);
      ASSERT_TRUE(envelope);
      for (const auto& fact : envelope->facts) stored.insert(wire::fact_type(fact.type)->name);
      if (envelope->facts.size() == 1 && !messages.empty())
        react.insert(wire::fact_type(envelope->facts[0].type)->name);
    }
  for (const auto& type : wire::fact_types()) {
    if (type.stream != Codec<TypeParam>::kStream) continue;
    EXPECT_TRUE(stored.contains(type.name)) << type.name << " has no golden: see the top";
    EXPECT_EQ(react.contains(type.name), kReacting.contains(type.name)) << type.name;
  }
}

}  // namespace
}  // namespace motorcade::shell
