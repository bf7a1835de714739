#include "engine/edge/replies.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unordered_map>

#include "events/wire/envelope.hpp"

namespace motorcade::edge {
namespace {
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadBytes = 1 << 20;
constexpr auto kPauseAfterError = std::chrono::milliseconds(500);
}  // namespace

struct Replies::Waiter {
  Waiter(MessageId id_, const asio::any_io_executor& executor) : id(id_), timer(executor) {}
  MessageId id;
  asio::steady_timer timer;        // touched on its executor only
  std::optional<Outcome> outcome;  // under the mutex
};

struct Replies::State {
  explicit State(ports::EventLog& log_) : log(log_) {}
  ports::EventLog& log;
  Journal journal;
  std::mutex mutex;
  bool stopped = false;
  std::unordered_multimap<MessageId, std::shared_ptr<Waiter>> waiters;
  /// Highest sequence heard, by receiving and sending partition.
  std::map<std::pair<Partition, Partition>, Sequence> heard;

  bool idle() {
    const std::lock_guard lock(mutex);
    return waiters.empty();
  }
  bool is_stopped() {
    const std::lock_guard lock(mutex);
    return stopped;
  }
  void note(const Envelope& envelope);
  void wake(const std::shared_ptr<Waiter>& waiter) {
    asio::post(waiter->timer.get_executor(), [waiter] { waiter->timer.cancel(); });
  }
};

struct Replies::Tail {
  Tail(asio::any_io_executor executor, Partition partition_, Sequence next_)
      : strand(asio::make_strand(std::move(executor))), partition(partition_), next(next_) {}
  asio::strand<asio::any_io_executor> strand;
  Partition partition;
  Sequence next;
  asio::cancellation_signal cancel;
};

void Replies::State::note(const Envelope& envelope) {
  const auto report = std::get_if<ReportCause>(&envelope.cause);
  const auto request = std::get_if<RequestCause>(&envelope.cause);
  const auto message = std::get_if<MessageCause>(&envelope.cause);
  const std::lock_guard lock(mutex);
  if (message) {
    auto& highest = heard[{envelope.partition, message->id.source}];
    highest = std::max(highest, message->id.sequence);
    for (const auto& [id, waiter] : waiters)
      if (waiter->outcome) wake(waiter);
  }
  if (!report && !request) return;
  const auto [first, last] = waiters.equal_range(report ? report->id : request->id);
  for (auto it = first; it != last; ++it) {
    auto& waiter = it->second;
    if (waiter->outcome) continue;
    waiter->outcome =
        Outcome{{envelope.partition, envelope.sequence}, envelope.committed_at, envelope.facts};
    wake(waiter);
  }
}

Replies::Replies(asio::any_io_executor executor, ports::EventLog& log, Journal journal)
    : executor_(std::move(executor)), state_(std::make_shared<State>(log)) {
  state_->journal = std::move(journal);
}

Replies::~Replies() {
  stop();
}

asio::awaitable<Result<void>> Replies::start() {
  tails_.clear();
  const auto counts = state_->log.birth().counts;
  for (const auto stream : {Stream::kVehicle, Stream::kCampaign, Stream::kCatalog})
    for (std::uint16_t number = 0; number < counts.of(stream); ++number) {
      const Partition partition{stream, number};
      CO_TRY(const auto end, co_await state_->log.end(partition));
      tails_.push_back(std::make_shared<Tail>(executor_, partition, end));
    }
  for (const auto& tail : tails_)
    asio::co_spawn(tail->strand, follow(state_, tail),
                   asio::bind_cancellation_slot(tail->cancel.slot(), asio::detached));
  co_return Result<void>{};
}

void Replies::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopped = true;
  }
  for (const auto& tail : tails_)
    asio::post(tail->strand, [tail] { tail->cancel.emit(asio::cancellation_type::terminal); });
  tails_.clear();
}

asio::awaitable<void> Replies::follow(std::shared_ptr<State> state, std::shared_ptr<Tail> tail) {
  co_await asio::this_coro::throw_if_cancelled(false);
  asio::steady_timer pause(co_await asio::this_coro::executor);
  while (!state->is_stopped()) {
    if (state->idle()) {
      // Nobody waits: skip what is there. Whoever comes while the end is looked up is waited for
      // from the old place; whoever comes later appends later.
      const auto end = co_await state->log.end(tail->partition);
      if (end && state->idle()) tail->next = std::max(tail->next, *end);
    }
    auto batch = co_await state->log.read(tail->partition, tail->next, kReadBytes);
    if (!batch) {
      if (state->journal)
        state->journal(
            Severity::kWarning, "replies cannot read the log",
            {{"partition", to_string(tail->partition)}, {"error", to_string(batch.error())}});
      pause.expires_after(kPauseAfterError);
      co_await pause.async_wait(as_result);
      continue;
    }
    for (const auto& stored : *batch) {
      tail->next = Sequence{stored.sequence.value + 1};
      if (const auto envelope = wire::decode_envelope(stored.bytes)) state->note(*envelope);
    }
    if (batch->empty()) co_await state->log.wait_for_events(tail->partition, tail->next);
  }
}

Replies::Ticket Replies::expect(MessageId id, asio::any_io_executor executor) {
  return Ticket(state_, id, std::move(executor));
}

Replies::Ticket::Ticket(std::shared_ptr<State> state, MessageId id, asio::any_io_executor executor)
    : state_(std::move(state)), waiter_(std::make_shared<Waiter>(id, executor)) {
  const std::lock_guard lock(state_->mutex);
  state_->waiters.emplace(id, waiter_);
}

Replies::Ticket::~Ticket() {
  if (!state_) return;
  const std::lock_guard lock(state_->mutex);
  const auto [first, last] = state_->waiters.equal_range(waiter_->id);
  for (auto it = first; it != last; ++it)
    if (it->second == waiter_) {
      state_->waiters.erase(it);
      return;
    }
}

asio::awaitable<std::optional<Outcome>> Replies::Ticket::outcome(Duration timeout) {
  waiter_->timer.expires_after(timeout);
  while (true) {
    {
      const std::lock_guard lock(state_->mutex);
      if (waiter_->outcome) co_return waiter_->outcome;
    }
    if (waiter_->timer.expiry() <= asio::steady_timer::clock_type::now()) co_return std::nullopt;
    co_await waiter_->timer.async_wait(as_result);
  }
}

asio::awaitable<bool> Replies::Ticket::heard_by(Stream stream, Position source, Duration timeout) {
  const auto partitions = state_->log.birth().counts.of(stream);
  const auto everywhere = [&] {
    const std::lock_guard lock(state_->mutex);
    for (std::uint16_t number = 0; number < partitions; ++number) {
      const auto found = state_->heard.find({Partition{stream, number}, source.partition});
      if (found == state_->heard.end() || found->second < source.sequence) return false;
    }
    return true;
  };
  waiter_->timer.expires_after(timeout);
  while (!everywhere()) {
    if (waiter_->timer.expiry() <= asio::steady_timer::clock_type::now()) co_return false;
    co_await waiter_->timer.async_wait(as_result);
  }
  co_return true;
}

}  // namespace motorcade::edge
