#include "motorcade/any_log.hpp"

#include "adapters/kafka/error.hpp"
#include "adapters/kafka/log.hpp"
#include "adapters/kafka/membership.hpp"
#include "adapters/kafka/monitor.hpp"
#include "adapters/kafka/snapshots.hpp"
#include "adapters/kafka/telemetry.hpp"
#include "adapters/rocksdb/error.hpp"
#include "adapters/rocksdb/log.hpp"
#include "adapters/rocksdb/telemetry.hpp"
#include "motorcade/options.hpp"
#include "motorcade/sole_member.hpp"

namespace motorcade::app {
namespace {

bool on_kafka(const Config& config) {
  return config.log.kind == "kafka";
}

Result<std::unique_ptr<ports::Membership>> join_group(const kafka::Options& options,
                                                      const kafka::Log& log, Duration session,
                                                      Role role) {
  kafka::GroupOptions group;
  group.role = to_string(role);
  group.kind = role == Role::kOwner ? kafka::Kind::kInbox : kafka::Kind::kEvents;
  group.streams = streams_of(role);
  group.session = std::chrono::duration_cast<std::chrono::milliseconds>(session);
  if (role == Role::kOwner)
    group.taken = [&log](Partition partition) { return log.taken(partition); };
  return kafka::Membership::open(options, std::move(group));
}

Result<std::unique_ptr<ports::SnapshotStore>> open_snapshots(const kafka::Options& options,
                                                             const kafka::Log& log) {
  return kafka::Snapshots::open(options, log.birth());
}

/// One that has moved can still be read.
kafka::Options reading_options(const Config& config) {
  auto options = kafka_options(config);
  options.make = false;
  options.moving = true;
  return options;
}

std::unique_ptr<ports::Membership> be_alone(const PartitionCounts& counts, Role role) {
  std::vector<Partition> all;
  for (const auto stream : streams_of(role))
    for (std::uint16_t number = 0; number < counts.of(stream); ++number)
      all.push_back({stream, number});
  return std::make_unique<SoleMember>(std::move(all));
}

/// `change`: of either adapter's options.
template <class Change>
Result<AnyLog> open(const Config& config, Change change) {
  if (on_kafka(config)) {
    auto options = kafka_options(config);
    change(options);
    TRY(auto opened, kafka::Log::open(options));
    const std::shared_ptr<kafka::Log> log = std::move(opened);
    auto membership = [log, options, session = config.log.kafka.session](Role role) {
      return join_group(options, *log, session, role);
    };
    auto snapshots = [log, options] { return open_snapshots(options, *log); };
    auto telemetry = [log, options]() -> Result<std::shared_ptr<ports::Telemetry>> {
      TRY(auto place, kafka::Telemetry::open(options, log->birth().counts.vehicle));
      return place;
    };
    return AnyLog{
        log, false, {}, std::move(snapshots), std::move(membership), std::move(telemetry)};
  }
  auto options = log_options(config);
  change(options);
  TRY(auto opened, rocks::Log::open(options));
  const std::shared_ptr<rocks::Log> log = std::move(opened);
  auto checkpoint = [log](Path target) { return log->checkpoint(std::move(target)); };
  auto membership = [log](Role role) { return be_alone(log->birth().counts, role); };
  auto telemetry = [log]() -> Result<std::shared_ptr<ports::Telemetry>> { return log; };
  return AnyLog{log, true, std::move(checkpoint), {}, std::move(membership), std::move(telemetry)};
}

}  // namespace

Result<AnyLog> open_log(const Config& config, ports::Reporter& reporter, ports::Metrics& metrics) {
  return open(config, [&](auto& options) {
    if constexpr (std::is_same_v<decltype(options), kafka::Options&>)
      options.monitor = std::make_shared<kafka::Monitor>(&reporter, &metrics);
  });
}

Result<void> check_place_for_log(const Config& config) {
  const auto there = open_log_to_move(config);
  if (there)
    return failure(std::errc::file_exists,
                   "a log is where the copy should be; choose another directory or prefix");
  const auto& why = there.error();
  if (why.code == kafka::LogErrc::kNoLog || why.code == rocks::LogErrc::kNoLog) return {};
  return tl::unexpected(why);
}

Result<AnyLog> open_log_to_move(const Config& config) {
  return open(config, [](auto& options) {
    options.make = false;
    options.moving = true;
    options.counts.reset();
  });
}

Result<AnyLog> make_log(const Config& config, ports::Heritage heritage) {
  return open(config, [&](auto& options) {
    options.moving = true;
    options.counts.reset();
    options.heritage = std::move(heritage);
  });
}

Result<std::shared_ptr<ports::EventLog>> follow_log(const Config& config, const Path& scratch) {
  if (on_kafka(config)) {
    TRY(auto log, kafka::Log::open(reading_options(config)));
    return std::shared_ptr<ports::EventLog>(std::move(log));
  }
  TRY(auto log, rocks::open_secondary(config.log.directory, scratch));
  return std::shared_ptr<ports::EventLog>(std::move(log));
}

Result<std::unique_ptr<ports::TelemetryReader>> follow_telemetry(const Config& config,
                                                                 const Path& scratch) {
  if (!on_kafka(config)) return rocks::open_telemetry(config.log.directory, scratch);
  const auto options = reading_options(config);
  TRY(const auto log, kafka::Log::open(options));
  return kafka::read_telemetry(options, log->birth().counts.vehicle);
}

}  // namespace motorcade::app
