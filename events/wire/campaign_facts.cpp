#include "events/proto/campaign.pb.h"
#include "events/wire/codec.hpp"

namespace motorcade::wire {

#define MOTORCADE_SCHEMA_(stream, fact, number, version) \
  template <>                                            \
  struct SchemaOf<stream::fact> {                        \
    using Message = proto::stream::fact;                 \
  };
MOTORCADE_CAMPAIGN_FACTS(MOTORCADE_SCHEMA_)
#undef MOTORCADE_SCHEMA_

static_assert(kLastOf<campaign::Resumption> == proto::campaign::Resumption_MAX);
static_assert(kLastOf<campaign::HoldReason> == proto::campaign::HoldReason_MAX);
static_assert(kLastOf<campaign::Rejection> == proto::campaign::Rejection_MAX);

StoredFact encode_fact(const campaign::Event& event) {
  return FactTable<campaign::Event>::encode(event);
}

Result<campaign::Event> decode_campaign_fact(std::uint16_t type, std::uint16_t schema_version,
                                             std::string_view payload, const Upcasters& upcasters) {
  return FactTable<campaign::Event>::decode(type, schema_version, payload, upcasters);
}

}  // namespace motorcade::wire
