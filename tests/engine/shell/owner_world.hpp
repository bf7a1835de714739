// Owners on a log in memory, on one thread and in virtual time: an engine of one partition per
// stream that can be ended at any moment and started again.
#pragma once
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <set>

#include "adapters/memory/log.hpp"
#include "engine/shell/owner.hpp"
#include "engine/shell/replay.hpp"

namespace motorcade::shell {

inline constexpr Partition kVehicles{Stream::kVehicle, 0}, kCampaigns{Stream::kCampaign, 0},
    kCatalog{Stream::kCatalog, 0};

/// Stands still until a test moves it.
class StillClock final : public ports::Clock {
 public:
  Time time = Time(Duration(1'700'000'000'000'000));
  [[nodiscard]] Time now() const override { return time; }
  /// A millisecond or less passes at once (pauses between tries); more waits for move().
  asio::awaitable<void> sleep_until(Time when) override;
  void move(Duration by);

 private:
  std::set<std::shared_ptr<asio::steady_timer>> sleepers_;
};

/// Bodies in the clear, until the keys are destroyed.
class OpenKeys final : public ports::KeyStore {
 public:
  explicit OpenKeys(const bool& destroyed) : destroyed_(destroyed) {}
  [[nodiscard]] VehicleId id_of(std::string_view) const override { return {}; }
  Result<VehicleId> identify(std::string_view) override { return VehicleId{}; }
  [[nodiscard]] std::optional<std::string> vin_of(const VehicleId& vehicle) const override {
    return destroyed_ ? std::nullopt : std::optional(to_hex(vehicle));
  }
  Result<std::string> seal(const VehicleId&, std::string_view, std::string_view plain) override {
    return std::string(plain);
  }
  Result<std::optional<std::string>> open(const VehicleId&, std::string_view,
                                          std::string_view sealed) const override {
    return destroyed_ ? std::nullopt : std::optional(std::string(sealed));
  }
  Result<void> destroy(const VehicleId&) override { return {}; }

 private:
  const bool& destroyed_;
};

/// All snapshots ever put, and what was asked for.
class KeptSnapshots final : public ports::SnapshotStore {
 public:
  struct Asked {
    Partition partition;
    std::uint64_t at;
    std::optional<std::uint64_t> found;
  };
  std::map<std::pair<Partition, std::uint64_t>, ports::Snapshot> kept;
  std::vector<Asked> asked;

  Result<void> put(const ports::Snapshot& snapshot) override {
    kept[{snapshot.partition, snapshot.sequence.value}] = snapshot;
    return {};
  }
  asio::awaitable<std::optional<ports::Snapshot>> newest(Partition partition, std::uint32_t,
                                                         Sequence at) override;
};

class QuietReporter final : public ports::Reporter {
 public:
  std::vector<std::string> said;
  void report(ports::Severity, std::string_view what, Fields) override { said.emplace_back(what); }
};

/// A fact in a log, as text that compares.
struct LoggedFact {
  Sequence sequence;
  std::uint16_t type{};
  std::string text;
};

/// What outlives a process, and the process.
class OwnerTest {
 public:
  std::shared_ptr<memory::Store> store =
      std::make_shared<memory::Store>(ports::LogBirth{{{7}}, {1, 1, 1}});
  StillClock clock;
  KeptSnapshots snapshots;
  QuietReporter reporter;
  memory::Faults faults;
  bool drained = true;  ///< it is known that the edges have
  bool key_destroyed = false;
  bool inbox_fails = false;  ///< reading the vehicles' inbox
  OwnerOptions options = {.retry = Duration{},
                          .fenced = std::chrono::microseconds(2),
                          .fenced_most = std::chrono::microseconds(2)};

  OwnerTest();
  ~OwnerTest();
  void start();
  void kill();   ///< at once: what is under way is lost
  void dying();  ///< from within a fault: run() kills and starts again
  void stop();   ///< in order
  void ask_to_stop();
  /// Until nothing moves (or nothing but failures, after many steps).
  void run(std::size_t most_steps = 200'000);
  void send(Partition to, std::vector<std::string> records);
  void send(Partition to, const InboxRecord& record);
  void move_time(Duration by) {
    clock.move(by);
    run();
  }

  [[nodiscard]] ports::OwnerState live(Partition partition);
  [[nodiscard]] ports::OwnerState replayed(Partition partition);
  [[nodiscard]] std::vector<Envelope> envelopes(Partition partition);
  [[nodiscard]] std::vector<LoggedFact> facts(Partition partition);
  /// Envelopes that ticks made.
  [[nodiscard]] std::ptrdiff_t ticks(Partition partition) {
    const auto all = envelopes(partition);
    return std::count_if(all.begin(), all.end(), [](const Envelope& envelope) {
      return std::holds_alternative<TickCause>(envelope.cause);
    });
  }
  /// All facts of one type, in order.
  template <class Fact>
  [[nodiscard]] std::vector<Fact> all(Partition partition) {
    std::vector<Fact> found;
    for (const auto& envelope : envelopes(partition))
      for (const auto& fact : envelope.facts)
        if (fact.type == wire::kFactNumber<Fact>) found.push_back(decoded<Fact>(fact));
    return found;
  }
  /// An envelope of the past, written before anything runs.
  void put_envelope(Partition partition, std::span<const campaign::Event> events);
  std::size_t deaths = 0;

 private:
  template <class Fact>
  static Fact decoded(const StoredFact& fact) {
    if constexpr (std::is_constructible_v<vehicle::Event, Fact>)
      return std::get<Fact>(
          wire::decode_vehicle_fact(fact.type, fact.schema_version, fact.payload).value());
    else
      return std::get<Fact>(
          wire::decode_campaign_fact(fact.type, fact.schema_version, fact.payload).value());
  }
  struct Process;
  Digest head_;
  std::unique_ptr<Process> process_;
  bool dying_ = false;
};

}  // namespace motorcade::shell
