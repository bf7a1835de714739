#include "vehicle_agent/zonal_gateway/gateway_device.hpp"

#include "vehicle_agent/ecu/uds_endpoint.hpp"
#include "vehicle_agent/uds/seed_key.hpp"

namespace motorcade::in_vehicle {

using doip::PayloadType;
using uds::Bytes;
using uds::ByteView;
using uds::Nrc;
using uds::Outcome;
using uds::refused;
namespace routine = uds::routine;

namespace {

constexpr std::size_t max_reason_bytes = 512;

Bytes text(std::string_view value) {
  return {value.begin(), value.end()};
}

std::optional<Job> job_of(std::uint16_t id) {
  switch (id) {
    case routine::install_package:
      return Job::install;
    case routine::activate:
      return Job::activate;
    case routine::roll_back:
      return Job::roll_back;
    default:
      return std::nullopt;
  }
}

}  // namespace

GatewayDevice::GatewayDevice(GatewayIdentity identity, std::string secret, PackageStore& store,
                             GatewayActions& actions)
    : identity_(std::move(identity)),
      secret_(std::move(secret)),
      store_(store),
      actions_(actions) {}

std::optional<Bytes> GatewayDevice::read_identifier(std::uint16_t id) {
  switch (id) {
    case uds::did::vin:
      return text(identity_.vin);
    case uds::did::hardware_number:
      return text(identity_.hardware_id);
    case uds::did::software_version:
      return text(identity_.version);
    case uds::did::ecu_type:
      return text("ZGW");
    case uds::did::serial_number:
      return text(identity_.zone_id);
    default:
      return std::nullopt;
  }
}

Nrc GatewayDevice::write_identifier(std::uint16_t, ByteView) {
  return Nrc::request_out_of_range;
}

Nrc GatewayDevice::begin_download(std::uint64_t address, std::uint64_t size_bytes) {
  if (address != 0 || size_bytes > store_.policy().package_bytes) return Nrc::request_out_of_range;
  if (working() || store_.size_bytes() != 0) return Nrc::download_not_accepted;  // erase first
  return Nrc::none;
}

Nrc GatewayDevice::begin_upload(std::uint64_t, std::uint64_t) {
  return Nrc::download_not_accepted;
}

Outcome GatewayDevice::write_block(std::uint64_t offset, ByteView block) {
  if (!store_.write(offset, block)) return refused(Nrc::programming_failure);
  return {};
}

tl::expected<Bytes, Nrc> GatewayDevice::read_block(std::uint64_t, std::size_t) {
  return tl::unexpected(Nrc::download_not_accepted);
}

Nrc GatewayDevice::end_download() {
  return Nrc::none;
}

uds::Routines::Access GatewayDevice::routine_access(uds::RoutineControl control, std::uint16_t id) {
  switch (id) {
    case routine::collect_vci:
    case routine::report_vci:
    case routine::collect_readiness:
    case routine::report_readiness:
      return Access::open;
    case routine::erase_memory:
    case routine::check_programming:
      return Access::protected_;
    default:
      break;
  }
  if (!job_of(id)) return Access::unknown;
  return control == uds::RoutineControl::results ? Access::open : Access::protected_;
}

Outcome GatewayDevice::run_routine(uds::RoutineControl control, std::uint16_t id, ByteView option) {
  if (control == uds::RoutineControl::start) return start(id, option);
  if (control == uds::RoutineControl::results && job_of(id))
    return {Nrc::none, encode(actions_.newest_job()), {}};
  return refused(Nrc::subfunction_not_supported);
}

Outcome GatewayDevice::start(std::uint16_t id, ByteView option) {
  if (const auto job = job_of(id))
    return actions_.start_job(*job) ? Outcome{} : refused(Nrc::conditions_not_correct);
  switch (id) {
    case routine::erase_memory:
      if (working()) return refused(Nrc::conditions_not_correct);
      return store_.erase() ? Outcome{Nrc::none, {0x00}, {}} : refused(Nrc::programming_failure);
    case routine::check_programming:
      return check(option);
    case routine::collect_vci:
      actions_.collect(PayloadType::vci_report);
      return {};
    case routine::collect_readiness:
      actions_.collect(PayloadType::readiness_report);
      return {};
    default:
      break;
  }
  auto report = actions_.collected(id == routine::report_vci ? PayloadType::vci_report
                                                             : PayloadType::readiness_report);
  if (!report) return refused(Nrc::request_sequence_error);
  return {Nrc::none, std::move(*report), {}};
}

Outcome GatewayDevice::check(ByteView option) {
  digest::Sha256 announced{};
  if (option.size() != announced.size()) return refused(Nrc::incorrect_length);
  if (working()) return refused(Nrc::conditions_not_correct);
  std::copy(option.begin(), option.end(), announced.begin());
  const auto verified = store_.verify(announced);
  if (verified) return {Nrc::none, {static_cast<std::uint8_t>(uds::CheckResult::correct)}, {}};
  Bytes record{static_cast<std::uint8_t>(uds::CheckResult::rejected)};
  const auto reason = otap::to_string(verified.error()).substr(0, max_reason_bytes);
  record.insert(record.end(), reason.begin(), reason.end());
  return {Nrc::none, std::move(record), {}};
}

Bytes GatewayDevice::make_seed() {
  return random_seed();
}
Bytes GatewayDevice::key_for(ByteView seed) {
  return uds::key_for_seed(secret_, seed);
}

}  // namespace motorcade::in_vehicle
