// Facts as they stand in envelopes: encode, decode, name their aggregate. Decoding reuses parse
// objects per thread and writes straight into our structs.
#pragma once
#include "events/campaign.hpp"
#include "events/catalog.hpp"
#include "events/result.hpp"
#include "events/vehicle.hpp"
#include "events/wire/envelope.hpp"
#include "events/wire/fact_types.hpp"
#include "events/wire/upcast.hpp"

namespace motorcade::wire {

/// What a fact is about.
struct Aggregate {
  AggregateType type{};
  std::string id;  ///< raw bytes; empty for the partition itself
  friend auto operator<=>(const Aggregate&, const Aggregate&) = default;
};
[[nodiscard]] Aggregate aggregate_of(const vehicle::Event& event);
[[nodiscard]] Aggregate aggregate_of(const campaign::Event& event);
[[nodiscard]] Aggregate aggregate_of(const catalog::Event& event);

/// All but `version`, which the owner counts.
[[nodiscard]] StoredFact encode_fact(const vehicle::Event& event);
[[nodiscard]] StoredFact encode_fact(const campaign::Event& event);
[[nodiscard]] StoredFact encode_fact(const catalog::Event& event);

/// kUnknownType, kNewerSchema, kMalformed (not this message) or kInvalid (names the field).
[[nodiscard]] Result<vehicle::Event> decode_vehicle_fact(
    std::uint16_t type, std::uint16_t schema_version, std::string_view payload,
    const Upcasters& upcasters = Upcasters::standard());
[[nodiscard]] Result<campaign::Event> decode_campaign_fact(
    std::uint16_t type, std::uint16_t schema_version, std::string_view payload,
    const Upcasters& upcasters = Upcasters::standard());
[[nodiscard]] Result<catalog::Event> decode_catalog_fact(
    std::uint16_t type, std::uint16_t schema_version, std::string_view payload,
    const Upcasters& upcasters = Upcasters::standard());

/// One line for people, as Protobuf's text format, ids as hex: `step: REPORTED_STEP_FAILED reason:
/// "…"`. For `motorcade log cat`; not for programs.
[[nodiscard]] Result<std::string> fact_as_text(std::uint16_t type, std::uint16_t schema_version,
                                               std::string_view payload);

}  // namespace motorcade::wire
