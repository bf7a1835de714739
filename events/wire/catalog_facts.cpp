#include "events/proto/catalog.pb.h"
#include "events/wire/codec.hpp"

namespace motorcade::wire {

#define MOTORCADE_SCHEMA_(stream, fact, number, version) \
  template <>                                            \
  struct SchemaOf<stream::fact> {                        \
    using Message = proto::stream::fact;                 \
  };
MOTORCADE_CATALOG_FACTS(MOTORCADE_SCHEMA_)
#undef MOTORCADE_SCHEMA_

static_assert(kLastOf<catalog::Rejection> == proto::catalog::Rejection_MAX);

StoredFact encode_fact(const catalog::Event& event) {
  return FactTable<catalog::Event>::encode(event);
}

Result<catalog::Event> decode_catalog_fact(std::uint16_t type, std::uint16_t schema_version,
                                           std::string_view payload, const Upcasters& upcasters) {
  return FactTable<catalog::Event>::decode(type, schema_version, payload, upcasters);
}

}  // namespace motorcade::wire
