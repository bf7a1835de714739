#include "adapters/kafka/error.hpp"

#include <string>

namespace motorcade::kafka {
namespace {

class LogCategory final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "kafka"; }
  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<LogErrc>(code)) {
      case LogErrc::kUnreachable:
        return "the brokers do not answer; it goes on by itself when they do";
      case LogErrc::kRefused:
        return "the brokers refuse us; check certificates (ssl.*), password (sasl.*), access rules";
      case LogErrc::kFenced:
        return "there is a newer writer";
      case LogErrc::kTooLarge:
        return "too large for the log";
      case LogErrc::kBusy:
        return "too much is queued for the log; try again later";
      case LogErrc::kNoPartition:
        return "the log has no such partition";
      case LogErrc::kDamaged:
        return "the log is damaged; restore its topics from a backup or a mirror";
      case LogErrc::kNoLog:
        return "the brokers have no such log";
      case LogErrc::kAlreadyThere:
        return "the brokers have a log of that name; choose another prefix";
      case LogErrc::kMoved:
        return "this log is closed, because of motorcade log copy";
      case LogErrc::kOtherBirth:
        return "the log was born with other partition counts, which are fixed for its life";
      case LogErrc::kUnsafeTopic:
        return "the topic's settings would lose records; set them as the message says";
      case LogErrc::kClosed:
        return "the log is closed";
      case LogErrc::kBadRequest:
        return "what was asked for makes no sense";
      case LogErrc::kBroker:
        return "a broker answered with an error";
    }
    return "unknown error of the log";
  }
  /// For readers that must know, without knowing this log, what trying again does not mend.
  [[nodiscard]] std::error_condition default_error_condition(int code) const noexcept override {
    switch (static_cast<LogErrc>(code)) {
      case LogErrc::kDamaged:
        return std::errc::bad_message;
      case LogErrc::kNoPartition:
      case LogErrc::kBadRequest:
        return std::errc::invalid_argument;
      default:
        return {code, *this};
    }
  }
};

LogErrc code_of(rd_kafka_resp_err_t code) {
  if (passes_by_itself(code)) return LogErrc::kUnreachable;
  switch (code) {
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
      return LogErrc::kFenced;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
      return LogErrc::kTooLarge;
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
      return LogErrc::kBusy;
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      return LogErrc::kDamaged;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return LogErrc::kRefused;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
    case RD_KAFKA_RESP_ERR__FATAL:  // a producer that begins a new session soon
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
      return LogErrc::kUnreachable;
    default:
      return LogErrc::kBroker;
  }
}

}  // namespace

const std::error_category& log_category() {
  static const LogCategory category;
  return category;
}

bool passes_by_itself(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
         code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
         code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         code == RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE ||
         code == RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH ||
         code == RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH ||
         code == RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE;
}

Error error_of(rd_kafka_resp_err_t code, const std::string& tried) {
  return {make_error_code(code_of(code)),
          tried + " (" + rd_kafka_err2name(code) + ": " + rd_kafka_err2str(code) + ")"};
}

Error error_of(rd_kafka_error_t* error, const std::string& tried) {
  Error made{make_error_code(code_of(rd_kafka_error_code(error))),
             tried + " (" + rd_kafka_error_name(error) + ": " + rd_kafka_error_string(error) + ")"};
  rd_kafka_error_destroy(error);
  return made;
}

}  // namespace motorcade::kafka
