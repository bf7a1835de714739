// What the VMG's core is told, and what it asks of its shell. PURE.
#pragma once
#include <variant>

#include "events/vehicle.hpp"
#include "vehicle_agent/core/outbox.hpp"

namespace motorcade::agent {

using vehicle::EcuOutcome;
using vehicle::EcuResult;
using vehicle::ReportedStep;

/// `vehicle/{vin}/control`, kind "offer".
struct Offer {
  CommandId command;
  CampaignId campaign;
  Time expires_at;
  std::string url, token;
  Digest digest;  ///< SHA-256 of the bundle
  std::uint64_t size_bytes{};
  friend bool operator==(const Offer&, const Offer&) = default;
};
/// `vehicle/{vin}/control`, kinds "pause", "resume" and "cancel".
struct Command {
  vehicle::CommandKind kind{};
  CommandId command;  ///< its own id
  CommandId offer;
  Time expires_at;
  friend bool operator==(const Command&, const Command&) = default;
};
/// What the verified bundle does to one zone.
struct EcuPlan {
  std::string ecu;
  SemanticVersion from, to;
  friend bool operator==(const EcuPlan&, const EcuPlan&) = default;
};
struct ZonePlan {
  std::string gateway;
  std::vector<EcuPlan> ecus;
  friend bool operator==(const ZonePlan&, const ZonePlan&) = default;
};

// --- inputs ---

struct Booted {};  ///< the program started; once, after the state was restored
struct LinkUp {};
struct LinkDown {};
struct TimePassed {};
struct OfferReceived {
  Offer offer;
};
struct CommandReceived {
  Command command;
};
struct AckReceived {
  Ack ack;
};
enum class Consent : std::uint8_t { kAccept = 1, kDecline, kPostpone };
struct ConsentGiven {
  CommandId offer;
  Consent answer{};
};
struct ReadinessRead {
  Readiness readiness;
};
struct DownloadProgressed {
  CommandId offer;
  std::uint64_t bytes_on_disk{};
};
struct DownloadFinished {  ///< all bytes are there and have the digest
  CommandId offer;
};
enum class DownloadFault : std::uint8_t {
  kLink = 1,     ///< what is on disk stays good: go on from there, later
  kDamaged,      ///< the whole has another digest, and was thrown away
  kRefused,      ///< the server or its identity is wrong: 404, another public key
  kLinkExpired,  ///< 401, 403: the offer's token is not accepted any more, a fresh one may be
};
struct DownloadFailed {
  CommandId offer;
  DownloadFault fault{};
  std::string reason;
};
struct PackageVerified {
  CommandId offer;
  std::vector<ZonePlan> zones;
};
struct PackageRefused {
  CommandId offer;
  std::string reason;
};
struct ZoneInstalled {  ///< programmed into the other banks, or not; nothing runs it yet
  CommandId offer;
  std::string gateway;
  std::vector<EcuResult> ecus;  ///< kProgrammed or kFailed, one per ECU of the plan
  std::string reason;           ///< when one failed
};
struct Activated {  ///< kProgrammed: the ECU answered with its target version after the reset
  CommandId offer;
  std::vector<EcuResult> ecus;
  std::string reason;
};
struct RolledBack {  ///< kRolledBack: the ECU answered with the version that it had before
  CommandId offer;
  std::vector<EcuResult> ecus;
  std::string reason;
};
struct InventoryRead {
  Configuration configuration;
};

using Input = std::variant<Booted, LinkUp, LinkDown, TimePassed, OfferReceived, CommandReceived,
                           AckReceived, ConsentGiven, ReadinessRead, DownloadProgressed,
                           DownloadFinished, DownloadFailed, PackageVerified, PackageRefused,
                           ZoneInstalled, Activated, RolledBack, InventoryRead>;

// --- actions: each may be asked for again after a restart, and must then do no harm ---

struct Publish {
  OutboxReport report;
  friend bool operator==(const Publish&, const Publish&) = default;
};
struct AskConsent {
  Offer offer;
  friend bool operator==(const AskConsent&, const AskConsent&) = default;
};
struct StartDownload {  ///< goes on after the bytes on disk
  Offer offer;
  friend bool operator==(const StartDownload&, const StartDownload&) = default;
};
struct StopDownload {  ///< keeps the bytes on disk
  CommandId offer;
  friend bool operator==(const StopDownload&, const StopDownload&) = default;
};
struct DropPackage {  ///< the file is of no more use
  Digest digest;
  friend bool operator==(const DropPackage&, const DropPackage&) = default;
};
struct VerifyPackage {
  Offer offer;
  friend bool operator==(const VerifyPackage&, const VerifyPackage&) = default;
};
struct InstallZone {  ///< verifies the bundle again unless it did so in this run
  Offer offer;
  ZonePlan zone;
  friend bool operator==(const InstallZone&, const InstallZone&) = default;
};
struct Activate {
  CommandId offer;
  std::vector<ZonePlan> zones;
  friend bool operator==(const Activate&, const Activate&) = default;
};
struct RollBack {
  CommandId offer;
  std::vector<ZonePlan> zones;
  friend bool operator==(const RollBack&, const RollBack&) = default;
};
struct ReadInventory {  ///< until it succeeds: it is the proof
  friend bool operator==(const ReadInventory&, const ReadInventory&) = default;
};

using Action = std::variant<Publish, AskConsent, StartDownload, StopDownload, DropPackage,
                            VerifyPackage, InstallZone, Activate, RollBack, ReadInventory>;

/// What the vehicle tells the engine. The vehicle id stays zero: the topic says who it is.
using Report = std::variant<vehicle::ReportStatus, vehicle::ReportVci, vehicle::ReportReadiness>;

}  // namespace motorcade::agent
