#include "vehicle_agent/uds/server.hpp"

#include <algorithm>

namespace motorcade::uds {
namespace {

constexpr std::uint8_t suppress_bit = 0x80;

/// In which sessions a service exists, how short it may be, and whether its second byte is a
/// subfunction.
struct Row {
  Service service;
  bool in_standard;
  bool in_extended;
  bool in_programming;
  std::size_t shortest;
  bool subfunction;
  bool needs_unlock;
};
constexpr Row table[] = {
    {Service::session_control, true, true, true, 2, true, false},
    {Service::ecu_reset, true, true, true, 2, true, false},
    {Service::clear_dtcs, true, true, false, 4, false, false},
    {Service::read_dtcs, true, true, false, 2, true, false},
    {Service::read_data, true, true, true, 3, false, false},
    {Service::security_access, false, true, true, 2, true, false},
    {Service::communication_control, false, true, true, 3, true, false},
    {Service::write_data, false, true, true, 4, false, true},
    {Service::routine_control, false, true, true, 4, true, false},
    {Service::request_download, false, false, true, 3, false, true},
    {Service::request_upload, false, false, true, 3, false, true},
    {Service::transfer_data, false, false, true, 2, false, false},
    {Service::transfer_exit, false, false, true, 1, false, false},
    {Service::tester_present, true, true, true, 2, true, false},
    {Service::control_dtc_setting, false, true, true, 2, true, false},
};

const Row* row_of(std::uint8_t service) {
  const auto* found = std::find_if(std::begin(table), std::end(table), [service](const Row& row) {
    return static_cast<std::uint8_t>(row.service) == service;
  });
  return found == std::end(table) ? nullptr : found;
}

bool exists_in(const Row& row, Session session) {
  switch (session) {
    case Session::standard:
      return row.in_standard;
    case Session::programming:
      return row.in_programming;
    case Session::extended:
      return row.in_extended;
  }
  return false;
}

Bytes negative(std::uint8_t service, Nrc nrc) {
  return {0x7F, service, static_cast<std::uint8_t>(nrc)};
}

}  // namespace

std::string_view name(Nrc nrc) {
  switch (nrc) {
    case Nrc::none:
      return "positive";
    case Nrc::general_reject:
      return "general reject";
    case Nrc::service_not_supported:
      return "service not supported";
    case Nrc::subfunction_not_supported:
      return "subfunction not supported";
    case Nrc::incorrect_length:
      return "incorrect length or format";
    case Nrc::response_too_long:
      return "response too long";
    case Nrc::busy_repeat_request:
      return "busy, repeat request";
    case Nrc::conditions_not_correct:
      return "conditions not correct";
    case Nrc::request_sequence_error:
      return "request sequence error";
    case Nrc::request_out_of_range:
      return "request out of range";
    case Nrc::security_access_denied:
      return "security access denied";
    case Nrc::invalid_key:
      return "invalid key";
    case Nrc::exceeded_attempts:
      return "exceeded number of attempts";
    case Nrc::delay_not_expired:
      return "required time delay not expired";
    case Nrc::download_not_accepted:
      return "upload or download not accepted";
    case Nrc::transfer_suspended:
      return "transfer data suspended";
    case Nrc::programming_failure:
      return "general programming failure";
    case Nrc::wrong_block_counter:
      return "wrong block sequence counter";
    case Nrc::response_pending:
      return "response pending";
    case Nrc::subfunction_not_in_session:
      return "subfunction not in this session";
    case Nrc::service_not_in_session:
      return "service not in this session";
  }
  return "unknown response code";
}

UdsServer::UdsServer(Ports ports, ServerSettings settings) : ports_(ports), settings_(settings) {}

std::vector<Bytes> UdsServer::handle(ByteView request, Time now) {
  if (request.empty()) return {};
  const auto service = request[0];
  if (pending_) {
    const bool keep_alive = service == static_cast<std::uint8_t>(Service::tester_present);
    if (keep_alive) return {};
    return {negative(service, Nrc::busy_repeat_request)};
  }
  (void)session(now);
  last_request_ = now;
  const auto* row = row_of(service);
  const bool suppressed =
      row != nullptr && row->subfunction && request.size() > 1 && (request[1] & suppress_bit) != 0;
  const auto outcome = dispatch(request, now);
  Bytes response;
  if (outcome.nrc != Nrc::none) {
    response = negative(service, outcome.nrc);
  } else {
    response.reserve(1 + outcome.data.size());
    response.push_back(static_cast<std::uint8_t>(service + 0x40));
    response.insert(response.end(), outcome.data.begin(), outcome.data.end());
  }
  if (outcome.takes > Duration{0}) {
    pending_ = Pending{std::move(response), now + outcome.takes, Time::max()};
    if (outcome.takes <= settings_.timing.p2) return {};
    pending_->next_pending_at = now + settings_.timing.p2_star * 3 / 4;
    return {negative(service, Nrc::response_pending)};
  }
  if (suppressed && outcome.nrc == Nrc::none) return {};
  return {std::move(response)};
}

std::optional<Time> UdsServer::wakes_at() const {
  if (!pending_) return std::nullopt;
  return std::min(pending_->ready_at, pending_->next_pending_at);
}

std::vector<Bytes> UdsServer::poll(Time now) {
  if (!pending_) return {};
  last_request_ = now;  // S3 stands still while we work
  if (now >= pending_->ready_at) {
    auto response = std::move(pending_->response);
    pending_.reset();
    return {std::move(response)};
  }
  if (now < pending_->next_pending_at) return {};
  pending_->next_pending_at = now + settings_.timing.p2_star * 3 / 4;
  const auto& final = pending_->response;
  const auto service = final[0] == 0x7F ? final[1] : static_cast<std::uint8_t>(final[0] - 0x40);
  return {negative(service, Nrc::response_pending)};
}

std::optional<std::uint8_t> UdsServer::take_reset() {
  return std::exchange(reset_, std::nullopt);
}

void UdsServer::restart() {
  enter(Session::standard);
  pending_.reset();
  reset_.reset();
}

Session UdsServer::session(Time now) {
  if (session_ != Session::standard && !pending_ && now - last_request_ > settings_.timing.s3)
    enter(Session::standard);
  return session_;
}

void UdsServer::enter(Session session) {
  session_ = session;
  unlocked_ = false;
  seed_.clear();
  transfer_.reset();
  if (session != Session::standard) return;
  dtc_setting_on_ = true;
  communication_on_ = true;
}

/// The order of ISO 14229-1:2020 figures 5 and 6: service, session, security, length; subfunctions
/// check themselves.
Nrc UdsServer::check(ByteView request) const {
  const auto* row = row_of(request[0]);
  if (row == nullptr) return Nrc::service_not_supported;
  if (!exists_in(*row, session_)) return Nrc::service_not_in_session;
  if (row->needs_unlock && !unlocked_) return Nrc::security_access_denied;
  if (request.size() < row->shortest) return Nrc::incorrect_length;
  return Nrc::none;
}

Outcome UdsServer::dispatch(ByteView request, Time now) {
  if (const auto nrc = check(request); nrc != Nrc::none) return refused(nrc);
  switch (Service{request[0]}) {
    case Service::session_control:
      return session_control(request);
    case Service::ecu_reset:
      return ecu_reset(request);
    case Service::clear_dtcs:
      return clear_dtcs(request);
    case Service::read_dtcs:
      return read_dtcs(request);
    case Service::read_data:
      return read_data(request);
    case Service::security_access:
      return security_access(request, now);
    case Service::communication_control:
      return communication_control(request);
    case Service::write_data:
      return write_data(request);
    case Service::routine_control:
      return routine_control(request);
    case Service::request_download:
      return begin_transfer(request, false);
    case Service::request_upload:
      return begin_transfer(request, true);
    case Service::transfer_data:
      return transfer_data(request);
    case Service::transfer_exit:
      return transfer_exit(request);
    case Service::control_dtc_setting:
      return control_dtc_setting(request);
    case Service::tester_present:
      if (request.size() != 2) return refused(Nrc::incorrect_length);
      if ((request[1] & 0x7F) != 0) return refused(Nrc::subfunction_not_supported);
      return {Nrc::none, {0x00}, {}};
  }
  return refused(Nrc::service_not_supported);
}

}  // namespace motorcade::uds
