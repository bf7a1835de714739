#include "motorcade/options.hpp"

namespace motorcade::app {

rocks::Options log_options(const Config& config) {
  const auto& limits = config.limits.log;
  rocks::Options options;
  options.directory = config.log.directory;
  options.counts = config.log.partitions;
  options.compression =
      config.log.compression == "none" ? rocks::Compression::kNone : rocks::Compression::kZstd;
  options.telemetry_kept = std::chrono::days(config.log.telemetry.keep_days);
  options.write_buffer_bytes = limits.write_buffer_bytes;
  options.max_wal_bytes = limits.wal_bytes;
  options.max_group_bytes = limits.group_bytes;
  options.max_record_bytes = limits.record_bytes;
  options.max_queued_bytes = limits.queued_bytes;
  options.min_free_bytes = limits.min_free_bytes;
  return options;
}

kafka::Options kafka_options(const Config& config) {
  const auto& kafka = config.log.kafka;
  kafka::Options options;
  options.bootstrap = kafka.bootstrap;
  options.client = kafka.client;
  options.prefix = kafka.prefix;
  options.counts = config.log.partitions;
  options.replication = kafka.replication;
  options.min_insync_replicas = kafka.min_insync_replicas;
  using std::chrono::milliseconds;
  options.operation_timeout = std::chrono::duration_cast<milliseconds>(kafka.operation);
  options.transaction_timeout = std::chrono::duration_cast<milliseconds>(kafka.transaction);
  options.telemetry_kept = std::chrono::days(config.log.telemetry.keep_days);
  options.max_append_bytes = config.limits.log.group_bytes;
  options.max_record_bytes = config.limits.log.record_bytes;
  options.max_queued_bytes = config.limits.log.queued_bytes;
  return options;
}

postgres::Options postgres_options(const Config& config) {
  const auto& limits = config.limits.database;
  postgres::Options options;
  options.uri = config.postgres.uri;
  options.schema = config.postgres.schema;
  options.connections = config.postgres.connections;
  options.max_waiting = limits.waiting_calls;
  options.connect_timeout = limits.connect;
  options.statement_timeout = limits.statement;
  options.wait_timeout = limits.connection_wait;
  options.synchronous_commit = false;
  return options;
}

}  // namespace motorcade::app
