#include "motorcade/limits_section.hpp"

namespace motorcade::app {
namespace {

constexpr std::uint64_t kKib = 1024, kMib = 1024 * kKib, kGib = 1024 * kMib, kTib = 1024 * kGib;
constexpr Bounds kWait{1, 3600};  // seconds that somebody waits for an answer

void read_https(Section section, https::Limits& limits) {
  section.number("header_bytes", limits.header_bytes, {kKib, kMib})
      .number("json_bytes", limits.json_bytes, {kKib, kGib})
      .number("json_depth", limits.json_depth, {4, 256})
      .number("upload_bytes", limits.upload_bytes, {kKib, kTib})
      .number("connections", limits.connections, {1, 1'000'000})
      .number("pending_writes", limits.pending_writes, {1, 1'000'000})
      .number("parallel_uploads", limits.parallel_uploads, {1, 1024})
      .number("page_items", limits.page_items, {1, 1000})
      .seconds("handshake_seconds", limits.handshake, kWait)
      .seconds("idle_seconds", limits.idle, kWait)
      .seconds("transfer_seconds", limits.transfer, kWait)
      .seconds("outcome_seconds", limits.outcome, kWait)
      .seconds("projector_seconds", limits.projector, kWait)
      .seconds("shutdown_seconds", limits.shutdown, kWait)
      .finish();
}

void read_mqtt(Section section, mqtt_edge::Limits& limits) {
  section.number("reports_per_append", limits.reports_per_append, {1, 10'000})
      .number("bytes_per_append", limits.bytes_per_append, {kKib, 16 * kMib})
      .number("waiting_reports", limits.waiting_reports, {1, mqtt_edge::kMostWaitingReports})
      .number("in_flight", limits.in_flight, {1, 65'535})
      .seconds("keep_alive_seconds", limits.keep_alive, {1, 65'535})
      .seconds("longest_pause_seconds", limits.longest_pause, kWait)
      .finish();
}

void read_log(Section section, EngineLimits& limits) {
  // The least takes the largest of what is set in read_engine, with its seal.
  section.number("record_bytes", limits.log.record_bytes, {kMib, 4 * kMib})
      .number("group_bytes", limits.log.group_bytes, {16 * kMib, 128 * kMib})
      .number("queued_bytes", limits.log.queued_bytes, {128 * kMib, 64 * kGib})
      .number("write_buffer_bytes", limits.log.write_buffer_bytes, {kMib, 4 * kGib})
      .number("wal_bytes", limits.log.wal_bytes, {kMib, 64 * kGib})
      .number("min_free_bytes", limits.log.min_free_bytes, {0, kTib})
      .finish();
}

void read_engine(Section& root, EngineLimits& limits) {
  // A report is decoded up to 256 KiB, and an operator's command must fit an envelope with its
  // seal.
  root.number("report_bytes", limits.report_bytes, {kKib, 256 * kKib})
      .number("command_bytes", limits.command_bytes, {kKib, 768 * kKib})
      .number("telemetry_bytes", limits.telemetry_bytes, {kKib, kMib})
      .seconds("link_seconds", limits.link_validity, {60, 30 * 86'400});
  root.section("owner")
      .number("records_per_append", limits.owner.records_per_append, {1, 100'000})
      .number("bytes_per_append", limits.owner.bytes_per_append, {kMib, 8 * kMib})
      .finish();
  root.section("notices")
      .seconds("repeat_first_seconds", limits.notices.repeat_first, {1, 600})
      .seconds("repeat_most_seconds", limits.notices.repeat_most, {600, 86'400})
      .number("in_flight", limits.notices.in_flight, {1, 10'000})
      .finish();
  root.section("database")
      .number("envelopes_per_batch", limits.database.envelopes_per_batch, {1, 100'000})
      .number("waiting_calls", limits.database.waiting_calls, {1, 1'000'000})
      .seconds("connect_seconds", limits.database.connect, kWait)
      .seconds("statement_seconds", limits.database.statement, kWait)
      .seconds("connection_wait_seconds", limits.database.connection_wait, kWait)
      .seconds("commands_kept_seconds", limits.database.commands_kept, {3600, 366 * 86'400})
      .finish();
}

}  // namespace

void read_limits(Section& root, Config& config) {
  auto limits = root.section("limits");
  read_https(limits.section("https"), config.https_limits);
  read_mqtt(limits.section("mqtt"), config.mqtt_limits);
  read_log(limits.section("log"), config.limits);
  read_engine(limits, config.limits);
  limits.finish();
}

}  // namespace motorcade::app
