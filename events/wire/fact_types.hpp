// The numbers of the facts: one table, from which everything else is made. A number is stored in
// every envelope and never reused; a fact that is no longer written keeps its row. docs/log.md
// prints the table (a test compares them).
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "events/campaign.hpp"
#include "events/catalog.hpp"
#include "events/vehicle.hpp"

// X(stream, fact, number, newest schema version)
#define MOTORCADE_VEHICLE_FACTS(X)          \
  X(vehicle, VehicleRegistered, 101, 1)     \
  X(vehicle, ConfigurationInterned, 102, 1) \
  X(vehicle, VciRecorded, 103, 1)           \
  X(vehicle, ReadinessRecorded, 104, 1)     \
  X(vehicle, OrderTaken, 105, 1)            \
  X(vehicle, VehiclesMatched, 106, 1)       \
  X(vehicle, PackagePlanned, 107, 1)        \
  X(vehicle, PackageNoted, 108, 1)          \
  X(vehicle, MembersScanned, 109, 2)        \
  X(vehicle, Offered, 110, 1)               \
  X(vehicle, StepReported, 111, 1)          \
  X(vehicle, Verified, 112, 1)              \
  X(vehicle, AssignmentEnded, 113, 1)       \
  X(vehicle, CommandIssued, 114, 1)         \
  X(vehicle, VciContradicted, 115, 1)       \
  X(vehicle, ReleaseNoted, 116, 1)          \
  X(vehicle, Refused, 117, 1)               \
  X(vehicle, AlreadySatisfied, 118, 1)
#define MOTORCADE_CAMPAIGN_FACTS(X)      \
  X(campaign, CampaignCreated, 201, 1)   \
  X(campaign, CampaignProposed, 202, 1)  \
  X(campaign, CampaignApproved, 203, 1)  \
  X(campaign, CampaignStarted, 204, 1)   \
  X(campaign, SurveyTaken, 205, 1)       \
  X(campaign, WavesPlanned, 206, 1)      \
  X(campaign, WaveOpened, 207, 1)        \
  X(campaign, TallyTaken, 208, 2)        \
  X(campaign, WaveSoaking, 209, 1)       \
  X(campaign, WavePassed, 210, 2)        \
  X(campaign, WaveHeld, 211, 2)          \
  X(campaign, WaveSkipped, 212, 1)       \
  X(campaign, CampaignPaused, 213, 1)    \
  X(campaign, CampaignResumed, 214, 1)   \
  X(campaign, CampaignAborted, 215, 1)   \
  X(campaign, CampaignCancelled, 216, 1) \
  X(campaign, CampaignCompleted, 217, 1) \
  X(campaign, AlarmRaised, 218, 1)       \
  X(campaign, ReleaseNoted, 219, 1)      \
  X(campaign, Refused, 220, 1)           \
  X(campaign, AlreadySatisfied, 221, 1)
#define MOTORCADE_CATALOG_FACTS(X)      \
  X(catalog, ReleaseUploaded, 301, 1)   \
  X(catalog, ReleaseDeprecated, 302, 1) \
  X(catalog, TargetApproved, 303, 1)    \
  X(catalog, PackageRequested, 304, 1)  \
  X(catalog, WaiterAdded, 305, 1)       \
  X(catalog, PackageBuilt, 306, 1)      \
  X(catalog, PackageFailed, 307, 1)     \
  X(catalog, Refused, 308, 1)           \
  X(catalog, AlreadySatisfied, 309, 1)
#define MOTORCADE_FACTS(X) \
  MOTORCADE_VEHICLE_FACTS(X) MOTORCADE_CAMPAIGN_FACTS(X) MOTORCADE_CATALOG_FACTS(X)

namespace motorcade::wire {

struct FactType {
  Stream stream{};
  std::uint16_t number{};
  std::uint16_t schema_version{};  ///< the newest; written
  std::string_view name;           ///< "vehicle.StepReported"
};
/// All of them, by number.
[[nodiscard]] std::span<const FactType> fact_types();
/// Nothing if the number is unknown.
[[nodiscard]] const FactType* fact_type(std::uint16_t number);

/// The number of a fact: kFactNumber<vehicle::Offered>. Zero: not a fact.
template <class Fact>
inline constexpr std::uint16_t kFactNumber = 0;
template <class Fact>
inline constexpr std::uint16_t kSchemaVersion = 0;
#define MOTORCADE_NUMBER_(stream, fact, number, version)             \
  template <>                                                        \
  inline constexpr std::uint16_t kFactNumber<stream::fact> = number; \
  template <>                                                        \
  inline constexpr std::uint16_t kSchemaVersion<stream::fact> = version;
MOTORCADE_FACTS(MOTORCADE_NUMBER_)
#undef MOTORCADE_NUMBER_

}  // namespace motorcade::wire
