#include "adapters/mqtt/edge.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <set>

#include "adapters/mqtt/errc.hpp"
#include "adapters/mqtt/tls_hook.hpp"

namespace motorcade::mqtt_edge {
namespace {

struct Properties {
  std::optional<ReportPlace> place;
  bool is_response = false;
  bool malformed = false;
  ContentType content_type = ContentType::kJson;
};

bool number(std::string_view text, std::uint64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

/// The report's place stands in user properties, so that a body which nobody can decode is still
/// refused and acknowledged.
Properties read_properties(const mqtt::properties& properties) {
  Properties read;
  ReportPlace place;
  int found = 0;
  const auto count = properties.count(mqtt::property::USER_PROPERTY);
  for (std::size_t i = 0; i < count; ++i) {
    const auto [name, value] =
        mqtt::get<mqtt::string_pair>(properties, mqtt::property::USER_PROPERTY, i);
    if (name == "kind") read.is_response = value == "response";
    bool ok = true;
    if (name == "outbox-epoch") ++found, ok = number(value, place.epoch);
    if (name == "sequence") ++found, ok = number(value, place.sequence);
    if (name == "outbox-id")
      ++found, ok = hex_into(value, place.outbox.bytes.data(), place.outbox.bytes.size());
    read.malformed |= !ok;
  }
  read.malformed |= found != 0 && found != 3;
  if (found == 3 && !read.malformed) read.place = place;
  if (properties.contains(mqtt::property::CONTENT_TYPE) &&
      mqtt::get<std::string>(properties, mqtt::property::CONTENT_TYPE) == "application/x-protobuf")
    read.content_type = ContentType::kProtobuf;
  return read;
}

}  // namespace

namespace {
/// What the edge tells itself, behind everything that the broker held for its session.
std::string marker_of(const EdgeOptions& options) {
  return "motorcade/edge/" + options.session.client_id + "/drained";
}

SessionOptions session_of(const EdgeOptions& options) {
  auto session = options.session;
  if (!options.hears) return session;
  session.filters = subscriptions(options.share);
  session.filters.push_back(marker_of(options));
  return session;
}
}  // namespace

Edge::Edge(EdgeOptions options, edge::Intake& intake, edge::TelemetryIntake* telemetry,
           ports::Metrics& metrics, edge::Journal journal, asio::any_io_executor executor)
    : options_(std::move(options)),
      intake_(intake),
      telemetry_(telemetry),
      metrics_(metrics),
      journal_(journal),
      executor_(std::move(executor)),
      room_(static_cast<std::ptrdiff_t>(options_.session.limits.waiting_reports)),
      marker_(marker_of(options_)),
      session_(
          session_of(options_), std::move(journal),
          [this](mqtt::const_message_ptr message) { receive(std::move(message)); },
          [this] { asio::co_spawn(executor_, mark(), asio::detached); }, executor_) {
  using Kind = ports::MetricFamily::Kind;
  metrics_.describe({"motorcade_mqtt_messages_total",
                     "Messages from vehicles, by what became of them.",
                     Kind::kCounter,
                     {}});
  metrics_.describe({"motorcade_mqtt_sessions_total",
                     "TLS sessions with the broker, by group and whether it is the configured one.",
                     Kind::kCounter,
                     {}});
}

Edge::~Edge() {
  stop();
}

Result<void> Edge::start() {
  TRY_VOID(enforce_on_clients(options_.tls, [this](const AgreedSession& agreed) {
    metrics_.count(
        "motorcade_mqtt_sessions_total",
        {{"group", agreed.group}, {"as_configured", agreed.as_configured ? "yes" : "no"}});
    journal_(agreed.as_configured ? edge::Severity::kInfo : edge::Severity::kError,
             agreed.as_configured
                 ? "TLS session with the broker"
                 : "a TLS session is not as the PQC configuration wants it: it ends",
             {{"version", agreed.version},
              {"group", agreed.group},
              {"peer_signature", agreed.peer_signature}});
  }));
  session_.start();
  return {};
}

void Edge::stop() {
  if (stopping_.exchange(true)) return;
  room_.release(
      1);  // a callback that waits for room goes on, and drops nothing: the broker still holds it
  session_.stop();
}

asio::awaitable<void> Edge::mark() {
  if (!options_.hears) co_return;
  journal_(edge::Severity::kInfo, "subscribed at the broker", {});
  // What the broker held for this session comes before this marker.
  Sending marker{marker_, "{}", false, 60};
  const auto sent = co_await session_.publish(std::move(marker));
  (void)sent;  // lost with the connection: the next one sends another
}

void Edge::receive(mqtt::const_message_ptr message) {
  const auto& topic = message->get_topic();
  if (topic == marker_) {
    asio::post(executor_, [this] { mark_seen(); });
    return;
  }
  const auto incoming = parse_topic(topic);
  const auto read = read_properties(message->get_properties());
  const char* fate = "taken";
  if (!incoming)
    fate = "not a vehicle";
  else if (incoming->telemetry)
    fate = "telemetry";
  else if (incoming->two_publishers && !read.is_response)
    fate = "our own";
  else if (read.malformed)
    fate = "malformed properties";
  metrics_.count("motorcade_mqtt_messages_total", {{"fate", fate}});
  if (std::string_view(fate) == "malformed properties")
    journal_(edge::Severity::kWarning,
             "a report without a usable place was dropped: outbox-epoch, outbox-id and sequence "
             "are wanted together",
             {});
  if (incoming && incoming->telemetry && telemetry_ != nullptr)
    telemetry_->take(incoming->vin, read.content_type, message->get_payload_str());
  if (std::string_view(fate) != "taken") return;
  if (!stopping_) room_.acquire();
  edge::VehicleReport report{
      std::string(incoming->vin), incoming->kind, read.place, read.content_type,
      message->get_payload_str(), incoming->alias};
  if (report.body.size() > intake_.limits().report_bytes) {
    // Dropped, it would be sent again for ever: what stands for it is refused and acknowledged.
    journal_(edge::Severity::kWarning, "a report is too large: it will be refused", {});
    report.content_type = ContentType::kJson;
    report.body = "too large";
  }
  asio::post(executor_, [this, report = std::move(report)]() mutable { take(std::move(report)); });
}

void Edge::take(edge::VehicleReport report) {
  ++under_way_;
  const auto inbox = intake_.inbox_of(report.vin);
  auto& lane = lanes_[inbox];
  lane.waiting.push_back({std::move(report), {}});
  if (std::exchange(lane.busy, true)) return;
  asio::co_spawn(executor_, append(inbox), [](std::exception_ptr failed) {
    if (failed) std::rethrow_exception(failed);  // or its vehicles would wait for ever
  });
}

/// A lane's reports, as many at once as wait.
asio::awaitable<void> Edge::append(Partition inbox) {
  auto& lane = lanes_[inbox];
  asio::steady_timer timer(executor_);
  while (!lane.waiting.empty() && !stopping_) {
    auto records = first_of(lane);
    const auto count = records.size();
    if (count > 0) {
      const auto appended = co_await intake_.send(inbox, std::move(records));
      if (!appended) tell("reports were not appended; trying again", appended.error());
      lane.failures = appended ? 0 : lane.failures + 1;
      if (appended) finish(lane, count);
    }
    if (lane.waiting.empty() || (count > 0 && lane.failures == 0)) continue;
    timer.expires_after(options_.session.limits.retry);
    co_await timer.async_wait(asio::use_awaitable);
  }
  lane.busy = false;
}

/// What the next append takes: fewer after each that failed, lest the same many fail for ever; of a
/// vehicle that does not number its reports one, since a repeat is told from the one before it
/// only. Drops what can never be appended. None: the first cannot be sealed just now.
std::vector<std::string> Edge::first_of(Lane& lane) {
  const auto& limits = options_.session.limits;
  const auto most =
      std::max<std::size_t>(1, limits.reports_per_append >> std::min(lane.failures, 32U));
  std::vector<std::string> records;
  std::set<std::string_view> unnumbered;
  std::size_t bytes = 0;
  while (records.size() < std::min(most, lane.waiting.size())) {
    auto& next = lane.waiting[records.size()];
    if (next.record.empty()) {
      auto sealed = intake_.seal(next.report);
      if (!sealed && !records.empty()) break;  // when it is the first, it is told
      if (!sealed) {
        const bool pointless = sealed.error().code == std::errc::invalid_argument ||
                               sealed.error().code == std::errc::message_size;
        tell(pointless ? "a report was dropped" : "a report was not sealed; trying again",
             sealed.error());
        if (!pointless) break;
        finish(lane, 1);
        continue;
      }
      next.record = *std::move(sealed);
      next.report.body = {};
    }
    bytes += next.record.size();
    if (!records.empty() && bytes > limits.bytes_per_append) break;
    if (!next.report.place && !unnumbered.insert(next.report.vin).second) break;
    records.push_back(next.record);
  }
  return records;
}

void Edge::finish(Lane& lane, std::size_t count) {
  const auto reports = static_cast<std::ptrdiff_t>(count);
  lane.waiting.erase(lane.waiting.begin(), lane.waiting.begin() + reports);
  room_.release(reports);
  under_way_ -= count;
  if (marker_seen_ && under_way_ == 0) drained_ = true;
}

void Edge::tell(const char* event, const Error& error) const {
  journal_(edge::Severity::kWarning, event, {{"reason", to_string(error)}});
}

void Edge::mark_seen() {
  marker_seen_ = true;
  if (under_way_ == 0) drained_ = true;
}

asio::awaitable<Result<void>> Edge::publish(ports::Notice notice) {
  auto to = topic_of(notice);
  Sending sending{std::move(to.topic), std::move(notice.body), to.retained, notice.expiry_seconds};
  co_return co_await session_.publish(std::move(sending));
}

}  // namespace motorcade::mqtt_edge
