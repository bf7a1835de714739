#include "vehicle_agent/ecu/ecu_device.hpp"

#include "vehicle_agent/ecu/uds_endpoint.hpp"
#include "vehicle_agent/uds/seed_key.hpp"

namespace motorcade::in_vehicle {

using uds::Bytes;
using uds::ByteView;
using uds::Nrc;
using uds::Outcome;
using uds::refused;

namespace {

constexpr std::uint64_t max_image_bytes = std::uint64_t{1} << 32;
constexpr std::size_t max_version_bytes = 64;
constexpr std::uint8_t dtc_failed_confirmed = 0x09;

Bytes text(std::string_view value) {
  return {value.begin(), value.end()};
}
Bytes big_endian(std::uint64_t value, int width) {
  Bytes out;
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
  return out;
}

}  // namespace

EcuDevice::EcuDevice(EcuIdentity identity, EcuTiming timing, std::string secret, Banks banks,
                     EcuStorage& storage)
    : identity_(std::move(identity)),
      timing_(timing),
      secret_(std::move(secret)),
      banks_(std::move(banks)),
      storage_(storage) {}

bool EcuDevice::save() {
  return storage_.save(banks_.encode()).has_value();
}

Banks::BootResult EcuDevice::boot(WallTime now, const BootPolicy& policy) {
  const auto result = banks_.boot(!faults_.bad_boot, now, policy);
  if (result == Banks::BootResult::rolled_back) dtcs_[dtc_boot_failed] = dtc_failed_confirmed;
  if (result == Banks::BootResult::switched) {
    dtcs_.erase(dtc_boot_failed);
    dtcs_.erase(dtc_check_failed);
  }
  (void)save();  // a boot that cannot be written is simply done again after the next power-on
  return result;
}

std::optional<Bytes> EcuDevice::read_identifier(std::uint16_t id) {
  const auto& active = banks_.active();
  switch (id) {
    case uds::did::part_number:
      return text(identity_.part_number);
    case uds::did::serial_number:
      return text(identity_.serial);
    case uds::did::vin:
      return text(identity_.vin);
    case uds::did::hardware_number:
      return text(identity_.hardware_id);
    case uds::did::supplier_software:
      return text(identity_.supplier_software);
    case uds::did::software_version:
      return text(active.version);
    case uds::did::ecu_type:
      return text(identity_.type);
    case uds::did::active_bank:
      return Bytes{static_cast<std::uint8_t>(banks_.active_index())};
    case uds::did::boot_count:
      return big_endian(banks_.boot_count(), 4);
    case uds::did::staged_version:
      return text(banks_.staged() ? banks_.other().version : "");
    case uds::did::software_sha256:
      return Bytes(active.sha256.begin(), active.sha256.end());
    case uds::did::software_size:
      return big_endian(active.size_bytes, 8);
    default:
      return std::nullopt;
  }
}

Nrc EcuDevice::write_identifier(std::uint16_t id, ByteView value) {
  if (id != uds::did::vin) return Nrc::request_out_of_range;
  if (value.size() != 17) return Nrc::incorrect_length;
  identity_.vin.assign(value.begin(), value.end());
  return Nrc::none;
}

Nrc EcuDevice::begin_download(std::uint64_t address, std::uint64_t size_bytes) {
  if (address != 0 || size_bytes > max_image_bytes) return Nrc::request_out_of_range;
  if (banks_.other().state != BankState::empty) return Nrc::download_not_accepted;  // erase first
  banks_.receive(size_bytes);
  return save() ? Nrc::none : Nrc::download_not_accepted;
}

Nrc EcuDevice::begin_upload(std::uint64_t address, std::uint64_t size_bytes) {
  if (address != 0 || size_bytes > storage_.bank(banks_.active_index()).size_bytes())
    return Nrc::request_out_of_range;
  return Nrc::none;
}

Outcome EcuDevice::write_block(std::uint64_t offset, ByteView block) {
  auto& bank = storage_.bank(banks_.other_index());
  Bytes wrong;
  if (faults_.bad_flash && offset == 0) {
    wrong.assign(block.begin(), block.end());
    wrong.back() ^= 0x01;
    block = wrong;
  }
  if (!bank.write(offset, block)) return refused(Nrc::programming_failure);
  return {Nrc::none, {}, timing_.block + faults_.slow};
}

tl::expected<Bytes, Nrc> EcuDevice::read_block(std::uint64_t offset, std::size_t size) {
  Bytes block(size);
  if (!storage_.bank(banks_.active_index()).read(offset, block))
    return tl::unexpected(Nrc::general_reject);
  return block;
}

Nrc EcuDevice::end_download() {
  return Nrc::none;
}

uds::Routines::Access EcuDevice::routine_access(uds::RoutineControl, std::uint16_t id) {
  switch (id) {
    case uds::routine::erase_memory:
    case uds::routine::check_programming:
    case uds::routine::roll_back:
      return Access::protected_;
    default:
      return Access::unknown;
  }
}

Outcome EcuDevice::run_routine(uds::RoutineControl control, std::uint16_t id, ByteView option) {
  if (control != uds::RoutineControl::start) return refused(Nrc::subfunction_not_supported);
  if (id == uds::routine::erase_memory) return erase();
  if (id == uds::routine::check_programming) return check(option);
  if (!banks_.roll_back()) return refused(Nrc::conditions_not_correct);
  return save() ? Outcome{} : refused(Nrc::programming_failure);
}

Outcome EcuDevice::erase() {
  banks_.erase();
  if (!save() || !storage_.bank(banks_.other_index()).clear())
    return refused(Nrc::programming_failure);
  return {Nrc::none, {0x00}, timing_.erase + faults_.slow};
}

Outcome EcuDevice::check(ByteView option) {
  if (option.size() <= 32 || option.size() > 32 + max_version_bytes)
    return refused(Nrc::incorrect_length);
  if (banks_.other().state != BankState::receiving) return refused(Nrc::request_sequence_error);
  auto& bank = storage_.bank(banks_.other_index());
  // A state that says "valid" must not outlive a power cut which the image does not.
  if (!bank.sync()) return refused(Nrc::programming_failure);
  const auto result = [&] {
    if (bank.size_bytes() != banks_.other().size_bytes) return uds::CheckResult::size_differs;
    const auto sha256 = sha256_of(bank);
    const bool same = sha256 && std::equal(sha256->begin(), sha256->end(), option.begin());
    if (!same) return uds::CheckResult::digest_differs;
    banks_.stage(std::string(option.begin() + 32, option.end()), *sha256);
    return uds::CheckResult::correct;
  }();
  if (result != uds::CheckResult::correct) {
    banks_.reject();
    dtcs_[dtc_check_failed] = dtc_failed_confirmed;
  }
  if (!save()) return refused(Nrc::programming_failure);
  return {Nrc::none, {static_cast<std::uint8_t>(result)}, {}};
}

Bytes EcuDevice::make_seed() {
  return random_seed();
}

Bytes EcuDevice::key_for(ByteView seed) {
  return uds::key_for_seed(secret_, seed);
}

std::vector<uds::Dtc> EcuDevice::list_dtcs() {
  std::vector<uds::Dtc> list;
  for (const auto& [code, status] : dtcs_) list.push_back({code, status});
  return list;
}

bool EcuDevice::clear_dtcs(std::uint32_t group) {
  if (group != 0xFFFFFF) return dtcs_.erase(group) > 0;
  dtcs_.clear();
  return true;
}

}  // namespace motorcade::in_vehicle
