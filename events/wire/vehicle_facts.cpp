#include "events/proto/vehicle.pb.h"
#include "events/wire/codec.hpp"

namespace motorcade::wire {

#define MOTORCADE_SCHEMA_(stream, fact, number, version) \
  template <>                                            \
  struct SchemaOf<stream::fact> {                        \
    using Message = proto::stream::fact;                 \
  };
MOTORCADE_VEHICLE_FACTS(MOTORCADE_SCHEMA_)
#undef MOTORCADE_SCHEMA_

static_assert(kLastOf<Stream> == proto::Stream_MAX);
static_assert(kLastOf<OrderPhase> == proto::OrderPhase_MAX);
static_assert(kLastOf<vehicle::ReportedStep> == proto::vehicle::ReportedStep_MAX);
static_assert(kLastOf<vehicle::EcuOutcome> == proto::vehicle::EcuOutcome_MAX);
static_assert(kLastOf<vehicle::EndReason> == proto::vehicle::EndReason_MAX);
static_assert(kLastOf<vehicle::CommandKind> == proto::vehicle::CommandKind_MAX);
static_assert(kLastOf<vehicle::Rejection> == proto::vehicle::Rejection_MAX);

StoredFact encode_fact(const vehicle::Event& event) {
  return FactTable<vehicle::Event>::encode(event);
}

Result<vehicle::Event> decode_vehicle_fact(std::uint16_t type, std::uint16_t schema_version,
                                           std::string_view payload, const Upcasters& upcasters) {
  return FactTable<vehicle::Event>::decode(type, schema_version, payload, upcasters);
}

}  // namespace motorcade::wire
