#include "projections/runner/decode.hpp"

#include "events/wire/envelope.hpp"
#include "events/wire/facts.hpp"
#include "projections/core/fold.hpp"

namespace motorcade::projections {
namespace {

Result<Fact> decode_fact(Stream stream, const StoredFact& fact) {
  switch (stream) {
    case Stream::kVehicle: {
      TRY(auto event, wire::decode_vehicle_fact(fact.type, fact.schema_version, fact.payload));
      return event;
    }
    case Stream::kCampaign: {
      TRY(auto event, wire::decode_campaign_fact(fact.type, fact.schema_version, fact.payload));
      return event;
    }
    case Stream::kCatalog: {
      TRY(auto event, wire::decode_catalog_fact(fact.type, fact.schema_version, fact.payload));
      return event;
    }
  }
  return failure(std::errc::bad_message, "a stream that does not exist");
}

Result<RowChanges> decode(Partition partition, const ports::StoredEnvelope& stored) {
  TRY(const Envelope envelope, wire::decode_envelope(stored.bytes));
  if (envelope.partition != partition || envelope.sequence != stored.sequence) {
    return failure(std::errc::bad_message,
                   "the envelope says that it is " +
                       to_string(Position{envelope.partition, envelope.sequence}));
  }
  std::vector<Fact> facts;
  for (const StoredFact& stored_fact : envelope.facts) {
    TRY(Fact fact, decode_fact(partition.stream, stored_fact));
    facts.push_back(std::move(fact));
  }
  return fold(envelope, facts);
}

}  // namespace

Result<RowChanges> changes_of(Partition partition, const ports::StoredEnvelope& stored,
                              const ports::KeyStore& keys) {
  Result<RowChanges> changes = decode(partition, stored);
  if (!changes) {
    changes.error().context = "project " + to_string(Position{partition, stored.sequence}) + ": " +
                              changes.error().context;
    return changes;
  }
  for (RowChange& change : *changes) {
    auto* vehicle = std::get_if<AddVehicle>(&change);
    if (vehicle == nullptr || vehicle->sealed_vin.empty()) continue;
    if (auto vin = keys.open(vehicle->vehicle, "vin", vehicle->sealed_vin)) vehicle->vin = *vin;
  }
  return changes;
}

}  // namespace motorcade::projections
