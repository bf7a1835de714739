// replay.evolve: how fast a stored partition of vehicle events is decoded and folded, on one core,
// without hashing. The events are what a real campaign leaves: the shard itself decides them.
// Baseline: CRC32C over the same bytes.
#include <chrono>

#include "adapters/rocksdb/crc32c.hpp"
#include "bench/bench.hpp"
#include "engine/shell/codec.hpp"

namespace motorcade::bench {
namespace {

using core::shard::Shard;
constexpr std::uint64_t kVehicles = 4000;
constexpr int kProgressSteps = 20;

VehicleId vehicle_id(std::uint64_t n) {
  return *id_from_bytes<VehicleId>(std::string_view(
      reinterpret_cast<const char*>(digest::sha256(std::to_string(n)).data()), 16));
}

Configuration configuration(std::uint32_t patch) {
  Configuration c;
  for (const auto* gateway : {"ZG_BODY", "ZG_CHASSIS", "ZG_POWERTRAIN"}) {
    Zone zone{gateway, "ZG1", {}};
    for (int n = 0; n < 4; ++n)
      zone.ecus.push_back({"ECU_00" + std::to_string(n), gateway, "TC375", {1, 0, patch}});
    c.zones.push_back(std::move(zone));
  }
  return c;
}

/// The envelopes of one shard's campaign, as an owner packs them: one for each report.
class History {
 public:
  History() : state_(Shard::initial(context_)) {}

  std::vector<std::string> take() {
    for (std::uint64_t n = 0; n < kVehicles; ++n) report(n, vci(n, 1, 0));
    run_campaign();
    for (std::uint64_t n = 0; n < kVehicles; ++n) update(n);
    return std::move(envelopes_);
  }
  [[nodiscard]] const core::Context& context() const { return context_; }

 private:
  static vehicle::Command vci(std::uint64_t n, std::uint64_t boots, std::uint32_t patch) {
    return vehicle::ReportVci{vehicle_id(n), "Motorcade One",     2026, "VMG-1", {},
                              boots,         configuration(patch)};
  }
  void report(std::uint64_t n, const vehicle::Command& command) {
    append(ReportCause{{}, vehicle_id(n), {1, OutboxId{{1}}, ++sequences_[n]}}, command);
  }
  void append(const Cause& cause, const vehicle::Command& command) {
    auto events = Shard::decide(command, now_, state_);
    if (!events || events->empty()) return;
    Envelope envelope;
    envelope.partition = context_.self;
    envelope.sequence = {envelopes_.size()};
    envelope.committed_at = envelope.recorded_at = envelope.occurred_at = now_;
    envelope.cause = cause;
    envelope.actor = "vehicle";
    Shard::take(cause, state_);
    for (const auto& event : *events) {
      Shard::evolve(state_, event);
      envelope.facts.push_back(wire::encode_fact(event));
    }
    envelopes_.push_back(wire::encode_envelope(envelope));
    now_ += std::chrono::milliseconds(1);
  }
  void run_campaign() {
    Order order;
    order.phase = OrderPhase::kSurvey;
    order.generation = {1};
    order.content = {{{}, "ZG_BODY", {}, {1, 0, 1}, {}, 1 << 20}};
    order.policy = {std::chrono::hours(24 * 365), std::chrono::hours(24 * 365),
                    std::chrono::hours(24 * 365), std::chrono::hours(24 * 365),
                    std::chrono::hours(24 * 365), 0};
    append(TickCause{}, vehicle::TakeOrder{order});
    append(TickCause{}, vehicle::AdvanceTime{});
    order.phase = OrderPhase::kRun;
    order.generation = {2};
    order.allowance = ~0ULL;
    order.waves = {{state_.campaigns.begin()->second.members.back().at, 1}};
    append(TickCause{}, vehicle::TakeOrder{order});
    append(TickCause{}, vehicle::AdvanceTime{});
    append(TickCause{},
           vehicle::NotePackage{state_.packages.begin()->first, Artifact{{}, 1 << 20}, {}});
    for (std::uint64_t n = 0; n < kVehicles; n += 200) append(TickCause{}, vehicle::AdvanceTime{});
  }
  void update(std::uint64_t n) {
    using enum vehicle::ReportedStep;
    const auto* v = state_.find(vehicle_id(n));
    if (v == nullptr || !v->assignment) return;
    vehicle::ReportStatus status{vehicle_id(n), v->assignment->command, kAccepted, {}, 0, 0, 1, {}};
    const auto say = [&](vehicle::ReportedStep step) {
      status.step = step;
      report(n, status);
    };
    say(kAccepted);
    status.bytes_total = 1 << 20;
    for (int step = 1; step <= kProgressSteps; ++step) {
      status.bytes_done = status.bytes_total * static_cast<std::uint64_t>(step) / kProgressSteps;
      say(kDownloading);
    }
    for (const auto step : {kDownloaded, kPackageVerified, kInstalling, kActivating}) say(step);
    status.boot_count = 2;
    say(kInstalled);
    report(n, vci(n, 2, 1));
  }

  core::Context context_{{Stream::kVehicle, 0}, {}, {}};
  core::shard::State state_;
  std::vector<std::string> envelopes_;
  std::map<std::uint64_t, std::uint64_t> sequences_;
  Time now_{std::chrono::hours(24 * 365 * 50)};
};

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Folds all envelopes into a fresh state; answers how many facts that were.
std::uint64_t fold(const std::vector<std::string>& envelopes, const core::Context& context) {
  auto state = Shard::initial(context);
  wire::EnvelopeView view;
  std::uint64_t facts = 0;
  for (const auto& bytes : envelopes) {
    MOTORCADE_ASSERT(wire::view_envelope(bytes, view).has_value());
    Shard::take(view.cause, state);
    for (const auto& fact : view.facts) {
      const auto event = shell::Codec<Shard>::decode(fact);
      MOTORCADE_ASSERT(event.has_value());
      Shard::evolve(state, *event);
      ++facts;
    }
  }
  return facts;
}

Measurement replay_evolve() {
  History history;
  const auto envelopes = history.take();
  double folding = 1e9, checking = 1e9;
  std::uint64_t facts = 0;
  std::uint32_t sum = 0;
  for (int round = 0; round < 20; ++round) {  // the best, each beside its baseline: others run too
    auto begin = std::chrono::steady_clock::now();
    facts = fold(envelopes, history.context());
    folding = std::min(folding, seconds_since(begin));
    begin = std::chrono::steady_clock::now();
    for (const auto& bytes : envelopes) sum ^= rocks::crc32c(bytes);
    checking = std::min(checking, seconds_since(begin));
  }
  MOTORCADE_ASSERT(facts > kVehicles * kProgressSteps && sum != 1);
  const auto events = static_cast<double>(facts);
  return {events / folding, "events/s", "crc32c_of_the_same_bytes", events / checking};
}

const Registered replay_registered("replay.evolve", &replay_evolve);

}  // namespace
}  // namespace motorcade::bench
