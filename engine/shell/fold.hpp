// The fold of one event partition: the state, and what an owner must know of the partition's end.
// Live and replayed alike.
#pragma once
#include "digest/digest.hpp"
#include "engine/ports/log.hpp"
#include "engine/ports/snapshot_store.hpp"
#include "engine/shell/codec.hpp"

namespace motorcade::shell {

/// Of the log, at once, when much of it is folded.
inline constexpr std::size_t kReadBytes = 4 << 20;

enum class FoldErrc { kOutOfOrder = 1, kBrokenChain, kForeignPartition };
[[nodiscard]] inline tl::unexpected<Error> broken(const Partition& partition, Sequence at,
                                                  std::string what) {
  return failure(std::errc::bad_message,
                 to_string(Position{partition, at}) + ": " + std::move(what));
}

template <core::Machine M>
class Fold {
 public:
  explicit Fold(const core::Context& context) : context_(context), state_(M::initial(context)) {}

  /// Folds one stored envelope. Its place and the hash chain are checked; `events` are its facts,
  /// for whoever reacts.
  Result<void> apply(const ports::StoredEnvelope& stored) {
    TRY_VOID(wire::view_envelope(stored.bytes, view_));
    if (view_.partition != context_.self || view_.sequence != next_)
      return broken(
          context_.self, next_,
          "another envelope stands here: " + to_string(Position{view_.partition, view_.sequence}));
    if (view_.previous != head_)
      return broken(context_.self, next_,
                    "the chain is broken: it does not name its predecessor's hash");
    events_.clear();
    for (const auto& fact : view_.facts) {
      auto event = Codec<M>::decode(fact);
      if (!event) return broken(context_.self, next_, event.error().context);
      events_.push_back(*std::move(event));
    }
    M::take(view_.cause, state_);
    for (const auto& event : events_) M::evolve(state_, event);
    close(view_.position, view_.committed_at, hash_of(stored.bytes));
    return {};
  }

  /// The owner's way: it takes the cause and evolves facts as they are decided; this closes the
  /// envelope.
  void close(InboxPosition position, Time committed_at, const Digest& hash) {
    position_ = position;
    committed_at_ = committed_at;
    head_ = hash;
    ++next_.value;
  }

  /// From a snapshot's canonical bytes; false: they are not this code's.
  [[nodiscard]] bool restore(const ports::Snapshot& snapshot) {
    core::Context context = context_;
    digest::CanonicalReader in(snapshot.state);
    const InboxPosition position{in.u64()};
    const Time committed_at{Duration(in.i64())};
    auto state = M::read(in, context);
    if (!state || snapshot.incarnation != context_.incarnation) return false;
    state_ = *std::move(state);
    position_ = position;
    committed_at_ = committed_at;
    head_ = snapshot.chain_hash;
    next_ = {snapshot.sequence.value + 1};
    return true;
  }
  [[nodiscard]] ports::Snapshot snapshot() const {
    digest::CanonicalWriter out;
    out.u64(position_.value);
    out.i64(committed_at_.time_since_epoch().count());
    M::write(out, state_);
    return {context_.incarnation, context_.self, Sequence{next_.value - 1}, head_,
            M::kFoldVersion,      out.take()};
  }
  /// SHA-256 of the canonical bytes: the same live and replayed, on every build.
  [[nodiscard]] Digest state_hash() const {
    digest::CanonicalWriter out;
    out.u64(position_.value);
    M::write(out, state_);
    return Digest{digest::sha256(out.bytes())};
  }

  [[nodiscard]] static Digest hash_of(std::string_view bytes) {
    return Digest{digest::sha256(bytes)};
  }
  [[nodiscard]] const core::Context& context() const { return context_; }
  [[nodiscard]] const typename M::State& state() const { return state_; }
  [[nodiscard]] typename M::State& state() { return state_; }
  [[nodiscard]] const wire::EnvelopeView& view() const { return view_; }  ///< of the last apply
  [[nodiscard]] std::span<const typename M::Event> events() const { return events_; }
  [[nodiscard]] Sequence next() const { return next_; }
  [[nodiscard]] InboxPosition position() const { return position_; }
  [[nodiscard]] Time committed_at() const { return committed_at_; }
  [[nodiscard]] const Digest& head() const { return head_; }

 private:
  core::Context context_;
  typename M::State state_;
  wire::EnvelopeView view_;
  std::vector<typename M::Event> events_;
  Sequence next_;
  InboxPosition position_;
  Time committed_at_;
  Digest head_;
};

}  // namespace motorcade::shell
