#include "vehicle_agent/vmg/bodies.hpp"

#include "events/wire/errc.hpp"
#include "events/wire/reports.hpp"

namespace motorcade::vmg {

namespace {
constexpr std::size_t kMostReasonBytes = 200;

std::string tidy(std::string reason, std::string_view vin) {
  constexpr std::string_view kInstead = "(VIN)";
  for (std::size_t at = 0; !vin.empty() && (at = reason.find(vin, at)) != reason.npos;)
    reason.replace(at, vin.size(), kInstead);
  if (reason.size() > kMostReasonBytes) reason.resize(kMostReasonBytes);
  for (char& c : reason)
    if (c < ' ' || c > '~') c = c == '\n' || c == '\t' ? ' ' : '?';
  return reason;
}

agent::Input input_of(const wire::ControlNotice& notice) {
  return std::visit(
      Match{[](const wire::OfferNotice& n) -> agent::Input {
              return agent::OfferReceived{offer_from(n)};
            },
            [](const wire::CommandNotice& n) -> agent::Input {
              return agent::CommandReceived{{n.kind, n.command, n.offer, n.expires_at}};
            }},
      notice);
}
}  // namespace

agent::Offer offer_from(const wire::OfferNotice& n) {
  return {n.command, n.campaign, n.expires_at, n.url, n.token, n.sha256, n.size_bytes};
}

std::string encode_report(const agent::Report& report, std::string_view vin) {
  return std::visit(
      Match{[vin](const vehicle::ReportStatus& status) {
              auto fit = status;
              fit.reason = tidy(std::move(fit.reason), vin);
              return wire::encode_status_report(fit);
            },
            [](const vehicle::ReportVci& vci) { return wire::encode_vci_report(vci); },
            [](const vehicle::ReportReadiness& r) { return wire::encode_readiness_report(r); }},
      report);
}

Topics::Topics(const std::string& vin)
    : vci("vehicle/" + vin + "/vci"),
      status("vehicle/" + vin + "/ota/status"),
      control("vehicle/" + vin + "/control"),
      diagnostics("vehicle/" + vin + "/diagnostics"),
      ack("vehicle/" + vin + "/ack"),
      telemetry("vehicle/" + vin + "/telemetry") {}

const std::string& Topics::of(agent::Channel channel) const {
  switch (channel) {
    case agent::Channel::kVci:
      return vci;
    case agent::Channel::kControlResponse:
      return control;
    case agent::Channel::kStatus:
      break;
  }
  return status;
}

std::vector<std::string> Topics::subscriptions() const {
  return {ack, control, diagnostics, "vehicle/broadcast/releases/+"};
}

UserProperties properties_of(const agent::OutboxReport& report) {
  UserProperties properties{{"outbox-epoch", std::to_string(report.place.epoch)},
                            {"outbox-id", to_hex(report.place.outbox)},
                            {"sequence", std::to_string(report.place.sequence)}};
  if (report.channel == agent::Channel::kControlResponse)
    properties.emplace_back("kind", "response");
  return properties;
}

Result<std::optional<agent::Input>> input_from(const BrokerMessage& message, const Topics& topics) {
  if (message.response || message.body.empty()) return std::nullopt;
  if (message.topic == topics.ack) {
    TRY(auto ack, wire::decode_ack(message.body, message.content_type));
    return agent::AckReceived{{ack.epoch, ack.outbox, ack.contiguous, ack.bitmap}};
  }
  if (message.topic != topics.control) return std::nullopt;
  auto notice = wire::decode_control(message.body, message.content_type);
  if (!notice && notice.error().code == wire::Errc::kUnknownType) return std::nullopt;
  if (!notice) return tl::unexpected(std::move(notice).error());
  return input_of(*notice);
}

}  // namespace motorcade::vmg
