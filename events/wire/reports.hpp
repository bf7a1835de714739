// What vehicles report, in both directions: the edges pass bodies on as they came, the owner's
// shell decodes them here, the vehicle agent encodes them here. Schemas:
// events/proto/reports.proto.
//
// A decoded report is checked: versions parse, ids have their size, counts and texts are bounded,
// zones and ECUs are sorted by id and unique, so that equal vehicles give equal configurations. An
// error's context is fit for a refusal: no VIN, nothing of the body.
#pragma once
#include <string>
#include <string_view>

#include "events/result.hpp"
#include "events/vehicle.hpp"
#include "events/wire/body.hpp"

namespace motorcade::wire {

inline constexpr std::size_t kMaxZones = 64;
inline constexpr std::size_t kMaxEcus = 512;  ///< of a vehicle
inline constexpr std::size_t kMaxReportTextBytes = 256;

/// kRegister: Register. kVci: ReportVci. kStatus, kControlResponse: ReportStatus, or
/// ReportReadiness if the body has a readiness and no step. Other kinds are an error.
[[nodiscard]] Result<vehicle::Command> decode_report(RecordKind kind, ContentType content_type,
                                                     const VehicleId& vehicle,
                                                     std::string sealed_vin, std::string_view body);

/// The vehicle's side; the VIN is the topic's or the path's, never the body's.
[[nodiscard]] std::string encode_register_report(const vehicle::Register& report,
                                                 ContentType content_type = ContentType::kJson);
[[nodiscard]] std::string encode_vci_report(const vehicle::ReportVci& report,
                                            ContentType content_type = ContentType::kJson);
[[nodiscard]] std::string encode_status_report(const vehicle::ReportStatus& report,
                                               ContentType content_type = ContentType::kJson);
[[nodiscard]] std::string encode_readiness_report(const vehicle::ReportReadiness& report,
                                                  ContentType content_type = ContentType::kJson);

}  // namespace motorcade::wire
