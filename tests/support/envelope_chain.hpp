// Sound envelopes of one partition, one after the other, of every kind of cause.
#pragma once
#include "digest/digest.hpp"
#include "events/wire/envelope.hpp"

namespace motorcade::testing_support {

class EnvelopeChain {
 public:
  explicit EnvelopeChain(Partition partition) { envelope_.partition = partition; }
  [[nodiscard]] Sequence next() const { return envelope_.sequence; }

  /// The envelope that make() makes next; may be altered before.
  Envelope& draft() { return envelope_; }

  std::string make() {
    const auto n = envelope_.sequence.value;
    envelope_.cause = cause(n);
    envelope_.actor = n % 3 == 0 ? "vehicle" : "operator:älice";
    envelope_.facts.assign(1 + n % 4, fact(n));
    auto bytes = wire::encode_envelope(envelope_);
    envelope_.previous = Digest{digest::sha256(bytes)};
    envelope_.sequence.value = n + 1;
    envelope_.position.value += n % 2;
    envelope_.reacted_through = n;
    envelope_.committed_at += Duration(n % 5);
    return bytes;
  }

 private:
  [[nodiscard]] Cause cause(std::uint64_t n) const {
    const InternalMessageId message{{Stream::kCampaign, 1}, {n}, 2};
    switch (n % 5) {
      case 0:
        return TickCause{};
      case 1:
        return RequestCause{{{1, 2, 3}}};
      case 2:
        return ReportCause{{{4}}, {{5}}, {7, {{6}}, n}};
      case 3:
        return MessageCause{{{8}}, message, std::nullopt};
      default:
        return MessageCause{{{8}}, message, InternalMessageId{{Stream::kCampaign, 1}, {n - 1}, 0}};
    }
  }
  [[nodiscard]] static StoredFact fact(std::uint64_t n) {
    return {AggregateType::kVehicle, std::string(16, 'v'), {n + 1}, 117, 1,
            std::string(n % 40, 'p')};
  }

  Envelope envelope_;
};

}  // namespace motorcade::testing_support
