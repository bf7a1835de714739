#include "projections/history.hpp"

#include "events/wire/envelope.hpp"
#include "events/wire/facts.hpp"

namespace motorcade::samples {
namespace {

using vehicle::ReportedStep;

constexpr std::size_t kVehiclesPerShard = 12;

Configuration some_configuration(std::uint8_t kind) {
  return {
      {{"ZG_BODY",
        "ZG-1",
        {{"ECU_011", "BCM", "TC375", {1, kind, 0}}, {"ECU_012", "DCM", "TC375", {1, 0, kind}}}}}};
}
Digest digest_of(std::uint8_t kind) {
  Digest made;
  made.bytes.fill(kind);
  return made;
}

}  // namespace

History::History(std::uint64_t seed, PartitionCounts counts) : counts_(counts), random_(seed) {
  for (std::uint16_t shard = 0; shard < counts_.vehicle; ++shard) {
    for (std::size_t i = 0; i < kVehiclesPerShard; ++i) {
      vehicles_[shard].push_back({any_id<VehicleId>(), false, 0, std::nullopt, std::nullopt});
    }
  }
}

std::pair<Partition, std::vector<std::string>> History::more() {
  const std::uint32_t choice = below(10);
  const Stream stream = choice < 6   ? Stream::kVehicle
                        : choice < 8 ? Stream::kCampaign
                                     : Stream::kCatalog;
  const auto number = static_cast<std::uint16_t>(below(counts_.of(stream)));
  const Partition partition{stream, number};
  std::vector<std::string> envelopes;
  for (std::uint32_t i = 1 + below(6); i > 0; --i) {
    auto facts = stream == Stream::kVehicle    ? vehicle_facts(number)
                 : stream == Stream::kCampaign ? campaign_facts(number)
                                               : catalog_facts(number);
    envelopes.push_back(envelope_of(partition, facts));
  }
  return {partition, std::move(envelopes)};
}

std::vector<Fact> History::vehicle_facts(std::uint16_t shard) {
  Vehicle& vehicle = vehicles_[shard][below(kVehiclesPerShard)];
  if (!vehicle.registered) {
    vehicle.registered = true;
    return {vehicle::Event(vehicle::VehicleRegistered{
        vehicle.id, "M" + std::to_string(below(3)), 2026, "VMG", "sealed:" + to_hex(vehicle.id)})};
  }
  if (below(5) == 0) {
    const auto kind = static_cast<std::uint8_t>(below(4));
    std::vector<Fact> facts{
        vehicle::Event(vehicle::ConfigurationInterned{digest_of(kind), some_configuration(kind)}),
        vehicle::Event(vehicle::VciRecorded{vehicle.id, digest_of(kind), ++vehicle.boots})};
    if (vehicle.verified && below(4) == 0) {
      facts.push_back(vehicle::Event(vehicle::VciContradicted{vehicle.id, *vehicle.verified}));
    }
    return facts;
  }
  if (below(8) == 0) {
    return {vehicle::Event(
        vehicle::ReadinessRecorded{vehicle.id, {true, true, true, true, true, below(101), 20}})};
  }
  if (below(12) == 0) {
    return {
        vehicle::Event(vehicle::Refused{vehicle.id, vehicle::Rejection::kUndecodable, "not JSON"})};
  }
  return vehicle.update ? step_facts(vehicle) : begin_facts(vehicle);
}

std::vector<Fact> History::begin_facts(Vehicle& vehicle) {
  if (below(10) == 0) {
    const CampaignId campaign = any_id<CampaignId>();
    return {below(2) == 0
                ? vehicle::Event(vehicle::Verified{vehicle.id, campaign, {}})
                : vehicle::Event(vehicle::AssignmentEnded{vehicle.id,
                                                          campaign,
                                                          {1 + below(2)},
                                                          1,
                                                          {},
                                                          vehicle::EndReason::kBuildFailed,
                                                          "x"})};
  }
  vehicle::Offered offer{.vehicle = vehicle.id,
                         .campaign = {{static_cast<std::uint8_t>(1 + below(3))}},
                         .wave = {1 + below(2)},
                         .attempt = 1 + below(3),
                         .command = any_id<CommandId>(),
                         .package = any_id<PackageKey>(),
                         .artifact = {any_id<Digest>(), below(100000)},
                         .expires_at = now_ + std::chrono::hours(1)};
  vehicle.update = Update{offer, 0};
  return {vehicle::Event(offer)};
}

std::vector<Fact> History::step_facts(Vehicle& vehicle) {
  Update& update = *vehicle.update;
  const auto& offer = update.offer;
  const std::uint32_t chance = below(20);
  if (chance == 0) {
    const auto reason = static_cast<vehicle::EndReason>(1 + below(5));
    const vehicle::AssignmentEnded ended{vehicle.id,    offer.campaign, offer.wave, offer.attempt,
                                         offer.command, reason,         "detail"};
    vehicle.update.reset();
    return {vehicle::Event(ended)};
  }
  vehicle::StepReported step{.vehicle = vehicle.id, .command = offer.command};
  step.bytes_total = 1000, step.bytes_done = below(1001);
  step.ecus = {{"ZG_BODY", "ECU_011", static_cast<vehicle::EcuOutcome>(1 + below(4)), below(256)}};
  if (chance < 3) {
    constexpr ReportedStep kEnds[] = {ReportedStep::kDeclined, ReportedStep::kPostponed,
                                      ReportedStep::kFailed, ReportedStep::kRolledBack,
                                      ReportedStep::kCancelled};
    step.step = kEnds[below(5)], step.reason = "because";
    vehicle.update.reset();
    return {vehicle::Event(step)};
  }
  if (chance < 5) {
    step.step = below(2) == 0 ? ReportedStep::kPaused : ReportedStep::kResumed;
    return {vehicle::Event(step)};
  }
  constexpr ReportedStep kWay[] = {ReportedStep::kAccepted,   ReportedStep::kDownloading,
                                   ReportedStep::kDownloaded, ReportedStep::kPackageVerified,
                                   ReportedStep::kInstalling, ReportedStep::kActivating,
                                   ReportedStep::kInstalled};
  if (update.reached == 7) {
    vehicle.verified = offer.campaign;
    const vehicle::Verified verified{vehicle.id, offer.campaign, offer.command};
    vehicle.update.reset();
    return {vehicle::Event(vehicle::VciRecorded{vehicle.id, digest_of(1), ++vehicle.boots}),
            vehicle::Event(verified)};
  }
  const int late = chance < 8
                       ? static_cast<int>(below(static_cast<std::uint32_t>(update.reached) + 1))
                       : update.reached;
  step.step = kWay[late];
  if (late == update.reached) ++update.reached;
  return {vehicle::Event(step)};
}

std::vector<Fact> History::campaign_facts(std::uint16_t number) {
  auto& campaigns = campaigns_[number];
  if (campaigns.empty() || (campaigns.back().phase >= 5 && below(10) == 0)) {
    campaigns.push_back({.id = any_id<CampaignId>()});
  }
  Campaign& c = campaigns[below(static_cast<std::uint32_t>(campaigns.size()))];
  switch (c.phase++) {
    case 0: {
      campaign::Definition definition;
      definition.name = "campaign", definition.waves = {{1000}, {10000}};
      return {campaign::Event(
          campaign::CampaignCreated{c.id, "alice", definition, {}, any_id<Digest>()})};
    }
    case 1:
      return {campaign::Event(campaign::CampaignProposed{c.id, "alice"})};
    case 2:
      return {campaign::Event(campaign::CampaignApproved{c.id, "bob", {}})};
    case 3:
      return {campaign::Event(campaign::CampaignStarted{c.id, "alice", {++c.generation}, now_})};
    case 4:
      c.wave = 1, c.attempt = 1;
      return {campaign::Event(campaign::WavesPlanned{c.id, {{3, {1, {}}}, {27, {2, {}}}}}),
              campaign::Event(campaign::WaveOpened{c.id, {1}, 1, {++c.generation}})};
    default:
      return wave_facts(c);
  }
}

std::vector<Fact> History::wave_facts(Campaign& c) {
  if (c.wave > 2) {
    if (below(4) != 0) return {campaign::Event(campaign::AlreadySatisfied{})};
    return {campaign::Event(campaign::AlarmRaised{c.id, 1 + below(9)})};
  }
  const campaign::GateEvidence evidence{
      1, 3, {.verified = below(4)}, {}, {{{Stream::kVehicle, 1}, {below(99)}}}};
  if (c.held || c.paused) {
    std::vector<Fact> facts{campaign::Event(campaign::CampaignResumed{
        c.id,
        "bob",
        c.held ? campaign::Resumption::kRetry : campaign::Resumption::kContinue,
        {++c.generation}})};
    if (c.held)
      facts.push_back(
          campaign::Event(campaign::WaveOpened{c.id, {c.wave}, ++c.attempt, {c.generation}}));
    c.held = c.paused = false;
    return facts;
  }
  switch (below(8)) {
    case 0: {
      std::vector<Fact> facts{campaign::Event(campaign::WavePassed{c.id, {c.wave}, evidence})};
      ++c.wave, c.attempt = 1;
      facts.push_back(
          c.wave > 2 ? campaign::Event(campaign::CampaignCompleted{c.id, {++c.generation}})
                     : campaign::Event(campaign::WaveOpened{c.id, {c.wave}, 1, {++c.generation}}));
      return facts;
    }
    case 1:
      c.held = true;
      return {campaign::Event(campaign::WaveHeld{c.id,
                                                 {below(2) * c.wave},
                                                 campaign::HoldReason::kFailureGate,
                                                 evidence,
                                                 {++c.generation}})};
    case 2:
      c.paused = true;
      return {campaign::Event(campaign::CampaignPaused{c.id, "bob", "lunch", {++c.generation}})};
    case 3:
      return {
          campaign::Event(campaign::WaveSoaking{c.id, {c.wave}, now_ + std::chrono::minutes(5)})};
    default: {
      Tally tally;
      tally.campaign = c.id,
      tally.shard = {Stream::kVehicle, static_cast<std::uint16_t>(below(counts_.vehicle))};
      tally.sequence = {++c.sequence}, tally.offered = below(30);
      tally.waves = {{.verified = below(3), .failed = below(3)}, {.in_progress = below(9)}};
      return {campaign::Event(campaign::TallyTaken{tally})};
    }
  }
}

std::vector<Fact> History::catalog_facts(std::uint16_t number) {
  auto& releases = releases_[number];
  auto& packages = packages_[number];
  const auto pick = [&](const auto& list) {
    return list[below(static_cast<std::uint32_t>(list.size()))];
  };
  switch (below(6)) {
    case 0:
      releases.push_back(any_id<ReleaseId>());
      return {catalog::Event(catalog::ReleaseUploaded{
          {releases.back(), "BCM", "", {1, below(20), 0}, any_id<Digest>(), 100},
          "a.bin",
          "",
          "alice",
          1})};
    case 1:
      if (releases.empty()) break;
      return {catalog::Event(catalog::ReleaseDeprecated{pick(releases), "bob", "broken", 2})};
    case 2:  // an ECU type's targets are of one partition
      return {catalog::Event(catalog::TargetApproved{"ECU_01" + std::to_string(below(3)),
                                                     "T" + std::to_string(number),
                                                     {1, below(20), 0},
                                                     "bob"})};
    case 3:
      packages.push_back(any_id<PackageKey>());
      return {catalog::Event(catalog::PackageRequested{packages.back(), {}, 1, std::nullopt})};
    case 4:
      if (packages.empty()) break;
      return {catalog::Event(catalog::PackageFailed{packages.back(), "no space"}),
              catalog::Event(catalog::PackageRequested{packages.back(), {}, 2, std::nullopt})};
    default:
      if (packages.empty()) break;
      return {
          catalog::Event(catalog::PackageBuilt{pick(packages), {any_id<Digest>(), below(9999)}})};
  }
  return {catalog::Event(catalog::AlreadySatisfied{})};
}

std::string History::envelope_of(Partition partition, const std::vector<Fact>& facts) {
  now_ += std::chrono::milliseconds(1 + below(2000));
  Envelope envelope;
  envelope.partition = partition;
  envelope.sequence = {next_[partition]++};
  envelope.occurred_at = envelope.recorded_at = envelope.committed_at = now_;
  envelope.actor = "operator:alice";
  if (below(3) == 0) {
    MessageId& request = requests_[partition];  // now and then one that was answered before
    if (request.is_zero() || below(4) != 0) request = any_id<MessageId>();
    envelope.cause = RequestCause{request};
  }
  for (const Fact& fact : facts) {
    std::visit([&](const auto& event) { envelope.facts.push_back(wire::encode_fact(event)); },
               fact);
  }
  return wire::encode_envelope(envelope);
}

}  // namespace motorcade::samples
