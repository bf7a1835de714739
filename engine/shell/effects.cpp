#include "engine/shell/effects.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "events/wire/json_notices.hpp"

namespace motorcade::shell {

namespace {
constexpr std::string_view kConsumer = "effects";
}

Effects::Effects(EffectsWorld world, Partition partition, EffectsOptions options,
                 asio::any_io_executor executor)
    : world_(world),
      partition_(partition),
      options_(options),
      executor_(executor),
      follower_(world.events, partition),
      signal_(executor) {}

void Effects::stop() {
  asio::post(executor_, [this] {
    stopping_ = true;
    signal_.wake();
  });
}

asio::awaitable<void> Effects::run() {
  while (!stopping_) {
    follower_ = Follower<Shard>(world_.events, partition_);
    unanswered_.clear();
    due_.clear();
    const auto followed = co_await follow();
    if (followed || stopping_) break;
    const auto why = to_string(followed.error());
    const auto where = to_string(partition_);
    world_.reporter.report(ports::Severity::kError, "effects stopped; trying again",
                           {{"partition", where}, {"error", why}});
    co_await first_of(world_.clock.sleep_until(world_.clock.now() + options_.retry),
                      signal_.wait());
  }
}

asio::awaitable<Result<void>> Effects::follow() {
  const auto checkpoint = world_.checkpoints.load(kConsumer, partition_);
  const auto caught_up = co_await follower_.catch_up(world_.snapshots, checkpoint);
  if (!caught_up) co_return caught_up;
  watch_again();
  auto show = [this](const Fold<Shard>& fold) { see(fold); };
  while (!stopping_) {
    CO_TRY(const bool more, co_await follower_.step(Sequence{~0ULL}, show));
    repeat_unanswered();
    co_await deliver_all();
    if (stopping_) break;
    if (more) {
      const auto kept = world_.checkpoints.store(kConsumer, partition_, follower_.fold().next());
      if (!kept) co_return kept;
    } else {
      co_await wait_for_work();
    }
  }
  co_return Result<void>{};
}

void Effects::see(const Fold<Shard>& fold) {
  if (const auto* report = std::get_if<ReportCause>(&fold.view().cause);
      report != nullptr && !alias_of(report->place))
    if (const auto* vehicle = fold.state().find(report->vehicle); vehicle != nullptr)
      acknowledge(report->vehicle, vehicle->outbox);
  for (const auto& event : fold.events()) see_fact(fold, event);
}

void Effects::see_fact(const Fold<Shard>& fold, const vehicle::Event& event) {
  if (const auto* e = std::get_if<vehicle::Offered>(&event)) {
    const auto* vehicle = fold.state().find(e->vehicle);
    if (vehicle == nullptr || !vehicle->assignment || vehicle->assignment->command != e->command)
      return;  // ended within the same envelope
    offer(e->vehicle, *vehicle->assignment);
    watch(e->vehicle, e->command, options_.repeat_first);
  }
  if (const auto* e = std::get_if<vehicle::CommandIssued>(&event)) {
    command(*e);
    watch(e->vehicle, e->offer, options_.repeat_first);
  }
}

void Effects::acknowledge(const VehicleId& vehicle, const core::OutboxCursor& cursor) {
  const auto vin = world_.keys.vin_of(vehicle);
  if (!vin) return;  // erased
  acks_[vehicle] = {ports::Channel::kAck, *vin,
                    wire::encode_ack(wire::AckNotice{cursor.epoch, cursor.outbox, cursor.contiguous,
                                                     cursor.bitmap}),
                    0};
}

void Effects::offer(const VehicleId& vehicle, const core::Assignment& a) {
  const auto vin = world_.keys.vin_of(vehicle);
  const Time now = world_.clock.now();
  if (!vin || a.expires_at <= now) return;
  const auto link = world_.packages.link(a.artifact, now);
  wire::OfferNotice notice{a.command,  a.campaign,        a.expires_at,         link.url,
                           link.token, a.artifact.digest, a.artifact.size_bytes};
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(a.expires_at - now).count();
  for (const auto channel : {ports::Channel::kControl, ports::Channel::kAliasIssueDetails})
    notices_.push_back(
        {channel, *vin, wire::encode_control(notice), static_cast<std::uint32_t>(seconds)});
}

void Effects::command(const vehicle::CommandIssued& issued) {
  const auto vin = world_.keys.vin_of(issued.vehicle);
  const Time now = world_.clock.now();
  if (!vin || issued.expires_at <= now) return;
  wire::CommandNotice notice{issued.kind, issued.command, issued.offer, issued.expires_at};
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(issued.expires_at - now).count();
  notices_.push_back({ports::Channel::kControl, *vin, wire::encode_control(notice),
                      static_cast<std::uint32_t>(seconds)});
}

/// What was open before this process came, one after the other: there may be 100,000.
void Effects::watch_again() {
  auto first = options_.repeat_first;
  for (const auto& [id, vehicle] : follower_.fold().state().vehicles)
    if (vehicle.assignment) watch(id, vehicle.assignment->command, first += options_.spread);
}

void Effects::watch(const VehicleId& vehicle, const CommandId& command, Duration first) {
  auto& repeat = unanswered_[vehicle];
  due_.erase({repeat.due, vehicle});
  repeat = {command, world_.clock.now() + first, options_.repeat_first};
  due_.emplace(repeat.due, vehicle);
}

void Effects::repeat_unanswered() {
  const Time now = world_.clock.now();
  for (std::size_t n = 0; n < options_.repeats && !due_.empty(); ++n) {
    const auto [due, id] = *due_.begin();
    if (due > now) return;
    due_.erase(due_.begin());
    auto& repeat = unanswered_.at(id);
    if (!say_again(id, repeat.command, now)) {
      unanswered_.erase(id);
      continue;
    }
    repeat.interval = std::min(repeat.interval * 2, options_.repeat_most);
    repeat.due = now + repeat.interval;
    due_.emplace(repeat.due, id);
  }
}

/// False: there is nothing to wait for any more.
bool Effects::say_again(const VehicleId& id, const CommandId& command_id, Time now) {
  const auto* v = follower_.fold().state().find(id);
  if (v == nullptr || !v->assignment || v->assignment->command != command_id) return false;
  const auto& a = *v->assignment;
  const bool offer_open = a.step == core::Step::kOffered && a.expires_at > now;
  const bool command_open = a.open_command && a.open_expires_at > now;
  if (offer_open) offer(id, a);
  if (command_open)
    command({id, *a.open_command, a.command, a.open_kind, a.open_expires_at, Time{}});
  return offer_open || command_open;
}

asio::awaitable<void> Effects::deliver_all() {
  std::vector<ports::Notice> acks;
  for (auto& [vehicle, ack] : acks_) acks.push_back(std::move(ack));
  acks_.clear();
  co_await deliver(std::move(acks));
  std::vector<ports::Notice> notices;
  notices.swap(notices_);
  co_await deliver(std::move(notices));
}

/// Some of them at once; completes when the broker has each, or refuses it.
asio::awaitable<void> Effects::deliver(std::vector<ports::Notice> notices) {
  std::size_t next = 0, busy = std::min(options_.in_flight, notices.size());
  if (busy == 0) co_return;
  Signal done(executor_);
  for (std::size_t lane = busy; lane > 0; --lane) {
    auto work = [this, &notices, &next, &busy, &done]() -> asio::awaitable<void> {
      while (next < notices.size() && !stopping_) co_await deliver_one(notices[next++]);
      if (--busy == 0) done.wake();
    };
    asio::co_spawn(executor_, std::move(work), asio::detached);
  }
  while (busy > 0) co_await done.wait();
}

asio::awaitable<void> Effects::deliver_one(const ports::Notice& notice) {
  for (std::uint32_t refusals = 0; !stopping_;) {
    auto copy = notice;
    const auto sent = co_await world_.link.publish(std::move(copy));
    if (sent) {
      broker_away_ = false;
      co_return;
    }
    const auto why = to_string(sent.error());
    const bool refused = sent.error().code == std::errc::operation_not_permitted;
    if (refused && ++refusals == options_.refusals) {
      world_.reporter.report(ports::Severity::kError,
                             "the broker refuses a notice; leaving it, the others go on",
                             {{"error", why}});
      co_return;
    }
    if (!std::exchange(broker_away_, true))  // once, whatever waits
      world_.reporter.report(ports::Severity::kWarning,
                             "a notice was not taken by the broker; trying again until it is",
                             {{"error", why}});
    co_await world_.clock.sleep_until(world_.clock.now() + options_.retry);
  }
}

asio::awaitable<void> Effects::wait_for_work() {
  const Time now = world_.clock.now();
  Time due = now + std::chrono::hours(1);
  if (!due_.empty()) due = std::min(due, due_.begin()->first);
  due = std::max(due, now + Duration(1000));
  co_await first_of(world_.events.wait_for_events(partition_, follower_.fold().next()),
                    world_.clock.sleep_until(due), signal_.wait());
}

}  // namespace motorcade::shell
