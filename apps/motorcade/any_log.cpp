#include "motorcade/any_log.hpp"

#include "adapters/kafka/log.hpp"
#include "adapters/rocksdb/log.hpp"
#include "motorcade/options.hpp"

namespace motorcade::app {
namespace {

bool on_kafka(const Config& config) {
  return config.log.kind == "kafka";
}

/// `change`: of either adapter's options.
template <class Change>
Result<AnyLog> open(const Config& config, Change change) {
  if (on_kafka(config)) {
    auto options = kafka_options(config);
    change(options);
    TRY(auto log, kafka::Log::open(options));
    return AnyLog{std::move(log), {}};
  }
  auto options = log_options(config);
  change(options);
  TRY(auto opened, rocks::Log::open(options));
  const std::shared_ptr<rocks::Log> log = std::move(opened);
  return AnyLog{log, [log](Path target) { return log->checkpoint(std::move(target)); }};
}

}  // namespace

Result<AnyLog> open_log(const Config& config) {
  return open(config, [](auto&) {});
}

Result<AnyLog> open_log_to_move(const Config& config) {
  return open(config, [](auto& options) {
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
    auto options = kafka_options(config);
    options.make = false;
    TRY(auto log, kafka::Log::open(options));
    return std::shared_ptr<ports::EventLog>(std::move(log));
  }
  TRY(auto log, rocks::open_secondary(config.log.directory, scratch));
  return std::shared_ptr<ports::EventLog>(std::move(log));
}

}  // namespace motorcade::app
