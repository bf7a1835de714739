#include "vehicle_agent/uds/flash_sequence.hpp"

#include <algorithm>
#include <utility>

namespace motorcade::uds {
namespace {

constexpr unsigned busy_limit = 50;

std::uint8_t byte(Service service) {
  return static_cast<std::uint8_t>(service);
}

}  // namespace

std::string_view name(FlashStep step) {
  switch (step) {
    case FlashStep::none:
      return "none";
    case FlashStep::extended_session:
      return "extended session";
    case FlashStep::dtc_setting_off:
      return "DTC setting off";
    case FlashStep::communication_off:
      return "communication off";
    case FlashStep::programming_session:
      return "programming session";
    case FlashStep::request_seed:
      return "request seed";
    case FlashStep::send_key:
      return "send key";
    case FlashStep::erase:
      return "erase";
    case FlashStep::request_download:
      return "request download";
    case FlashStep::transfer:
      return "transfer";
    case FlashStep::transfer_exit:
      return "transfer exit";
    case FlashStep::check:
      return "check";
    case FlashStep::finish:
      return "finish";
    case FlashStep::done:
      return "done";
  }
  return "unknown";
}

FlashSequence::FlashSequence(FlashPlan plan, KeyFunction key, BlockSource source)
    : plan_(std::move(plan)), key_(std::move(key)), source_(std::move(source)) {}

void FlashSequence::fail(Nrc nrc, std::string what) {
  if (!failure_) failure_ = FlashFailure{step_, nrc, std::move(what)};
}

Bytes FlashSequence::next_request() {
  switch (step_) {
    case FlashStep::extended_session:
      return {byte(Service::session_control), 0x03};
    case FlashStep::dtc_setting_off:
      return {byte(Service::control_dtc_setting), 0x02};
    case FlashStep::communication_off:
      return {byte(Service::communication_control), 0x03, 0x01};
    case FlashStep::programming_session:
      return {byte(Service::session_control), 0x02};
    case FlashStep::request_seed:
      return {byte(Service::security_access), 0x01};
    case FlashStep::send_key: {
      Bytes request{byte(Service::security_access), 0x02};
      request.insert(request.end(), seed_key_.begin(), seed_key_.end());
      return request;
    }
    case FlashStep::erase:
      return {byte(Service::routine_control), 0x01, 0xFF, 0x00};
    case FlashStep::request_download:
      return download_request();
    case FlashStep::transfer:
      return block_request();
    case FlashStep::transfer_exit:
      return {byte(Service::transfer_exit)};
    case FlashStep::check: {
      Bytes request{byte(Service::routine_control), 0x01, 0xFF, 0x01};
      request.insert(request.end(), plan_.check_option.begin(), plan_.check_option.end());
      return request;
    }
    case FlashStep::finish:
      if (plan_.finish == Finish::reset) return {byte(Service::ecu_reset), 0x01};
      return {byte(Service::session_control), 0x01};
    case FlashStep::none:
    case FlashStep::done:
      break;
  }
  return {};
}

Bytes FlashSequence::download_request() const {
  Bytes request{byte(Service::request_download), 0x00, 0x88};  // 8 bytes each of size and address
  for (const auto value : {plan_.address, plan_.size_bytes})
    for (int shift = 56; shift >= 0; shift -= 8)
      request.push_back(static_cast<std::uint8_t>(value >> shift));
  return request;
}

Bytes FlashSequence::block_request() {
  if (busy_ > 0) return block_request_;  // sources are read once, from front to end
  sending_bytes_ = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(block_bytes_, plan_.size_bytes - sent_bytes_));
  Bytes request(2 + sending_bytes_);
  request[0] = byte(Service::transfer_data);
  request[1] = counter_;
  if (!source_(sent_bytes_, std::span(request).subspan(2))) {
    fail(Nrc::none, "the image cannot be read at byte " + std::to_string(sent_bytes_));
    return {};
  }
  block_request_ = request;
  return request;
}

void FlashSequence::on_response(ByteView response) {
  if (!running()) return;
  if (response.size() == 3 && response[0] == 0x7F) {
    const auto nrc = Nrc{response[2]};
    if (nrc == Nrc::busy_repeat_request && ++busy_ <= busy_limit) return;
    return fail(nrc, std::string(name(nrc)));
  }
  if (response.empty() || response[0] == 0x7F) return fail(Nrc::none, "malformed response");
  busy_ = 0;
  on_positive(response.subspan(1));
}

void FlashSequence::on_positive(ByteView data) {
  switch (step_) {
    case FlashStep::request_seed:
      return on_seed(data);
    case FlashStep::request_download:
      return on_download_accepted(data);
    case FlashStep::transfer:
      return on_block(data);
    case FlashStep::check:
      return on_check(data);
    case FlashStep::none:
    case FlashStep::done:
      return;
    default:
      step_ = FlashStep{static_cast<std::uint8_t>(static_cast<std::uint8_t>(step_) + 1)};
  }
}

void FlashSequence::on_seed(ByteView data) {
  if (data.size() < 2) return fail(Nrc::none, "empty seed");
  const auto seed = data.subspan(1);
  const bool unlocked = std::all_of(seed.begin(), seed.end(), [](auto b) { return b == 0; });
  if (!unlocked) seed_key_ = key_(seed);
  step_ = unlocked ? FlashStep::erase : FlashStep::send_key;
}

void FlashSequence::on_download_accepted(ByteView data) {
  const auto width = data.empty() ? std::size_t{0} : static_cast<std::size_t>(data[0] >> 4);
  if (width < 1 || width > 8 || data.size() != 1 + width)
    return fail(Nrc::none, "malformed answer to request download");
  std::uint64_t max = 0;
  for (const auto b : data.subspan(1)) max = max << 8 | b;
  if (max < 3) return fail(Nrc::none, "the ECU takes blocks of " + std::to_string(max) + " bytes");
  block_bytes_ = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(max, std::max<std::uint32_t>(plan_.max_block_bytes, 3)) - 2);
  step_ = FlashStep::transfer;
}

void FlashSequence::on_block(ByteView data) {
  if (data.empty() || data[0] != counter_)
    return fail(Nrc::none, "the ECU answered another block than was sent");
  sent_bytes_ += sending_bytes_;
  ++counter_;
  if (sent_bytes_ == plan_.size_bytes) step_ = FlashStep::transfer_exit;
}

void FlashSequence::on_check(ByteView data) {
  if (data.size() < 4) return fail(Nrc::none, "malformed answer to the check");
  const auto result = CheckResult{data[3]};
  switch (result) {
    case CheckResult::correct:
      step_ = plan_.finish == Finish::stay ? FlashStep::done : FlashStep::finish;
      return;
    case CheckResult::digest_differs:
      return fail(Nrc::none, "check: digest differs");
    case CheckResult::size_differs:
      return fail(Nrc::none, "check: size differs");
    case CheckResult::rejected:
      break;
  }
  const auto text = data.subspan(4);
  fail(Nrc::none, "check: rejected: " + std::string(text.begin(), text.end()));
}

}  // namespace motorcade::uds
