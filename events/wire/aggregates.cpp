#include "events/wire/facts.hpp"

namespace motorcade::wire {
namespace {

template <class Tag, std::size_t N>
Aggregate about(AggregateType type, const ByteId<Tag, N>& id) {
  return {type, std::string(id.view())};
}
const Aggregate kThePartition{};

}  // namespace

Aggregate aggregate_of(const vehicle::Event& event) {
  using namespace vehicle;
  using enum AggregateType;
  return std::visit(
      Match{[](const ConfigurationInterned&) { return kThePartition; },
            [](const Refused&) { return kThePartition; },
            [](const AlreadySatisfied&) { return kThePartition; },
            [](const OrderTaken& e) { return about(kOrder, e.order.campaign); },
            [](const VehiclesMatched& e) { return about(kOrder, e.campaign); },
            [](const PackagePlanned& e) { return about(kOrder, e.campaign); },
            [](const MembersScanned& e) { return about(kOrder, e.campaign); },
            [](const PackageNoted& e) { return about(kPackage, e.key); },
            [](const ReleaseNoted& e) { return about(kRelease, e.release.release); },
            [](const auto& of_a_vehicle) { return about(kVehicle, of_a_vehicle.vehicle); }},
      event);
}

Aggregate aggregate_of(const campaign::Event& event) {
  using namespace campaign;
  using enum AggregateType;
  return std::visit(
      Match{[](const Refused&) { return kThePartition; },
            [](const AlreadySatisfied&) { return kThePartition; },
            [](const ReleaseNoted& e) { return about(kRelease, e.release.release); },
            [](const SurveyTaken& e) { return about(kCampaign, e.chunk.campaign); },
            [](const TallyTaken& e) { return about(kCampaign, e.tally.campaign); },
            [](const auto& of_a_campaign) { return about(kCampaign, of_a_campaign.campaign); }},
      event);
}

Aggregate aggregate_of(const catalog::Event& event) {
  using namespace catalog;
  using enum AggregateType;
  return std::visit(
      Match{[](const Refused&) { return kThePartition; },
            [](const AlreadySatisfied&) { return kThePartition; },
            [](const ReleaseUploaded& e) { return about(kRelease, e.release.release); },
            [](const ReleaseDeprecated& e) { return about(kRelease, e.release); },
            [](const TargetApproved& e) {
              return Aggregate{kTarget, e.ecu};
            },
            [](const auto& of_a_package) { return about(kPackage, of_a_package.key); }},
      event);
}

}  // namespace motorcade::wire
