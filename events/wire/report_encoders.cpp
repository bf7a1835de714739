#include "events/proto/reports.pb.h"
#include "events/proto/vehicle.pb.h"
#include "events/wire/fields.hpp"
#include "events/wire/reports.hpp"

namespace motorcade::wire {

static_assert(static_cast<int>(proto::StatusReport::Step_MAX) ==
              static_cast<int>(proto::vehicle::ReportedStep_MAX));
static_assert(static_cast<int>(proto::StatusReport::EcuResult::Outcome_MAX) ==
              static_cast<int>(proto::vehicle::EcuOutcome_MAX));

std::string encode_register_report(const vehicle::Register& report, ContentType content_type) {
  proto::RegisterReport message;
  message.set_model(report.model);
  message.set_year(report.year);
  message.set_vmg_id(report.vmg_id);
  return print_body(content_type, message);
}

std::string encode_vci_report(const vehicle::ReportVci& report, ContentType content_type) {
  proto::VciReport message;
  message.set_model(report.model);
  message.set_year(report.year);
  message.set_vmg_id(report.vmg_id);
  message.set_boot_count(report.boot_count);
  for (const auto& zone : report.configuration.zones) {
    auto& to = *message.add_zones();
    to.set_gateway(zone.gateway);
    to.set_model(zone.model);
    for (const auto& ecu : zone.ecus) {
      auto& ecu_to = *to.add_ecus();
      ecu_to.set_id(ecu.id);
      ecu_to.set_type(ecu.type);
      ecu_to.set_hardware(ecu.hardware);
      ecu_to.set_version(to_string(ecu.version));
    }
  }
  return print_body(content_type, message);
}

std::string encode_status_report(const vehicle::ReportStatus& report, ContentType content_type) {
  proto::StatusReport message;
  message.set_command_id(to_hex(report.command));
  message.set_step(static_cast<proto::StatusReport::Step>(report.step));
  message.set_reason(report.reason);
  message.set_bytes_done(report.bytes_done);
  message.set_bytes_total(report.bytes_total);
  message.set_boot_count(report.boot_count);
  ToProto out;
  put(out, report.ecus, *message.mutable_ecus());
  return print_body(content_type, message);
}

std::string encode_readiness_report(const vehicle::ReportReadiness& report,
                                    ContentType content_type) {
  proto::StatusReport message;
  ToProto out;
  put(out, report.readiness, *message.mutable_readiness());
  return print_body(content_type, message);
}

}  // namespace motorcade::wire
