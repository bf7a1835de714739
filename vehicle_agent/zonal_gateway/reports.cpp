#include "vehicle_agent/zonal_gateway/reports.hpp"

#include "vehicle_agent/ecu/ecu_device.hpp"

namespace motorcade::in_vehicle {
namespace {

constexpr std::uint8_t test_failed = 0x01;

std::uint32_t integer(const uds::Bytes& bytes) {
  std::uint32_t v = 0;
  for (const auto byte : bytes) v = v << 8 | byte;
  return v;
}

asio::awaitable<bool> read_text(EcuLink& link, std::uint16_t identifier, std::string& into) {
  auto value = co_await link.read(identifier);
  if (!value) co_return false;
  into.assign(value->begin(), value->end());
  co_return true;
}

}  // namespace

asio::awaitable<EcuRecord> read_record(EcuLink& link) {
  EcuRecord record;
  record.ecu_id = link.settings().ecu_id;
  record.address = link.settings().address;
  const auto hold = co_await link.hold();
  const std::pair<std::uint16_t, std::string*> texts[] = {
      {uds::did::ecu_type, &record.type},
      {uds::did::hardware_number, &record.hardware_id},
      {uds::did::software_version, &record.version},
      {uds::did::staged_version, &record.staged_version}};
  for (const auto& [identifier, into] : texts) {
    const bool read = co_await read_text(link, identifier, *into);
    if (!read) co_return record;
  }
  const auto bank = co_await link.read(uds::did::active_bank);
  const auto boots = co_await link.read(uds::did::boot_count);
  const auto sha256 = co_await link.read(uds::did::software_sha256);
  if (!bank || !boots || !sha256 || sha256->size() != record.sha256.size()) co_return record;
  record.active_bank = static_cast<std::uint8_t>(integer(*bank));
  record.boot_count = integer(*boots);
  std::copy(sha256->begin(), sha256->end(), record.sha256.begin());
  record.reachable = true;
  co_return record;
}

asio::awaitable<DtcCount> count_critical_dtcs(EcuLink& link) {
  DtcCount count;
  const auto hold = co_await link.hold();
  auto client = co_await link.client();
  if (!client) co_return count;
  uds::Bytes request{0x19, 0x02, test_failed};
  auto data =
      co_await ask(**client, link.settings().address, std::move(request), link.settings().timing);
  if (!data) co_return count;
  count.reachable = true;
  for (std::size_t at = 2; at + 4 <= data->size(); at += 4) {
    const auto code = integer({data->begin() + static_cast<std::ptrdiff_t>(at),
                               data->begin() + static_cast<std::ptrdiff_t>(at) + 3});
    if (code != dtc_check_failed && code != dtc_boot_failed) ++count.critical;
  }
  co_return count;
}

}  // namespace motorcade::in_vehicle
