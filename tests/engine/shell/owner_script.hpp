// What the tests of owners play: five cars, an operator and a builder, and a campaign of two waves.
#pragma once
#include <gtest/gtest.h>

#include "engine/core/package/plan.hpp"
#include "engine/shell/owner_world.hpp"
#include "events/wire/commands.hpp"
#include "events/wire/messages.hpp"
#include "events/wire/records.hpp"
#include "events/wire/reports.hpp"

namespace motorcade::shell {

using namespace std::chrono_literals;

template <class IdType>
IdType id(std::uint8_t n) {
  IdType made;
  made.bytes[0] = n;
  return made;
}
inline constexpr std::uint16_t kOffered = 110, kStep = 111, kVciRecorded = 103, kRefused = 117,
                               kSatisfied = 118, kScanned = 109, kTally = 208, kCompleted = 217,
                               kReleaseNoted = 116, kCampaignReleaseNoted = 219;
inline const ReleaseTarget kRelease{id<ReleaseId>(1), "BRAKE", "", {2, 0, 0}, id<Digest>(9), 4096};

inline Configuration shown(std::uint32_t major) {
  return {{{"ZG_CHASSIS", "ZG-1", {{"ECU_001", "BRAKE", "HW-A", {major, 0, 0}}}}}};
}

/// The world outside: cars, operators and a builder that do their part once.
class Script {
 public:
  static constexpr std::uint8_t kCars = 5;
  explicit Script(OwnerTest& test) : test_(test) {}

  /// From the first VCI to a completed campaign of two waves.
  void play() {
    play_to_first_offer();
    for (int wave = 0; wave < 2; ++wave) {
      answer_offers();
      settle();
    }
  }
  void play_to_first_offer() {
    upload(kRelease);
    for (std::uint8_t car = 1; car <= kCars; ++car) vci(car, 1, 1);
    report(1, RecordKind::kStatus, "no JSON at all");
    settle();
    plan_campaign();
    settle();
    catalog_command(catalog::ReportBuilt{core::key_of(core::plan_package(shown(1), {kRelease})),
                                         Artifact{id<Digest>(5), 99}, ""});
    settle();
  }
  void upload(const ReleaseTarget& release) {
    catalog_command(catalog::UploadRelease{release, "brake.bin", "", "rita"});
  }
  void vci(std::uint8_t car, std::uint64_t boot, std::uint32_t major) {
    const vehicle::ReportVci body{id<VehicleId>(car), "M1", 2024, "VMG", "", boot, shown(major)};
    report(car, RecordKind::kVci, wire::encode_vci_report(body));
  }
  void report(std::uint8_t car, RecordKind kind, std::string body) {
    test_.send(kVehicles, report_record(car, kind, ++sequences_[car], std::move(body)));
  }
  InboxRecord report_record(std::uint8_t car, RecordKind kind, std::uint64_t sequence,
                            std::string body) {
    auto made = record(kVehicles, kind, std::move(body));
    made.subject = id<VehicleId>(car);
    made.actor = "vehicle";
    made.content_type = ContentType::kJson;
    const ReportPlace place{1, id<OutboxId>(car), sequence};
    made.cause = ReportCause{id<MessageId>(++messages_), made.subject, place};
    return made;
  }
  InboxRecord message(Partition to, const MessageBody& body) {
    auto made = record(to, RecordKind::kMessage, wire::encode_message(body));
    made.cause = MessageCause{test_.store->birth().incarnation,
                              InternalMessageId{kCampaigns, {messages_}, 0}, std::nullopt};
    return made;
  }
  void settle() {
    test_.run();
    test_.store->deliver_late();
    test_.run();
  }

  /// Each car that has a new offer installs it, restarts, and shows it.
  void answer_offers() {
    for (const auto& envelope : test_.envelopes(kVehicles))
      for (const auto& fact : envelope.facts) {
        if (fact.type != kOffered) continue;
        const auto event = wire::decode_vehicle_fact(fact.type, fact.schema_version, fact.payload);
        const auto& offer = std::get<vehicle::Offered>(*event);
        if (!answered_.insert(offer.command).second) continue;
        const auto car = offer.vehicle.bytes[0];
        for (const auto step :
             {vehicle::ReportedStep::kAccepted, vehicle::ReportedStep::kInstalled}) {
          vehicle::ReportStatus status{.vehicle = offer.vehicle, .command = offer.command};
          status.step = step;
          status.boot_count = step == vehicle::ReportedStep::kInstalled ? 2 : 0;
          report(car, RecordKind::kStatus, wire::encode_status_report(status));
        }
        vci(car, 2, 2);
      }
  }

 private:
  InboxRecord record(Partition to, RecordKind kind, std::string body) {
    InboxRecord made{.partition = to,
                     .kind = kind,
                     .cause = RequestCause{id<MessageId>(++messages_)},
                     .occurred_at = test_.clock.time,
                     .recorded_at = test_.clock.time,
                     .correlation = {},
                     .actor = "operator:ann",
                     .content_type = ContentType::kProtobuf,
                     .subject = {},
                     .sealed_vin = {},
                     .body = std::move(body)};
    return made;
  }
  void catalog_command(const catalog::Command& command) {
    test_.send(kCatalog,
               record(kCatalog, RecordKind::kCatalogCommand, wire::encode_command(command)));
  }
  void campaign_command(const campaign::Command& command) {
    test_.send(kCampaigns,
               record(kCampaigns, RecordKind::kCampaignCommand, wire::encode_command(command)));
  }
  void plan_campaign() {
    const auto campaign = id<CampaignId>(1);
    campaign::Definition d;
    d.name = "brakes";
    d.seed = 42;
    d.releases = {kRelease.release};
    d.waves = {{2'000}, {10'000}};
    d.policy = {1h, 1h, 1h, 1h, 1h, 0};
    campaign_command(campaign::Create{campaign, "ann", d});
    campaign_command(campaign::Propose{campaign, "ann"});
    campaign_command(campaign::Approve{campaign, "bob", {}});
    campaign_command(campaign::Start{campaign, "ann"});
  }
  OwnerTest& test_;
  std::map<std::uint8_t, std::uint64_t> sequences_;
  std::uint8_t messages_ = 0;
  std::set<CommandId> answered_;
};

[[nodiscard]] inline std::size_t count(OwnerTest& test, Partition partition, std::uint16_t type) {
  const auto facts = test.facts(partition);
  return static_cast<std::size_t>(
      std::count_if(facts.begin(), facts.end(), [&](const auto& f) { return f.type == type; }));
}
/// Live state = replayed state; dense, chained, one envelope for each record, ticks apart.
inline void expect_sound(OwnerTest& test) {
  for (const auto& partition : {kVehicles, kCampaigns, kCatalog}) {
    const auto live = test.live(partition), replayed = test.replayed(partition);
    EXPECT_EQ(live.next, replayed.next);
    EXPECT_EQ(to_hex(live.hash), to_hex(replayed.hash));
    Digest previous;
    std::uint64_t next = 0, position = 0, reacted = 0;
    for (const auto& envelope : test.envelopes(partition)) {
      EXPECT_EQ(envelope.sequence.value, next);
      EXPECT_EQ(envelope.previous, previous);
      const bool tick = std::holds_alternative<TickCause>(envelope.cause);
      EXPECT_EQ(envelope.position.value, position + (tick ? 0 : 1));
      EXPECT_GE(envelope.reacted_through, reacted);
      EXPECT_LE(envelope.reacted_through, next);
      previous = Digest{digest::sha256(test.store->events(partition)[next])};
      position = envelope.position.value;
      reacted = envelope.reacted_through;
      ++next;
    }
  }
}
}  // namespace motorcade::shell
