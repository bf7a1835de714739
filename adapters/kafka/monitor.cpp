#include "adapters/kafka/monitor.hpp"

#include <boost/json.hpp>

#include "adapters/kafka/error.hpp"

namespace motorcade::kafka {
namespace {

namespace json = boost::json;
using Family = ports::MetricFamily::Kind;

constexpr int kWarningLevel = 4;
constexpr std::chrono::seconds kRepeatLine{30};
/// librdkafka says the same again after half a minute.
constexpr std::chrono::seconds kRefusalHolds{60};
constexpr std::size_t kMaxKeys = 1000;
/// In TLS 1.3 the broker looks at the client's certificate after the client is done: what it says
/// then arrives as a failure of the connection.
constexpr const char* kAlertMeans =
    "the broker does not take the client's certificate (ssl.certificate.location), or misses it: ";

/// TLS alert descriptions (RFC 8446 §6): bad_certificate to certificate_unknown, unknown_ca,
/// access_denied, certificate_required. Others speak of versions, groups or signatures.
bool is_of_a_certificate(int alert) {
  return (alert >= 42 && alert <= 46) || alert == 48 || alert == 49 || alert == 116;
}

/// As OpenSSL says it.
std::optional<int> alert_in(const std::string& why) {
  constexpr std::string_view kSays = "SSL alert number ";
  const auto at = why.find(kSays);
  if (at == std::string::npos) return std::nullopt;
  return std::atoi(why.c_str() + at + kSays.size());
}

/// Of the handshake, in OpenSSL's words. librdkafka calls it a failure of the connection when it shows at
/// the first step. A broker that goes away meanwhile refuses nobody.
bool is_of_tls(const std::string& why) {
  return why.find("SSL routines") != std::string::npos &&
         why.find("unexpected eof") == std::string::npos;
}

constexpr std::string_view kRoundTrip = "motorcade_kafka_broker_round_trip_seconds",
                           kTransmitErrors = "motorcade_kafka_transmit_errors_total",
                           kTimeouts = "motorcade_kafka_request_timeouts_total",
                           kQueuedRecords = "motorcade_kafka_queued_records",
                           kQueuedBytes = "motorcade_kafka_queued_bytes",
                           kLag = "motorcade_kafka_consumer_lag_records";

void describe_all(ports::Metrics& metrics) {
  const auto describe = [&](std::string_view name, Family kind, const char* help) {
    metrics.describe({std::string(name), help, kind, {}});
  };
  describe(kRoundTrip, Family::kGauge,
           "Mean time between a request and its answer, of the producer of inboxes.");
  describe(kTransmitErrors, Family::kCounter,
           "Requests of the producer of inboxes that could not be sent.");
  describe(kTimeouts, Family::kCounter,
           "Requests of the producer of inboxes that were not answered in time.");
  describe(kQueuedRecords, Family::kGauge,
           "Records on their way to inboxes, not acknowledged yet.");
  describe(kQueuedBytes, Family::kGauge, "Bytes of the same records.");
  describe(kLag, Family::kGauge,
           "Offsets that a broker has committed and this process has not fetched.");
}

void set_gauge(ports::Metrics& metrics, std::string_view name, ports::Metrics::Labels labels,
               double value) {
  metrics.set(name, {labels.begin(), labels.size()}, value);
}

double figure(const json::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  return found && found->is_number() ? found->to_number<double>() : 0;
}

const json::object& part(const json::object& object, std::string_view name) {
  static const json::object none;
  const auto* found = object.if_contains(name);
  return found && found->is_object() ? found->get_object() : none;
}

void set_lags(ports::Metrics& metrics, const json::object& topics) {
  for (const auto& topic : topics)
    for (const auto& partition : part(part(topics, topic.key()), "partitions")) {
      if (!partition.value().is_object()) continue;
      const auto& figures = partition.value().get_object();
      const double next = figure(figures, "next_offset"), stable = figure(figures, "ls_offset");
      if (figure(figures, "partition") < 0 || next < 0 || stable < 0) continue;
      const std::string name(topic.key()), key(partition.key());
      set_gauge(metrics, kLag, {{"topic", name}, {"partition", key}}, std::max(0.0, stable - next));
    }
}

}  // namespace

Monitor::Monitor(ports::Reporter* reporter, ports::Metrics* metrics)
    : reporter_(reporter), metrics_(metrics), callbacks_{{}, {}, this} {
  if (metrics_) describe_all(*metrics_);
}

void Monitor::heard_line(int level, const std::string& facility, const std::string& text) {
  if (!reporter_ || level > kWarningLevel) return;
  const auto now = Clock::now();
  {
    const std::lock_guard lock(mutex_);
    if (reported_.size() > kMaxKeys) reported_.clear();
    auto& last =
        reported_.try_emplace(facility + text.substr(0, text.find("]: ")), Clock::time_point::min())
            .first->second;
    if (last != Clock::time_point::min() && now - last < kRepeatLine) return;
    last = now;
  }
  reporter_->report(ports::Severity::kWarning, "the Kafka client complains",
                    {{"facility", facility}, {"text", text}});
}

void Monitor::heard_error(rd_kafka_resp_err_t code, const std::string& why) {
  const auto alert = alert_in(why);
  const auto error =
      error_of(code, std::string(alert && is_of_a_certificate(*alert) ? kAlertMeans : "") + why);
  const bool refused = alert || is_of_tls(why) || error.code == make_error_code(LogErrc::kRefused);
  if (!refused && code != RD_KAFKA_RESP_ERR__TRANSPORT) return;
  const std::lock_guard lock(mutex_);
  (refused ? refusal_ : complaint_) = Heard{error.context, Clock::now()};
}

Error Monitor::explain(Error error) const {
  if (error.code != make_error_code(LogErrc::kUnreachable)) return error;
  const std::lock_guard lock(mutex_);
  const auto oldest = Clock::now() - kRefusalHolds;
  if (refusal_ && refusal_->at > oldest)
    return {make_error_code(LogErrc::kRefused), error.context + ": " + refusal_->text};
  if (complaint_ && complaint_->at > oldest) error.context += ": " + complaint_->text;
  return error;
}

/// A client that is made anew counts from 0 again.
void Monitor::count(std::string_view name, const std::string& broker, double total) {
  const std::lock_guard lock(mutex_);
  auto& counted = counted_[std::string(name) + broker];
  const std::pair<std::string_view, std::string_view> label{"broker", broker};
  metrics_->add(name, {&label, 1}, total >= counted ? total - counted : total);
  counted = total;
}

void Monitor::heard_statistics(const std::string& text) {
  if (!metrics_) return;
  std::error_code failed;
  const auto parsed = json::parse(text, failed);
  if (failed || !parsed.is_object()) return;
  const auto& all = parsed.get_object();
  const auto* type = all.if_contains("type");
  if (!type || !type->is_string() || type->get_string() != "producer")
    return set_lags(*metrics_, part(all, "topics"));
  set_gauge(*metrics_, kQueuedRecords, {}, figure(all, "msg_cnt"));
  set_gauge(*metrics_, kQueuedBytes, {}, figure(all, "msg_size"));
  for (const auto& entry : part(all, "brokers")) {
    if (!entry.value().is_object()) continue;
    const auto& broker = entry.value().get_object();
    if (figure(broker, "nodeid") < 0) continue;  // where the first connection goes
    const auto id = std::to_string(static_cast<int>(figure(broker, "nodeid")));
    const auto& trip = part(broker, "rtt");
    if (figure(trip, "cnt") > 0)
      set_gauge(*metrics_, kRoundTrip, {{"broker", id}}, figure(trip, "avg") / 1e6);
    count(kTransmitErrors, id, figure(broker, "txerrs"));
    count(kTimeouts, id, figure(broker, "req_timeouts"));
  }
}

}  // namespace motorcade::kafka
