// Commands of operators and of the package builder, as Protobuf (events/proto/inbox.proto:
// CampaignCommand, CatalogCommand). They come from outside, so decoding is strict: text is
// printable UTF-8, counts and durations are bounded, ids are there. What a command may do is the
// decider's question.
#pragma once
#include <string>
#include <string_view>

#include "events/campaign.hpp"
#include "events/catalog.hpp"
#include "events/result.hpp"

namespace motorcade::wire {

inline constexpr std::size_t kMaxReleasesPerCampaign = 256;
inline constexpr std::size_t kMaxVehiclesPerFilter = 20'000;  ///< an order must fit an envelope
inline constexpr std::size_t kMaxEcusPerPackage = 512;
inline constexpr std::size_t kMaxNameBytes = 128;  ///< names of ECUs, types, hardware, principals

/// Create, Propose, Approve, Start, Pause, Resume, Abort; asserts on the others, which nobody sends
/// as commands.
[[nodiscard]] std::string encode_command(const campaign::Command& command);
/// UploadRelease, DeprecateRelease, ApproveTarget, RequestPackage, ReportBuilt; asserts on the
/// others.
[[nodiscard]] std::string encode_command(const catalog::Command& command);
/// The context of the error is fit for a refusal: it names the field, never its value.
[[nodiscard]] Result<campaign::Command> decode_campaign_command(std::string_view bytes);
[[nodiscard]] Result<catalog::Command> decode_catalog_command(std::string_view bytes);

}  // namespace motorcade::wire
