#include "engine/edge/telemetry_intake.hpp"

#include <mutex>

namespace motorcade::edge {
namespace {
constexpr auto kBetweenWarnings = std::chrono::minutes(1);
constexpr auto kRecords = "motorcade_telemetry_records_total";
}  // namespace

/// What became of the records.
class TelemetryIntake::Account {
 public:
  Account(ports::Metrics& metrics, Journal journal)
      : metrics_(metrics), journal_(std::move(journal)) {
    metrics_.describe({kRecords,
                       "Telemetry of vehicles, by what became of it.",
                       ports::MetricFamily::Kind::kCounter,
                       {}});
  }
  void count(const char* fate) { metrics_.count(kRecords, {{"fate", fate}}); }
  void lost(const Error& why, Time now) {
    count("lost");
    std::uint64_t number = 0;
    {
      const std::lock_guard lock(mutex_);
      ++lost_;
      if (now < next_warning_) return;
      next_warning_ = now + kBetweenWarnings;
      std::swap(number, lost_);
    }
    journal_(Severity::kWarning, "telemetry was lost",
             {{"records", std::to_string(number)}, {"reason", to_string(why)}});
  }

 private:
  ports::Metrics& metrics_;
  Journal journal_;
  std::mutex mutex_;
  std::uint64_t lost_ = 0;  ///< since the last warning
  Time next_warning_ = Time::min();
};

TelemetryIntake::TelemetryIntake(ports::Telemetry& telemetry, ports::KeyStore& keys,
                                 const ports::Clock& clock, ports::Metrics& metrics,
                                 Journal journal, TelemetryLimits limits)
    : telemetry_(telemetry),
      keys_(keys),
      clock_(clock),
      limits_(limits),
      account_(std::make_shared<Account>(metrics, std::move(journal))) {}

void TelemetryIntake::take(std::string_view vin, ContentType content_type, std::string_view body) {
  if (body.size() > limits_.telemetry_bytes) return account_->count("too large");
  const auto now = std::chrono::floor<std::chrono::milliseconds>(clock_.now());
  ports::TelemetryRecord record{keys_.id_of(vin), now, content_type, {}};
  if (!keys_.vin_of(record.vehicle)) return account_->count("unknown vehicle");
  auto sealed = keys_.seal(record.vehicle, "telemetry", body);
  if (!sealed) return account_->lost(sealed.error(), now);
  record.body = *std::move(sealed);
  telemetry_.record(std::move(record), [account = account_, now](const Result<void>& recorded) {
    if (recorded)
      account->count("recorded");
    else
      account->lost(recorded.error(), now);
  });
}

}  // namespace motorcade::edge
