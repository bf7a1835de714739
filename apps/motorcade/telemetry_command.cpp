#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <iostream>

#include "adapters/files/key_store.hpp"
#include "events/wire/rfc3339.hpp"
#include "motorcade/any_log.hpp"
#include "motorcade/commands.hpp"
#include "motorcade/system_clock.hpp"

namespace motorcade::app {
namespace {

struct TelemetryQuestion {
  std::string config = "config/motorcade.yaml", vin, since;
};

/// "90s", "15m", "24h", "2d".
std::optional<Duration> duration_from(std::string_view text) {
  std::uint32_t count = 0;
  const auto* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, count);
  if (error != std::errc{} || end + 1 != last) return std::nullopt;
  switch (*end) {
    case 's':
      return std::chrono::seconds(count);
    case 'm':
      return std::chrono::minutes(count);
    case 'h':
      return std::chrono::hours(count);
    case 'd':
      return std::chrono::hours(24) * count;
    default:
      return std::nullopt;
  }
}

/// What is older than what is kept is not shown, also if it is still there.
Result<Time> beginning(const TelemetryQuestion& question, const Config& config) {
  const auto now = SystemClock().now();
  const Time oldest = now - std::chrono::days(config.log.telemetry.keep_days);
  if (question.since.empty()) return oldest;
  if (const auto ago = duration_from(question.since)) return std::max(oldest, now - *ago);
  if (const auto time = wire::time_from_rfc3339(question.since)) return std::max(oldest, *time);
  return failure(std::errc::invalid_argument,
                 "--since " + question.since + ": 2026-03-01T12:00:00Z, or 90s, 15m, 24h, 2d");
}

/// JSON on one line (its numbers and spaces may be written otherwise than they were sent); anything else in hexadecimal.
std::string body_member(const ports::TelemetryRecord& record, const std::string& body) {
  if (record.content_type == ContentType::kJson) {
    boost::json::error_code error;
    const auto value = boost::json::parse(body, error);
    if (!error) return "\"body\":" + boost::json::serialize(value);
  }
  return "\"hex\":\"" + to_hex(body) + '"';
}

Result<void> print_telemetry(const TelemetryQuestion& question, const Path& scratch) {
  TRY(const auto config, load_config(question.config));
  TRY(const auto from, beginning(question, config));
  TRY(const auto keys, files::KeyFiles::open(config.keys, files::Access::kRead));
  TRY(const auto reader, follow_telemetry(config, scratch));
  const auto vehicle = keys->id_of(question.vin);
  std::uint64_t readable = 0, erased = 0;
  TRY_VOID(reader->read(vehicle, from, [&](const ports::TelemetryRecord& record) -> Result<void> {
    TRY(const auto body, keys->open(vehicle, "telemetry", record.body));
    std::cout << "{\"received_at\":\"" << wire::to_rfc3339(record.received_at) << "\","
              << (body ? body_member(record, *body) : "\"erased\":true") << "}\n";
    ++(body ? readable : erased);
    return {};
  }));
  if (erased > 0)
    std::cerr << erased << " records were sealed under a key that has been destroyed\n";
  if (readable == 0 && !keys->vin_of(vehicle))
    std::cerr << "the vehicle " << to_hex(vehicle) << " is not known here, or was erased\n";
  return {};
}

Result<void> answer(const TelemetryQuestion& question) {
  const auto scratch = std::filesystem::temp_directory_path() /
                       ("motorcade-telemetry-" + std::to_string(::getpid()));
  auto done = print_telemetry(question, scratch);
  std::error_code ignored;
  std::filesystem::remove_all(scratch, ignored);
  return done;
}

}  // namespace

void add_log_telemetry(CLI::App& log, int& exit_code) {
  auto question = std::make_shared<TelemetryQuestion>();
  auto* command = log.add_subcommand(
      "telemetry",
      "Print what is kept of a vehicle's raw telemetry, oldest first, one JSON object a line; also "
      "while engines run. It expires after log.telemetry.keep_days.");
  command->add_option("--config", question->config, "the engine's configuration file")
      ->capture_default_str();
  command->add_option("--vin", question->vin, "the vehicle identification number")->required();
  command->add_option(
      "--since", question->since,
      "only what was received then or later: a time (RFC 3339), or so long ago: 90s, "
      "15m, 24h, 2d");
  command->callback([question, &exit_code] {
    const auto done = answer(*question);
    std::cout.flush();
    exit_code = done ? 0 : complain(done.error());
  });
}

}  // namespace motorcade::app
