// 10 sessions, 11 reset, 27 security access, 28 communication control, 85 DTC setting.
#include "vehicle_agent/uds/server.hpp"

namespace motorcade::uds {
namespace {

constexpr std::uint8_t subfunction(ByteView request) {
  return request[1] & 0x7F;
}

}  // namespace

Outcome UdsServer::session_control(ByteView request) {
  if (request.size() != 2) return refused(Nrc::incorrect_length);
  const auto wanted = subfunction(request);
  if (wanted < 0x01 || wanted > 0x03) return refused(Nrc::subfunction_not_supported);
  const auto target = Session{wanted};
  if (target == Session::programming && session_ == Session::standard)
    return refused(Nrc::subfunction_not_in_session);
  enter(target);
  const auto p2 = static_cast<std::uint16_t>(settings_.timing.p2.count());
  const auto p2_star = static_cast<std::uint16_t>(settings_.timing.p2_star.count() / 10);
  return {Nrc::none,
          {wanted, static_cast<std::uint8_t>(p2 >> 8), static_cast<std::uint8_t>(p2),
           static_cast<std::uint8_t>(p2_star >> 8), static_cast<std::uint8_t>(p2_star)},
          {}};
}

Outcome UdsServer::ecu_reset(ByteView request) {
  if (request.size() != 2) return refused(Nrc::incorrect_length);
  const auto kind = subfunction(request);
  if (kind != 0x01 && kind != 0x03) return refused(Nrc::subfunction_not_supported);
  if (transfer_) return refused(Nrc::conditions_not_correct);
  reset_ = kind;
  return {Nrc::none, {kind}, {}};
}

Outcome UdsServer::security_access(ByteView request, Time now) {
  const auto level = subfunction(request);
  if (level != 0x01 && level != 0x02) return refused(Nrc::subfunction_not_supported);
  if (level == 0x02) return send_key(request.subspan(2), now);
  if (request.size() != 2) return refused(Nrc::incorrect_length);
  if (locked_out_until_ && now < *locked_out_until_) return refused(Nrc::delay_not_expired);
  locked_out_until_.reset();
  seed_ = ports_.security.make_seed();
  Bytes data{level};
  if (unlocked_) {
    data.resize(1 + seed_.size());  // all zeros: nothing to unlock
    seed_.clear();
  } else {
    data.insert(data.end(), seed_.begin(), seed_.end());
  }
  return {Nrc::none, std::move(data), {}};
}

Outcome UdsServer::send_key(ByteView key, Time now) {
  if (seed_.empty()) return refused(Nrc::request_sequence_error);
  const auto expected = ports_.security.key_for(seed_);
  seed_.clear();  // one seed, one try
  if (key.size() != expected.size()) return refused(Nrc::incorrect_length);
  std::uint8_t differs = 0;
  for (std::size_t i = 0; i < key.size(); ++i)
    differs = static_cast<std::uint8_t>(differs | (key[i] ^ expected[i]));
  if (differs == 0) {
    unlocked_ = true;
    wrong_keys_ = 0;
    return {Nrc::none, {0x02}, {}};
  }
  if (++wrong_keys_ < settings_.max_key_attempts) return refused(Nrc::invalid_key);
  wrong_keys_ = 0;
  locked_out_until_ = now + settings_.timing.attempt_delay;
  return refused(Nrc::exceeded_attempts);
}

Outcome UdsServer::communication_control(ByteView request) {
  const auto control = subfunction(request);
  if (control > 0x03) return refused(Nrc::subfunction_not_supported);
  if (request.size() != 3) return refused(Nrc::incorrect_length);
  const auto kinds = request[2] & 0x0F;
  if (kinds < 0x01 || kinds > 0x03) return refused(Nrc::request_out_of_range);
  communication_on_ = control == 0x00;
  return {Nrc::none, {control}, {}};
}

Outcome UdsServer::control_dtc_setting(ByteView request) {
  const auto setting = subfunction(request);
  if (setting != 0x01 && setting != 0x02) return refused(Nrc::subfunction_not_supported);
  if (request.size() != 2) return refused(Nrc::incorrect_length);
  dtc_setting_on_ = setting == 0x01;
  return {Nrc::none, {setting}, {}};
}

}  // namespace motorcade::uds
