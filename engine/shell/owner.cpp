#include "engine/shell/owner.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include "events/wire/records.hpp"

namespace motorcade::shell {

namespace {

bool fits(const Envelope& envelope) {
  return envelope.facts.size() <= kMaxFactsPerEnvelope &&
         wire::envelope_size_bytes(envelope) <= kMaxEnvelopeBytes;
}
std::string too_large(const Envelope& envelope) {
  return "its envelope would have " + std::to_string(envelope.facts.size()) + " facts and " +
         std::to_string(wire::envelope_size_bytes(envelope)) + " bytes; at most " +
         std::to_string(kMaxFactsPerEnvelope) + " and " + std::to_string(kMaxEnvelopeBytes) +
         ": ask for less at once";
}
}  // namespace

template <core::Machine M>
Owner<M>::Owner(OwnerWorld world, Partition partition, OwnerOptions options,
                asio::any_io_executor executor)
    : world_(std::move(world)),
      options_(options),
      executor_(executor),
      context_{partition, world_.events.birth().counts, world_.events.birth().incarnation},
      fold_(context_),
      sender_(world_.inbox, context_.incarnation, options_.retry),
      signal_(executor) {}

template <core::Machine M>
asio::awaitable<void> Owner<M>::run() {
  while (!stopping_) {
    owns_ = false;
    const auto taken = co_await take_over();
    if (!taken) {
      const auto why = to_string(taken.error());
      const auto where = to_string(context_.self);
      world_.reporter.report(ports::Severity::kError,
                             "taking over a partition failed; trying again",
                             {{"partition", where}, {"error", why}});
      co_await pause();
      continue;
    }
    owns_ = true;
    owned_since_ = world_.clock.now();
    if (co_await own() == Outcome::kStayAway) co_await stay_away();
  }
  if (owns_) keep_snapshot();
  co_await drop_uncommitted();
  ended_ = true;
  answer_probes();
  writer_.reset();
}

/// An append that failed while stopping has left the fold ahead of the log.
template <core::Machine M>
asio::awaitable<void> Owner<M>::drop_uncommitted() {
  if (pending_.empty()) co_return;
  pending_.clear();
  fold_ = Fold<M>(context_);
  const auto end = co_await world_.events.end(context_.self);
  if (!end) co_return;
  const auto folded = co_await fold_to(*end, end->value);
  if (folded) co_return;
  const auto why = to_string(folded.error());
  world_.reporter.report(ports::Severity::kWarning, "the log could not be read to its end",
                         {{"error", why}});
}

template <core::Machine M>
void Owner<M>::stop() {
  asio::post(executor_, [this] {
    stopping_ = true;
    signal_.wake();
  });
}

template <core::Machine M>
asio::awaitable<std::optional<ports::OwnerState>> Owner<M>::state() {
  auto initiate = [this](auto handler) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    asio::post(executor_, [this, shared] {
      probes_.push_back([shared](std::optional<ports::OwnerState> state) {
        auto executor = asio::get_associated_executor(*shared);
        asio::post(executor, [shared, state]() mutable { std::move (*shared)(state); });
      });
      if (ended_)
        answer_probes();
      else
        signal_.wake();
    });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>,
                                          void(std::optional<ports::OwnerState>)>(
      std::move(initiate), asio::use_awaitable);
}

// --- taking over ---

template <core::Machine M>
asio::awaitable<Result<void>> Owner<M>::take_over() {
  pending_.clear();
  sender_.reset();
  writer_.reset();
  auto writer = co_await world_.events.take_over(context_.self);
  if (!writer) co_return tl::unexpected(writer.error());
  writer_ = *std::move(writer);
  CO_TRY(const auto end, co_await world_.events.end(context_.self));
  CO_TRY(const auto reacted_through, co_await last_reacted_through(end));
  const auto folded = co_await fold_to(end, reacted_through);
  if (!folded) co_return folded;
  reacted_through_ = reacted_through;
  trimmed_ = fold_.position();
  told_ = false;
  snapshot_at_ = fold_.next().value;
  co_await send_messages();  // react again, before anything new is reacted to
  co_return Result<void>{};
}

template <core::Machine M>
asio::awaitable<Result<std::uint64_t>> Owner<M>::last_reacted_through(Sequence end) {
  if (end.value == 0) co_return std::uint64_t{0};
  const Sequence last{end.value - 1};
  CO_TRY(const auto found, co_await world_.events.read(context_.self, last, 1));
  if (found.empty()) co_return broken(context_.self, last, "the last envelope cannot be read");
  CO_TRY(const auto envelope, wire::decode_envelope(found.back().bytes));
  co_return envelope.reacted_through;
}

template <core::Machine M>
asio::awaitable<Result<void>> Owner<M>::fold_to(Sequence end, std::uint64_t reacted_through) {
  fold_ = Fold<M>(context_);
  if (reacted_through > 0) {
    const Sequence last{reacted_through - 1};
    const auto snapshot = co_await world_.snapshots.newest(context_.self, M::kFoldVersion, last);
    if (snapshot && !fold_.restore(*snapshot)) fold_ = Fold<M>(context_);
  }
  const bool from_snapshot = fold_.next().value > 0;
  while (fold_.next() < end) {
    const auto batch = co_await world_.events.read(context_.self, fold_.next(), kReadBytes);
    if (!batch) co_return tl::unexpected(batch.error());
    if (batch->empty())
      co_return broken(context_.self, fold_.next(), "the log ends before its end");
    for (const auto& stored : *batch) {
      if (stored.sequence >= end) break;
      if (const auto applied = fold_.apply(stored); !applied) {
        if (!from_snapshot) co_return applied;
        world_.reporter.report(ports::Severity::kWarning,
                               "a snapshot does not fit the log; folding all of it");
        co_return co_await fold_to(end, 0);
      }
      if (stored.sequence.value < reacted_through) continue;
      queue_messages(stored.sequence, fold_.view().correlation,
                     M::react(fold_.events(), stored.sequence, fold_.state()));
    }
  }
  co_return Result<void>{};
}

// --- the main loop ---

template <core::Machine M>
asio::awaitable<typename Owner<M>::Outcome> Owner<M>::own() {
  while (!stopping_) {
    const auto outcome = co_await turn();
    if (outcome == Outcome::kTakeOver || outcome == Outcome::kStayAway) co_return outcome;
  }
  co_return Outcome::kGoOn;
}

template <core::Machine M>
asio::awaitable<typename Owner<M>::Outcome> Owner<M>::turn() {
  answer_probes();
  if (!sender_.idle()) co_await send_messages();
  if (sender_.queued() > options_.unsent_most) {
    co_await pause();
    co_return Outcome::kBehind;
  }
  const auto taken = co_await take_records();
  if (taken != Outcome::kGoOn) co_return taken;  // time passes only for who has caught up
  const auto ticked = co_await tick_if_due();
  if (ticked == Outcome::kGoOn) co_await wait_for_work();
  co_return ticked;
}

/// The log has envelopes that this owner did not write.
template <core::Machine M>
asio::awaitable<bool> Owner<M>::was_replaced() {
  const auto end = co_await world_.events.end(context_.self);
  co_return end.has_value() && *end > fold_.next();
}

/// Until the partition stands still for a whole pause, or nobody wants it from here any more.
template <core::Machine M>
asio::awaitable<void> Owner<M>::stay_away() {
  owns_ = false;
  writer_.reset();
  if (world_.clock.now() - owned_since_ > options_.fenced_most) fenced_times_ = 0;
  auto seen = co_await world_.events.end(context_.self);
  while (!stopping_) {
    const Time until = world_.clock.now() + next_pause();
    bool slept = false;
    while (!stopping_ && !slept) {
      const auto first = co_await first_of(world_.clock.sleep_until(until), signal_.wait());
      slept = first == 0;
      answer_probes();
    }
    auto end = co_await world_.events.end(context_.self);
    if (end && seen && *end == *seen) co_return;
    seen = std::move(end);
  }
}

template <core::Machine M>
Duration Owner<M>::next_pause() {
  const auto doubled = options_.fenced * (std::int64_t{1} << std::min(fenced_times_++, 20U));
  const auto whole = std::min(doubled, options_.fenced_most);
  return whole / 2 + Duration(world_.random() % std::max<std::int64_t>(whole.count() / 2, 1));
}

template <core::Machine M>
asio::awaitable<typename Owner<M>::Outcome> Owner<M>::take_records() {
  const Time asked_at = world_.clock.now();
  const auto records = co_await world_.inbox.read_inbox(context_.self, fold_.position(),
                                                        options_.records_per_append);
  if (!records) {
    const auto why = to_string(records.error());
    world_.reporter.report(ports::Severity::kError, "reading an inbox failed", {{"error", why}});
    co_await pause();
    co_return Outcome::kBehind;  // who cannot read cannot know
  }
  const bool told = std::exchange(told_, false);
  const bool gone = records->empty() ? told : records->front().position != fold_.position();
  if (gone && co_await was_replaced()) {
    const auto where = to_string(context_.self);
    world_.reporter.report(ports::Severity::kWarning, "another owner has taken over",
                           {{"partition", where}});
    co_return Outcome::kStayAway;
  }
  std::size_t bytes = 0;
  for (const auto& placed : *records) {
    decide_record(placed);
    bytes += pending_.back().bytes.size();
    if (bytes >= options_.bytes_per_append) break;
  }
  const bool all =
      records->size() < options_.records_per_append && pending_.size() == records->size();
  if (all) caught_up_at_ = asked_at;
  if (!pending_.empty())
    if (const auto done = co_await commit(); done != Outcome::kGoOn) co_return done;
  co_return all ? Outcome::kGoOn : Outcome::kBehind;
}

/// A clock that was set by more than the grace ends it, rather than draw it out.
template <core::Machine M>
bool Owner<M>::ticks_allowed() const {
  return world_.drained() ||
         std::chrono::abs(world_.clock.now() - owned_since_) > options_.drain_grace;
}

template <core::Machine M>
asio::awaitable<typename Owner<M>::Outcome> Owner<M>::tick_if_due() {
  const auto deadline = M::next_deadline(fold_.state());
  if (!deadline || !ticks_allowed()) co_return Outcome::kGoOn;
  const Time now = caught_up_at_;  // a report that came meanwhile is not beaten
  const bool work_waits = *deadline == Time::min();
  if (*deadline > now || (!work_waits && now < next_tick_)) co_return Outcome::kGoOn;
  next_tick_ = now + options_.tick;
  InboxRecord tick;
  tick.cause = TickCause{};
  tick.occurred_at = tick.recorded_at = now;
  tick.actor = "owner";
  M::take(tick.cause, fold_.state());
  M::maintain(fold_.state(), now);
  auto events = M::decide(M::advance_time(), now, fold_.state());
  if (!events || events->empty()) co_return Outcome::kGoOn;
  pack_in_parts(tick, *events);
  if (work_waits) signal_.wake();
  co_return co_await commit();
}

// --- one record, one envelope ---

template <core::Machine M>
void Owner<M>::decide_record(const ports::PlacedRecord& placed) {
  const InboxPosition after{placed.position.value + 1};
  const auto record = wire::decode_record(placed.bytes);
  if (record) return pack(*record, after, facts_for(*record));
  InboxRecord unreadable;
  unreadable.cause = RequestCause{};
  unreadable.occurred_at = unreadable.recorded_at = world_.clock.now();
  unreadable.actor = "owner";
  M::take(unreadable.cause, fold_.state());
  const core::Rejected<typename M::Rejection> why{M::Rejection::kUndecodable,
                                                  record.error().context};
  pack(unreadable, after, {M::refused(typename M::Command{}, why)});
}

template <core::Machine M>
std::vector<typename M::Event> Owner<M>::facts_for(const InboxRecord& record) {
  const auto taken = M::check(record.cause, fold_.state());
  M::take(record.cause, fold_.state());  // changes nothing if it is not fresh
  if (taken != core::Taken::kFresh) return {M::not_taken(record.cause, taken)};
  const auto command = Codec<M>::command_of(record, world_.keys);
  auto decision = M::decide(command, record.recorded_at, fold_.state());
  if (!decision) return {M::refused(command, decision.error())};
  if (decision->empty()) return {M::already_satisfied()};
  return *std::move(decision);
}

/// One record, one envelope: what does not fit one is refused.
template <core::Machine M>
void Owner<M>::pack(const InboxRecord& record, InboxPosition position,
                    std::vector<typename M::Event> events) {
  auto envelope = drafted(record, position, events);
  if (!fits(envelope)) {
    const core::Rejected<typename M::Rejection> why{M::Rejection::kInvalid, too_large(envelope)};
    world_.reporter.report(ports::Severity::kWarning, "a record was refused: it asks for too much",
                           {{"error", why.detail}});
    events = {M::refused(Codec<M>::command_of(record, world_.keys), why)};
    envelope = drafted(record, position, events);
  }
  write(std::move(envelope), events);
}

/// A tick takes as many envelopes as it needs: after each of them it could have ended.
template <core::Machine M>
void Owner<M>::pack_in_parts(const InboxRecord& tick, std::span<const typename M::Event> events) {
  while (!events.empty()) {
    auto count = events.size();
    auto envelope = drafted(tick, fold_.position(), events);
    while (!fits(envelope) && count > 1) envelope.facts.resize(count = (count + 1) / 2);
    write(std::move(envelope), events.first(count));
    events = events.subspan(count);
  }
}

/// All but what follows from the facts before: their versions.
template <core::Machine M>
Envelope Owner<M>::drafted(const InboxRecord& cause, InboxPosition position,
                           std::span<const typename M::Event> events) {
  Envelope envelope;
  envelope.partition = context_.self;
  envelope.sequence = fold_.next();
  envelope.position = position;
  envelope.reacted_through = reacted_through_;
  envelope.occurred_at = cause.occurred_at;
  envelope.recorded_at = cause.recorded_at;
  envelope.committed_at = std::max(fold_.committed_at(), world_.clock.now());
  envelope.cause = cause.cause;
  envelope.correlation = cause.correlation;
  envelope.actor = cause.actor;
  envelope.previous = fold_.head();
  envelope.facts.reserve(events.size());
  for (const auto& event : events) envelope.facts.push_back(wire::encode_fact(event));
  return envelope;
}

template <core::Machine M>
void Owner<M>::write(Envelope envelope, std::span<const typename M::Event> events) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    auto& fact = envelope.facts[i];
    M::evolve(fold_.state(), events[i]);
    fact.version = Codec<M>::version_of(fold_.state(), {fact.aggregate, fact.aggregate_id});
  }
  if (pending_.empty()) first_pending_ = fold_.next();
  Pending pending{wire::encode_envelope(envelope), {}, envelope.correlation};
  pending.messages = M::react(events, envelope.sequence, fold_.state());
  fold_.close(envelope.position, envelope.committed_at, Fold<M>::hash_of(pending.bytes));
  pending_.push_back(std::move(pending));
}

// --- the commit, and what follows it ---

template <core::Machine M>
asio::awaitable<typename Owner<M>::Outcome> Owner<M>::commit() {
  std::vector<std::string> envelopes;
  envelopes.reserve(pending_.size());
  for (auto& pending : pending_) envelopes.push_back(std::move(pending.bytes));
  for (;;) {
    const auto answer = co_await writer_->append(first_pending_, envelopes);
    if (answer.outcome == ports::Appended::kCommitted) break;
    const auto why = to_string(answer.error);
    const auto where = to_string(context_.self);
    if (answer.outcome != ports::Appended::kAborted || stopping_) {
      world_.reporter.report(ports::Severity::kWarning,
                             "an append was fenced or its outcome is unknown",
                             {{"partition", where}, {"error", why}});
      owns_ = false;
      co_return answer.outcome == ports::Appended::kFenced ? Outcome::kStayAway
                                                           : Outcome::kTakeOver;
    }
    world_.reporter.report(ports::Severity::kError,
                           "the log takes no append; nothing is lost, trying again",
                           {{"partition", where}, {"error", why}});
    co_await pause();
  }
  auto at = first_pending_;
  for (auto& pending : pending_) {
    queue_messages(at, pending.correlation, std::move(pending.messages));
    ++at.value;
  }
  if (world_.metrics != nullptr)
    world_.metrics->count("motorcade_envelopes_committed_total",
                          {{"stream", to_string(context_.self.stream)}},
                          static_cast<double>(pending_.size()));
  pending_.clear();
  co_await send_messages();
  if (fold_.next().value - snapshot_at_ >= options_.snapshot_every) keep_snapshot();
  if (fold_.position().value - trimmed_.value >= options_.trim_every) {
    trimmed_ = fold_.position();
    const auto trimmed = co_await world_.inbox.trim(context_.self, trimmed_);
    (void)trimmed;  // space, not truth: the next one trims as far
  }
  co_return Outcome::kGoOn;
}

template <core::Machine M>
void Owner<M>::queue_messages(Sequence at, MessageId correlation, std::vector<Message> messages) {
  std::uint32_t index = 0;
  for (auto& message : messages)
    sender_.queue({InternalMessageId{context_.self, at, index++}, correlation, world_.clock.now(),
                   std::move(message)});
}

/// To all inboxes that take them. The others are tried again after a while, and the partition goes
/// on; what an envelope says of `reacted_through` is what all of them have acknowledged.
template <core::Machine M>
asio::awaitable<void> Owner<M>::send_messages() {
  if (const auto sent = co_await sender_.send(world_.clock.now()); !sent) {
    const auto why = to_string(sent.error());
    world_.reporter.report(ports::Severity::kWarning, "sending messages failed; trying again",
                           {{"error", why}});
  }
  reacted_through_ = std::max(reacted_through_, sender_.reacted_through(fold_.next()).value);
}

template <core::Machine M>
asio::awaitable<void> Owner<M>::wait_for_work() {
  if (stopping_) co_return;
  const auto deadline = M::next_deadline(fold_.state());
  const Time now = world_.clock.now();
  if (deadline == Time::min() && ticks_allowed()) co_return;
  const Time until = deadline
                         ? std::max({*deadline, next_tick_, now + std::chrono::milliseconds(1)})
                         : now + std::chrono::hours(1);
  // Nobody tells when ticks become allowed: it is asked once a tick.
  Time bound = ticks_allowed() ? until : now + options_.tick;
  if (!sender_.idle()) bound = std::min(bound, sender_.due());
  const auto first = co_await first_of(
      world_.inbox.wait_for_records(context_.self, fold_.position()),
      world_.clock.sleep_until(std::max(bound, now + Duration(1000))), signal_.wait());
  told_ = first == 0;
}

template <core::Machine M>
asio::awaitable<void> Owner<M>::pause() {
  co_await first_of(world_.clock.sleep_until(world_.clock.now() + options_.retry), signal_.wait());
  answer_probes();
}

template <core::Machine M>
void Owner<M>::answer_probes() {
  if (probes_.empty()) return;
  std::optional<ports::OwnerState> state;
  if ((owns_ || ended_) && pending_.empty())
    state = ports::OwnerState{context_.self, fold_.next(), fold_.state_hash()};
  for (; !probes_.empty(); probes_.pop_front()) probes_.front()(state);
}

template <core::Machine M>
void Owner<M>::keep_snapshot() {
  if (fold_.next().value == 0 || fold_.next().value == snapshot_at_ || !sender_.idle()) return;
  snapshot_at_ = fold_.next().value;
  if (const auto kept = world_.snapshots.put(fold_.snapshot()); !kept) {
    const auto why = to_string(kept.error());
    world_.reporter.report(ports::Severity::kWarning, "a snapshot was not kept", {{"error", why}});
  }
}

template class Owner<core::shard::Shard>;
template class Owner<core::campaigns::Campaigns>;
template class Owner<core::catalogs::Catalog>;

}  // namespace motorcade::shell
