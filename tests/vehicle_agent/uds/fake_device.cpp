#include "vehicle_agent/uds/fake_device.hpp"

#include <cstdio>

namespace motorcade::uds {

Bytes from_hex(std::string_view text) {
  Bytes bytes;
  for (std::size_t at = 0; at + 1 < text.size(); at += 3)
    bytes.push_back(
        static_cast<std::uint8_t>(std::stoul(std::string(text.substr(at, 2)), nullptr, 16)));
  return bytes;
}

std::string to_hex(ByteView bytes) {
  std::string text;
  char two[4];
  for (const auto byte : bytes) {
    std::snprintf(two, sizeof two, text.empty() ? "%02X" : " %02X", byte);
    text += two;
  }
  return text;
}

std::optional<Bytes> FakeDevice::read_identifier(std::uint16_t id) {
  if (id == did::vin) return vin;
  if (id == did::active_bank) return Bytes{0};
  return std::nullopt;
}
Nrc FakeDevice::write_identifier(std::uint16_t id, ByteView value) {
  if (id != did::vin) return Nrc::request_out_of_range;
  vin.assign(value.begin(), value.end());
  return Nrc::none;
}
Nrc FakeDevice::begin_download(std::uint64_t address, std::uint64_t size_bytes) {
  if (address != 0 || size_bytes > 1'000'000) return Nrc::request_out_of_range;
  if (!erased) return Nrc::download_not_accepted;
  memory.clear();
  return Nrc::none;
}
Nrc FakeDevice::begin_upload(std::uint64_t address, std::uint64_t size_bytes) {
  return address == 0 && size_bytes <= memory.size() ? Nrc::none : Nrc::request_out_of_range;
}
Outcome FakeDevice::write_block(std::uint64_t offset, ByteView block) {
  if (write_fails) return refused(Nrc::programming_failure);
  EXPECT_EQ(offset, memory.size());
  memory.insert(memory.end(), block.begin(), block.end());
  return {};
}
tl::expected<Bytes, Nrc> FakeDevice::read_block(std::uint64_t offset, std::size_t size) {
  const auto begin = memory.begin() + static_cast<std::ptrdiff_t>(offset);
  return Bytes(begin, begin + static_cast<std::ptrdiff_t>(size));
}
Routines::Access FakeDevice::routine_access(RoutineControl, std::uint16_t id) {
  if (id == routine::erase_memory || id == routine::check_programming) return Access::protected_;
  return id == routine::report_vci ? Access::open : Access::unknown;
}
Outcome FakeDevice::run_routine(RoutineControl control, std::uint16_t id, ByteView option) {
  if (control != RoutineControl::start) return refused(Nrc::request_sequence_error);
  if (id == routine::erase_memory) {
    erased = true;
    return {Nrc::none, {0x00}, routine_takes};
  }
  if (id == routine::report_vci) return {Nrc::none, {0xAA}, {}};
  const bool right = !option.empty() && option[0] == 0x2A;
  return {Nrc::none, {static_cast<std::uint8_t>(right ? 0x00 : 0x01)}, {}};
}
Bytes FakeDevice::key_for(ByteView seed) {
  Bytes key(seed.begin(), seed.end());
  for (auto& byte : key) byte ^= 0xFF;
  return key;
}
bool FakeDevice::clear_dtcs(std::uint32_t group) {
  if (group == 0xFFFFFF) dtcs.clear();
  return group == 0xFFFFFF;
}

std::string FakeEcu::ask(std::string_view request) {
  std::string all;
  const auto note = [&](const std::vector<Bytes>& responses) {
    for (const auto& response : responses) all += (all.empty() ? "" : ", ") + to_hex(response);
  };
  note(server.handle(from_hex(request), now));
  while (const auto wake = server.wakes_at()) {
    now = std::max(now, *wake);
    note(server.poll(now));
  }
  return all;
}

void FakeEcu::unlock() {
  ask("10 03");
  ask("10 02");
  ask("27 01");
  EXPECT_EQ(ask("27 02 FE FD FC FB"), "67 02");
}

}  // namespace motorcade::uds
