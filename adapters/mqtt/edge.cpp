#include "adapters/mqtt/edge.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>

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
  arrived_.push_back(std::move(report));
  if (sealing_) return;
  sealing_ = true;
  asio::co_spawn(executor_, seal(), asio::detached);
}

/// What arrived goes, one after the other, to the lanes of their inboxes.
asio::awaitable<void> Edge::seal() {
  asio::steady_timer timer(executor_);
  while (!arrived_.empty() && !stopping_) {
    if (seal_next()) continue;
    timer.expires_after(options_.session.limits.retry);
    co_await timer.async_wait(asio::use_awaitable);
  }
  sealing_ = false;
}

bool Edge::seal_next() {
  auto sealed = intake_.seal(arrived_.front());
  if (sealed) {
    auto& lane = lanes_[sealed->partition];
    lane.waiting.push_back(std::move(sealed->record));
    if (!std::exchange(lane.busy, true))
      asio::co_spawn(executor_, append(sealed->partition), asio::detached);
  } else {
    const bool pointless = sealed.error().code == std::errc::invalid_argument ||
                           sealed.error().code == std::errc::message_size;
    journal_(edge::Severity::kWarning,
             pointless ? "a report was dropped" : "a report was not sealed; trying again",
             {{"reason", to_string(sealed.error())}});
    if (!pointless) return false;
    done(1);
  }
  arrived_.pop_front();
  return true;
}

/// A lane's reports, as many at once as wait.
asio::awaitable<void> Edge::append(Partition partition) {
  auto& lane = lanes_[partition];
  asio::steady_timer timer(executor_);
  while (!lane.waiting.empty() && !stopping_) {
    auto reports = first_of(lane.waiting);
    const auto count = reports.size();
    const auto appended = co_await intake_.send(partition, std::move(reports));
    if (appended) {
      lane.waiting.erase(lane.waiting.begin(),
                         lane.waiting.begin() + static_cast<std::ptrdiff_t>(count));
      done(count);
    } else {
      tell_not_appended(count, appended.error());
      timer.expires_after(options_.session.limits.retry);
      co_await timer.async_wait(asio::use_awaitable);
    }
  }
  lane.busy = false;
}

std::vector<std::string> Edge::first_of(const std::deque<std::string>& waiting) const {
  const auto& limits = options_.session.limits;
  std::vector<std::string> first;
  std::size_t bytes = 0;
  for (const auto& report : waiting) {
    bytes += report.size();
    if (first.size() == limits.reports_per_append) break;
    if (!first.empty() && bytes > limits.bytes_per_append) break;
    first.push_back(report);
  }
  return first;
}

void Edge::tell_not_appended(std::size_t reports, const Error& error) const {
  journal_(edge::Severity::kWarning, "reports were not appended; trying again",
           {{"reports", std::to_string(reports)}, {"reason", to_string(error)}});
}

void Edge::done(std::size_t reports) {
  room_.release(static_cast<std::ptrdiff_t>(reports));
  under_way_ -= reports;
  if (marker_seen_ && under_way_ == 0) drained_ = true;
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
