// What can go wrong with the log on Kafka, and how librdkafka's words for it map to ours.
#pragma once
#include <librdkafka/rdkafka.h>

#include <system_error>

#include "events/result.hpp"

namespace motorcade::kafka {

enum class LogErrc {
  kUnreachable = 1,  ///< no answer from the brokers in time: try again
  kRefused,          ///< the brokers do not let us: certificates, passwords, access rules
  kFenced,           ///< a newer writer took over, or the sequence is not the next
  kTooLarge,         ///< an envelope, record or append beyond the limit
  kBusy,             ///< too much is queued: try again later
  kNoPartition,      ///< there is no such partition
  kDamaged,          ///< what is stored is not a log of ours, or no longer whole
  kNoLog,            ///< there is none of that name
  kAlreadyThere,     ///< a log of that name, where a new one is wanted
  kMoved,            ///< the log is on its way elsewhere, or was moved
  kOtherBirth,       ///< the log was born with other partition counts
  kUnsafeTopic,      ///< a topic's settings would let the truth expire
  kClosed,           ///< the log is closed
  kBadRequest,       ///< the caller's mistake, or a setting that librdkafka does not take
  kBroker,           ///< anything else that a broker answered
};
const std::error_category& log_category();
inline std::error_code make_error_code(LogErrc code) {
  return {static_cast<int>(code), log_category()};
}
[[nodiscard]] inline tl::unexpected<Error> log_failure(LogErrc code, std::string context) {
  return failure(make_error_code(code), std::move(context));
}

/// A partition is new, or its leader changes: asked again, it answers.
[[nodiscard]] bool passes_by_itself(rd_kafka_resp_err_t code);
[[nodiscard]] Error error_of(rd_kafka_resp_err_t code, const std::string& tried);
/// Takes the error over.
[[nodiscard]] Error error_of(rd_kafka_error_t* error, const std::string& tried);

}  // namespace motorcade::kafka

template <>
struct std::is_error_code_enum<motorcade::kafka::LogErrc> : std::true_type {};
