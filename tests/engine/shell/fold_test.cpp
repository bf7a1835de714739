// The fold of stored envelopes: bytes of any schema version, in their place, in their chain.
#include "engine/shell/fold.hpp"

#include <gtest/gtest.h>

namespace motorcade::shell {
namespace {

using core::shard::Shard;
constexpr Partition kSelf{Stream::kVehicle, 0};
const core::Context kContext{kSelf, {1, 1, 1}, {}};
const vehicle::Event kScanned = vehicle::MembersScanned{CampaignId{{1}}, 0, 5, {}};

Envelope envelope_of(StoredFact fact, const Fold<Shard>& fold) {
  Envelope envelope;
  envelope.partition = kSelf;
  envelope.sequence = fold.next();
  envelope.previous = fold.head();
  envelope.facts = {std::move(fact)};
  return envelope;
}

TEST(Fold, TheChainCoversStoredBytesOfAnySchemaVersion) {
  Fold<Shard> fold(kContext);
  auto old = wire::encode_fact(kScanned);
  old.schema_version = 1;      // nobody waited in those days
  old.payload += "\x7a\x01x";  // and a field that this program does not know
  const auto bytes = wire::encode_envelope(envelope_of(old, fold));
  ASSERT_TRUE(fold.apply({fold.next(), bytes}));
  EXPECT_EQ(fold.state().campaigns.begin()->second.scan_from, 5U);
  EXPECT_EQ(fold.head(), Digest{digest::sha256(bytes)});
  const auto next = wire::encode_envelope(envelope_of(wire::encode_fact(kScanned), fold));
  EXPECT_TRUE(fold.apply({fold.next(), next}));
}

TEST(Fold, AnEnvelopeOutOfItsPlaceOrChainIsRefused) {
  Fold<Shard> fold(kContext);
  const auto first = envelope_of(wire::encode_fact(kScanned), fold);
  ASSERT_TRUE(fold.apply({fold.next(), wire::encode_envelope(first)}));
  EXPECT_FALSE(fold.apply({fold.next(), wire::encode_envelope(first)}));  // the same once more
  auto other = envelope_of(wire::encode_fact(kScanned), fold);
  other.previous = Digest{{1}};
  EXPECT_FALSE(fold.apply({fold.next(), wire::encode_envelope(other)}));
  other.previous = fold.head();
  other.partition.number = 1;
  EXPECT_FALSE(fold.apply({fold.next(), wire::encode_envelope(other)}));
  EXPECT_EQ(fold.next(), Sequence{1});
}

}  // namespace
}  // namespace motorcade::shell
