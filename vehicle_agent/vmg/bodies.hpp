// Between the core's words and the bodies on MQTT.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "events/wire/json_notices.hpp"
#include "vehicle_agent/core/inputs.hpp"
#include "vehicle_agent/vmg/broker_link.hpp"

namespace motorcade::vmg {

/// JSON. Reasons are made fit for the schema: one line of printable ASCII, at most 200 bytes; and
/// for the log, which has no VIN in the clear: file names have it, so it is taken out.
[[nodiscard]] std::string encode_report(const agent::Report& report, std::string_view vin);

[[nodiscard]] agent::Offer offer_from(const wire::OfferNotice& notice);

struct Topics {
  explicit Topics(const std::string& vin);
  std::string vci, status, control, diagnostics, ack, telemetry;
  [[nodiscard]] const std::string& of(agent::Channel channel) const;
  [[nodiscard]] std::vector<std::string> subscriptions() const;
};

/// The user properties of a report: its place in the outbox, and on control its kind.
[[nodiscard]] UserProperties properties_of(const agent::OutboxReport& report);

/// What a message means to the core; nothing: not for it (an unknown kind, an answer of its own,
/// the notice board). Errors: a body that cannot be read.
[[nodiscard]] Result<std::optional<agent::Input>> input_from(const BrokerMessage& message,
                                                             const Topics& topics);

}  // namespace motorcade::vmg
