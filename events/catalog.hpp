// The catalog stream: firmware releases, their deprecation, approved targets, packages asked for
// and built.
#pragma once
#include <variant>

#include "events/envelope.hpp"
#include "events/vocabulary.hpp"

namespace motorcade::catalog {

/// Partition key: the ECU type (releases, targets), the package key (packages).

// --- commands ---
struct UploadRelease {
  ReleaseTarget release;
  std::string file_name, notes, by;
  friend bool operator==(const UploadRelease&, const UploadRelease&) = default;
};
struct DeprecateRelease {
  ReleaseId release;
  std::string by, reason;
  friend bool operator==(const DeprecateRelease&, const DeprecateRelease&) = default;
};
struct ApproveTarget {  ///< PUT /ecus/{ecu id}/version: the version that vehicles of this ECU
                        ///< should have
  std::string ecu;      ///< ECU_001 … of the registry
  std::string ecu_type;
  SemanticVersion version;
  std::string by;
  friend bool operator==(const ApproveTarget&, const ApproveTarget&) = default;
};
struct RequestPackage {  ///< by a shard, or by an operator (no waiter)
  PackageKey key;
  PackageContent content;
  std::optional<Partition> waiter;
  friend bool operator==(const RequestPackage&, const RequestPackage&) = default;
};
struct ReportBuilt {  ///< by the builder; no artifact: it failed
  PackageKey key;
  std::optional<Artifact> artifact;
  std::string reason;
  friend bool operator==(const ReportBuilt&, const ReportBuilt&) = default;
};
struct Undecodable {
  std::string reason;
  friend bool operator==(const Undecodable&, const Undecodable&) = default;
};
struct AdvanceTime {
  friend bool operator==(const AdvanceTime&, const AdvanceTime&) = default;
};
using Command = std::variant<UploadRelease, DeprecateRelease, ApproveTarget, RequestPackage,
                             ReportBuilt, Undecodable, AdvanceTime>;

// --- facts ---
struct ReleaseUploaded {
  ReleaseTarget release;
  std::string file_name, notes, by;
  std::uint64_t revision{};  ///< of this release: 1; grows with each change
  friend bool operator==(const ReleaseUploaded&, const ReleaseUploaded&) = default;
};
struct ReleaseDeprecated {
  ReleaseId release;
  std::string by, reason;
  std::uint64_t revision{};
  friend bool operator==(const ReleaseDeprecated&, const ReleaseDeprecated&) = default;
};
struct TargetApproved {
  std::string ecu, ecu_type;
  SemanticVersion version;
  std::string by;
  friend bool operator==(const TargetApproved&, const TargetApproved&) = default;
};
struct PackageRequested {
  PackageKey key;
  PackageContent content;
  std::uint32_t attempt = 1;
  std::optional<Partition> waiter;
  friend bool operator==(const PackageRequested&, const PackageRequested&) = default;
};
struct WaiterAdded {
  PackageKey key;
  Partition waiter;
  friend bool operator==(const WaiterAdded&, const WaiterAdded&) = default;
};
struct PackageBuilt {
  PackageKey key;
  Artifact artifact;
  friend bool operator==(const PackageBuilt&, const PackageBuilt&) = default;
};
struct PackageFailed {
  PackageKey key;
  std::string reason;
  friend bool operator==(const PackageFailed&, const PackageFailed&) = default;
};

enum class Rejection : std::uint8_t {
  kUndecodable = 1,
  kNoSuchRelease,
  kVersionExists,  ///< another release of this ECU type, hardware and version
  kIdInUse,
  kNoSuchPackage,
  kInvalid,
  kPredecessorMissing,
  kOtherIncarnation,
};
struct Refused {
  Rejection reason{};
  std::string detail;
  friend bool operator==(const Refused&, const Refused&) = default;
};
struct AlreadySatisfied {
  friend bool operator==(const AlreadySatisfied&, const AlreadySatisfied&) = default;
};
using Event = std::variant<ReleaseUploaded, ReleaseDeprecated, TargetApproved, PackageRequested,
                           WaiterAdded, PackageBuilt, PackageFailed, Refused, AlreadySatisfied>;

}  // namespace motorcade::catalog
