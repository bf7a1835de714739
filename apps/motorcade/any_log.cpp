#include "motorcade/any_log.hpp"

#include "adapters/kafka/log.hpp"
#include "adapters/rocksdb/log.hpp"
#include "motorcade/options.hpp"

namespace motorcade::app {
namespace {

bool on_kafka(const Config& config) {
  return config.log.kind == "kafka";
}

}  // namespace

Result<AnyLog> open_log(const Config& config) {
  if (on_kafka(config)) {
    TRY(auto opened, kafka::Log::open(kafka_options(config)));
    const std::shared_ptr<kafka::Log> log = std::move(opened);
    return AnyLog{log, log, {}};
  }
  TRY(auto opened, rocks::Log::open(log_options(config)));
  const std::shared_ptr<rocks::Log> log = std::move(opened);
  return AnyLog{log, log, [log](Path target) { return log->checkpoint(std::move(target)); }};
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
