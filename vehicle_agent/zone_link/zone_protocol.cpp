#include "vehicle_agent/zone_link/zone_protocol.hpp"

#include <algorithm>

namespace motorcade::in_vehicle {
namespace {

constexpr std::uint8_t format = 1;
constexpr std::uint8_t kind_request = 0x01;
constexpr std::uint8_t kind_report = 0x02;

doip::Bytes bytes_of(const std::string& text) {
  return {text.begin(), text.end()};
}
std::string_view view_of(doip::ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
tl::unexpected<Error> malformed(std::string what) {
  return failure(Errc::malformed, std::move(what));
}

EcuRecord read_record(digest::CanonicalReader& in) {
  EcuRecord ecu;
  ecu.ecu_id = in.text();
  ecu.type = in.text();
  ecu.hardware_id = in.text();
  ecu.version = in.text();
  ecu.staged_version = in.text();
  ecu.address = doip::Address{in.u16()};
  ecu.active_bank = in.u8();
  ecu.boot_count = in.u32();
  const auto sha256 = in.raw(ecu.sha256.size());
  std::copy(sha256.begin(), sha256.end(), ecu.sha256.begin());
  ecu.reachable = in.boolean();
  return ecu;
}

EcuResult read_result(digest::CanonicalReader& in) {
  EcuResult ecu;
  ecu.ecu_id = in.text();
  ecu.outcome = EcuOutcome{std::min<std::uint8_t>(in.u8(), 6)};
  ecu.step = uds::FlashStep{in.u8()};
  ecu.nrc = uds::Nrc{in.u8()};
  ecu.version = in.text();
  ecu.detail = in.text();
  return ecu;
}

/// Opens a report body up to its content.
bool begin_report(digest::CanonicalReader& in) {
  return in.u8() == kind_report && in.u8() == format;
}

}  // namespace

std::string_view name(EcuOutcome outcome) {
  switch (outcome) {
    case EcuOutcome::waiting:
      return "waiting";
    case EcuOutcome::in_progress:
      return "in progress";
    case EcuOutcome::programmed:
      return "programmed";
    case EcuOutcome::skipped:
      return "skipped";
    case EcuOutcome::failed:
      return "failed";
    case EcuOutcome::activated:
      return "activated";
    case EcuOutcome::rolled_back:
      return "rolled back";
  }
  return "unknown";
}

bool ZoneReport::succeeded() const {
  if (state != JobState::finished) return false;
  return std::all_of(ecus.begin(), ecus.end(), [this](const EcuResult& ecu) {
    if (ecu.outcome == EcuOutcome::rolled_back) return job == Job::roll_back;
    return ecu.outcome == EcuOutcome::programmed || ecu.outcome == EcuOutcome::skipped ||
           ecu.outcome == EcuOutcome::activated;
  });
}

doip::Bytes report_request() {
  return {kind_request};
}
bool is_report_request(doip::ByteView body) {
  return body.size() == 1 && body[0] == kind_request;
}

doip::Bytes encode(const ZoneInventory& inventory) {
  digest::CanonicalWriter out;
  out.u8(kind_report);
  out.u8(format);
  out.text(inventory.zone_id);
  out.u16(static_cast<std::uint16_t>(inventory.ecus.size()));
  for (const auto& ecu : inventory.ecus) {
    for (const auto* text :
         {&ecu.ecu_id, &ecu.type, &ecu.hardware_id, &ecu.version, &ecu.staged_version})
      out.text(*text);
    out.u16(static_cast<std::uint16_t>(ecu.address));
    out.u8(ecu.active_bank);
    out.u32(ecu.boot_count);
    out.raw({reinterpret_cast<const char*>(ecu.sha256.data()), ecu.sha256.size()});
    out.boolean(ecu.reachable);
  }
  return bytes_of(out.bytes());
}

doip::Bytes encode(const ZoneReadiness& readiness) {
  digest::CanonicalWriter out;
  out.u8(kind_report);
  out.u8(format);
  out.text(readiness.zone_id);
  out.boolean(readiness.busy);
  out.u64(readiness.free_storage_bytes);
  out.u16(static_cast<std::uint16_t>(readiness.temperature_celsius));
  out.u16(readiness.critical_dtcs);
  out.u16(readiness.ecus_reachable);
  out.u16(readiness.ecus);
  return bytes_of(out.bytes());
}

doip::Bytes encode(const ZoneReport& report) {
  digest::CanonicalWriter out;
  out.u8(format);
  out.u8(static_cast<std::uint8_t>(report.job));
  out.u8(static_cast<std::uint8_t>(report.state));
  out.u8(report.percent);
  out.text(report.error);
  out.u16(static_cast<std::uint16_t>(report.ecus.size()));
  for (const auto& ecu : report.ecus) {
    out.text(ecu.ecu_id);
    out.u8(static_cast<std::uint8_t>(ecu.outcome));
    out.u8(static_cast<std::uint8_t>(ecu.step));
    out.u8(static_cast<std::uint8_t>(ecu.nrc));
    out.text(ecu.version);
    out.text(ecu.detail);
  }
  return bytes_of(out.bytes());
}

Result<ZoneInventory> decode_inventory(doip::ByteView body) {
  digest::CanonicalReader in(view_of(body));
  if (!begin_report(in)) return malformed("no inventory report of format 1");
  ZoneInventory inventory;
  inventory.zone_id = in.text();
  const auto count = in.u16();
  for (unsigned i = 0; i < count && in.ok(); ++i) inventory.ecus.push_back(read_record(in));
  if (!in.ok() || !in.at_end()) return malformed("inventory report of a wrong length");
  return inventory;
}

Result<ZoneReadiness> decode_readiness(doip::ByteView body) {
  digest::CanonicalReader in(view_of(body));
  if (!begin_report(in)) return malformed("no readiness report of format 1");
  ZoneReadiness readiness;
  readiness.zone_id = in.text();
  readiness.busy = in.boolean();
  readiness.free_storage_bytes = in.u64();
  readiness.temperature_celsius = static_cast<std::int16_t>(in.u16());
  readiness.critical_dtcs = in.u16();
  readiness.ecus_reachable = in.u16();
  readiness.ecus = in.u16();
  if (!in.ok() || !in.at_end()) return malformed("readiness report of a wrong length");
  return readiness;
}

Result<ZoneReport> decode_report(doip::ByteView body) {
  digest::CanonicalReader in(view_of(body));
  if (in.u8() != format) return malformed("no job report of format 1");
  ZoneReport report;
  const auto job = in.u8();
  const auto state = in.u8();
  if (job > 3 || state > 3) return malformed("job report of an unknown job or state");
  report.job = Job{job};
  report.state = JobState{state};
  report.percent = in.u8();
  report.error = in.text();
  const auto count = in.u16();
  for (unsigned i = 0; i < count && in.ok(); ++i) report.ecus.push_back(read_result(in));
  if (!in.ok() || !in.at_end()) return malformed("job report of a wrong length");
  return report;
}

}  // namespace motorcade::in_vehicle
