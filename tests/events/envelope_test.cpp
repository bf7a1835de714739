// The envelope's bytes: what goes in comes out; anything else is an error, never a crash.
#include "events/wire/envelope.hpp"

#include <gtest/gtest.h>

#include "events/examples.hpp"
#include "events/wire/errc.hpp"
#include "events/wire/facts.hpp"

namespace motorcade::wire {
namespace {

using examples::id;

const InternalMessageId kMessage{{Stream::kCampaign, 1}, {0xfedcba9876543210}, 7};
const std::vector<Cause> kCauses{
    TickCause{}, RequestCause{id<MessageId>(1)},
    ReportCause{id<MessageId>(2), id<VehicleId>(3), {4, id<OutboxId>(5), 6}},
    MessageCause{id<Incarnation>(7), kMessage, std::nullopt},
    MessageCause{id<Incarnation>(7), kMessage, InternalMessageId{{Stream::kCatalog, 2}, {8}, 9}}};

Envelope example(const Cause& cause) {
  Envelope envelope{{Stream::kVehicle, 258},
                    {0x0102030405060708},
                    {11},
                    12,
                    examples::time(-60),
                    examples::time(1),
                    examples::time(2),
                    cause,
                    id<MessageId>(13),
                    "operator:alice",
                    id<Digest>(14),
                    {}};
  for (const auto& event : {vehicle::Event(examples::example(examples::Of<vehicle::Offered>{})),
                            vehicle::Event(examples::example(examples::Of<vehicle::Refused>{}))})
    envelope.facts.push_back(encode_fact(event));
  envelope.facts.front().version.value = 3;
  return envelope;
}

TEST(Envelope, SurvivesItsEncodingWithEveryCause) {
  for (const auto& cause : kCauses) {
    const auto envelope = example(cause);
    const auto bytes = encode_envelope(envelope);
    EXPECT_EQ(bytes.size(), envelope_size_bytes(envelope));
    const auto decoded = decode_envelope(bytes);
    ASSERT_TRUE(decoded) << to_string(decoded.error());
    EXPECT_EQ(*decoded, envelope);
    const auto alone = decode_cause(encode_cause(cause));
    ASSERT_TRUE(alone);
    EXPECT_EQ(*alone, cause);
  }
}

TEST(Envelope, AViewShowsTheSameAndRemembersNothing) {
  EnvelopeView view;
  for (const auto& cause : kCauses) {
    const auto envelope = example(cause);
    const auto bytes = encode_envelope(envelope);
    ASSERT_TRUE(view_envelope(bytes, view));
    EXPECT_EQ(view.sequence, envelope.sequence);
    EXPECT_EQ(view.actor, envelope.actor);
    ASSERT_EQ(view.facts.size(), envelope.facts.size());
    EXPECT_EQ(view.facts[1].payload, envelope.facts[1].payload);
    EXPECT_GE(view.facts[1].payload.data(), bytes.data());  // still in the envelope's bytes
    EXPECT_LE(view.facts[1].payload.data(), bytes.data() + bytes.size());
  }
  EXPECT_FALSE(view_envelope("", view));
  EXPECT_TRUE(view.facts.empty());
}

TEST(Envelope, HasExactlyOneEncoding) {  // what decodes, encodes to the same bytes: bit by bit
  for (const auto& cause : kCauses) {
    const auto bytes = encode_envelope(example(cause));
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      auto flipped = bytes;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
      const auto decoded = decode_envelope(flipped);
      if (decoded) {
        EXPECT_EQ(encode_envelope(*decoded), flipped);
      }
    }
  }
}

TEST(Envelope, EveryTruncationIsAnError) {
  for (const auto& cause : kCauses) {
    const auto bytes = encode_envelope(example(cause));
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      const std::string cut(bytes, 0, length);  // a block of its own, so that ASan sees its end
      EXPECT_FALSE(decode_envelope(cut)) << length;
      EXPECT_FALSE(
          decode_cause(encode_cause(cause).substr(0, length % encode_cause(cause).size())));
    }
  }
}

TEST(Envelope, WhatFollowsIsAnError) {
  const auto refused = decode_envelope(encode_envelope(example(TickCause{})) + "x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kMalformed);
  EXPECT_NE(refused.error().context.find("vehicle/258@72623859790382856 is followed by 1 bytes"),
            std::string::npos)
      << refused.error().context;
  EXPECT_FALSE(decode_cause(encode_cause(TickCause{}) + "x"));
}

TEST(Envelope, AnotherFormatSaysSo) {
  auto bytes = encode_envelope(example(TickCause{}));
  bytes[3] = 2;
  const auto refused = decode_envelope(bytes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kNewerSchema);
  bytes[0] = 'X';
  EXPECT_EQ(decode_envelope(bytes).error().code, Errc::kMalformed);
}

TEST(Envelope, IsBounded) {
  auto envelope = example(TickCause{});
  StoredFact fact{AggregateType::kVehicle, "id", {1}, 118, 1, ""};
  envelope.facts.assign(kMaxFactsPerEnvelope, fact);
  EXPECT_EQ(decode_envelope(encode_envelope(envelope))->facts.size(), kMaxFactsPerEnvelope);

  auto too_many = encode_envelope(envelope);
  const auto count_at = envelope_size_bytes(envelope) - kMaxFactsPerEnvelope * (18 + 2) - 2;
  too_many[count_at + 1] = static_cast<char>(too_many[count_at + 1] + 1);  // 1,001, and one more
  too_many += too_many.substr(too_many.size() - 20);
  EXPECT_EQ(decode_envelope(too_many).error().code, Errc::kMalformed);

  fact.payload.assign(kMaxEnvelopeBytes - 1000, 'x');
  envelope.facts.assign(1, fact);
  const auto large = encode_envelope(envelope);
  EXPECT_TRUE(decode_envelope(large));
  EXPECT_EQ(decode_envelope(large + std::string(1000, 'x')).error().code, Errc::kTooLarge);
}

TEST(EnvelopeDeath, TheOwnersMistakesStopIt) {
  auto envelope = example(TickCause{});
  envelope.facts.clear();
  EXPECT_DEATH(encode_envelope(envelope), "facts");
  envelope.facts.assign(kMaxFactsPerEnvelope + 1, {});
  EXPECT_DEATH(encode_envelope(envelope), "kMaxFactsPerEnvelope");
  envelope.facts.assign(1, {});
  envelope.facts[0].payload.assign(kMaxEnvelopeBytes, 'x');
  EXPECT_DEATH(encode_envelope(envelope), "kMaxEnvelopeBytes");
}

}  // namespace
}  // namespace motorcade::wire
