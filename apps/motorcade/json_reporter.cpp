#include "motorcade/json_reporter.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

namespace motorcade::app {
namespace {

spdlog::level::level_enum level_of(ports::Severity severity) {
  switch (severity) {
    case ports::Severity::kDebug:
      return spdlog::level::debug;
    case ports::Severity::kInfo:
      return spdlog::level::info;
    case ports::Severity::kWarning:
      return spdlog::level::warn;
    case ports::Severity::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

template <class Fields>
void write(spdlog::level::level_enum level, std::string_view what, const Fields& fields) {
  if (!spdlog::should_log(level)) return;
  std::string members = ",\"what\":" + boost::json::serialize(boost::json::string(what));
  for (const auto& [name, value] : fields)
    members += ',' + boost::json::serialize(boost::json::string(std::string_view(name))) + ':' +
               boost::json::serialize(boost::json::string(std::string_view(value)));
  spdlog::log(level, "{}", members);
}

}  // namespace

JsonReporter::JsonReporter(const std::string& level) {
  auto logger = spdlog::get("motorcade");
  if (!logger) logger = spdlog::stderr_logger_mt("motorcade");
  logger->set_pattern(R"({"at":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l"%v})",
                      spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

void JsonReporter::report(ports::Severity severity, std::string_view what, Fields fields) {
  write(level_of(severity), what, fields);
}

edge::Journal JsonReporter::journal() {
  return [](edge::Severity severity, const char* event, const edge::JournalFields& fields) {
    const auto level = severity == edge::Severity::kInfo      ? spdlog::level::info
                       : severity == edge::Severity::kWarning ? spdlog::level::warn
                                                              : spdlog::level::err;
    write(level, event, fields);
  };
}

}  // namespace motorcade::app
