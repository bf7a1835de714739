// 14 and 19 DTCs, 22 and 2E data by identifier, 31 routines.
#include "vehicle_agent/uds/server.hpp"

namespace motorcade::uds {
namespace {

constexpr std::uint8_t status_mask = 0x2F;  // the status bits that this vehicle keeps

std::uint16_t u16_at(ByteView bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

void append_dtc(Bytes& out, const Dtc& dtc) {
  out.push_back(static_cast<std::uint8_t>(dtc.code >> 16));
  out.push_back(static_cast<std::uint8_t>(dtc.code >> 8));
  out.push_back(static_cast<std::uint8_t>(dtc.code));
  out.push_back(dtc.status);
}

}  // namespace

Outcome UdsServer::read_data(ByteView request) {
  if (request.size() % 2 == 0 || request.size() > 1 + 2 * settings_.max_identifiers)
    return refused(Nrc::incorrect_length);
  Bytes data;
  for (std::size_t at = 1; at < request.size(); at += 2) {
    const auto value = ports_.data.read_identifier(u16_at(request, at));
    if (!value) continue;  // §11.2: out of range only when none of them is known
    data.push_back(request[at]);
    data.push_back(request[at + 1]);
    data.insert(data.end(), value->begin(), value->end());
  }
  if (data.empty()) return refused(Nrc::request_out_of_range);
  if (data.size() + 1 > settings_.max_response_bytes) return refused(Nrc::response_too_long);
  return {Nrc::none, std::move(data), {}};
}

Outcome UdsServer::write_data(ByteView request) {
  const auto nrc = ports_.data.write_identifier(u16_at(request, 1), request.subspan(3));
  if (nrc != Nrc::none) return refused(nrc);
  return {Nrc::none, {request[1], request[2]}, {}};
}

Outcome UdsServer::clear_dtcs(ByteView request) {
  if (request.size() != 4) return refused(Nrc::incorrect_length);
  const auto group = std::uint32_t{request[1]} << 16 | u16_at(request, 2);
  if (!ports_.dtcs.clear_dtcs(group)) return refused(Nrc::request_out_of_range);
  return {};
}

Outcome UdsServer::read_dtcs(ByteView request) {
  const auto report = static_cast<std::uint8_t>(request[1] & 0x7F);
  if (report != 0x01 && report != 0x02 && report != 0x0A)
    return refused(Nrc::subfunction_not_supported);
  if (request.size() != (report == 0x0A ? 2u : 3u)) return refused(Nrc::incorrect_length);
  Bytes data{report, status_mask};
  std::uint16_t count = 0;
  for (const auto& dtc : ports_.dtcs.list_dtcs()) {
    const bool asked = report == 0x0A || (dtc.status & request[2] & status_mask) != 0;
    if (!asked) continue;
    ++count;
    if (report != 0x01) append_dtc(data, dtc);
  }
  if (report == 0x01) {
    data.push_back(0x01);  // DTC format: ISO 14229-1
    data.push_back(static_cast<std::uint8_t>(count >> 8));
    data.push_back(static_cast<std::uint8_t>(count));
  }
  if (data.size() + 1 > settings_.max_response_bytes) return refused(Nrc::response_too_long);
  return {Nrc::none, std::move(data), {}};
}

Outcome UdsServer::routine_control(ByteView request) {
  const auto control = static_cast<std::uint8_t>(request[1] & 0x7F);
  if (control < 0x01 || control > 0x03) return refused(Nrc::subfunction_not_supported);
  const auto id = u16_at(request, 2);
  const auto access = ports_.routines.routine_access(RoutineControl{control}, id);
  if (access == Routines::Access::unknown) return refused(Nrc::request_out_of_range);
  if (access == Routines::Access::protected_ && !unlocked_)
    return refused(Nrc::security_access_denied);
  if (access == Routines::Access::protected_ && session_ != Session::programming)
    return refused(Nrc::conditions_not_correct);
  auto outcome = ports_.routines.run_routine(RoutineControl{control}, id, request.subspan(4));
  if (outcome.nrc != Nrc::none) return outcome;
  const std::uint8_t echo[] = {control, request[2], request[3]};
  outcome.data.insert(outcome.data.begin(), std::begin(echo), std::end(echo));
  return outcome;
}

}  // namespace motorcade::uds
