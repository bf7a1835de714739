// An ECU behind a UDS server, in memory, and requests written as hex: `ecu.ask("10 03")` gives "50
// 03 00 32 01 F4".
#pragma once
#include <gtest/gtest.h>

#include <string>

#include "vehicle_agent/uds/server.hpp"

namespace motorcade::uds {

[[nodiscard]] Bytes from_hex(std::string_view text);
[[nodiscard]] std::string to_hex(ByteView bytes);

class FakeDevice final : public DataIdentifiers,
                         public Memory,
                         public Routines,
                         public Security,
                         public TroubleCodes {
 public:
  std::optional<Bytes> read_identifier(std::uint16_t id) override;
  Nrc write_identifier(std::uint16_t id, ByteView value) override;
  Nrc begin_download(std::uint64_t address, std::uint64_t size_bytes) override;
  Nrc begin_upload(std::uint64_t address, std::uint64_t size_bytes) override;
  Outcome write_block(std::uint64_t offset, ByteView block) override;
  tl::expected<Bytes, Nrc> read_block(std::uint64_t offset, std::size_t size) override;
  Nrc end_download() override { return Nrc::none; }
  Access routine_access(RoutineControl control, std::uint16_t id) override;
  Outcome run_routine(RoutineControl control, std::uint16_t id, ByteView option) override;
  Bytes make_seed() override { return {1, 2, 3, 4}; }
  Bytes key_for(ByteView seed) override;
  std::vector<Dtc> list_dtcs() override { return dtcs; }
  bool clear_dtcs(std::uint32_t group) override;

  Bytes memory;
  bool erased = false;
  bool write_fails = false;
  Bytes vin = from_hex("57 41 42");
  std::vector<Dtc> dtcs{{0x123456, 0x09}, {0xF00051, 0x08}};
  Duration routine_takes{0};
};

class FakeEcu {
 public:
  explicit FakeEcu(ServerSettings settings = {})
      : server({device, device, device, device, device}, settings) {}
  /// Every response to one request, up to the final one, separated by commas; time passes as it
  /// asks for.
  std::string ask(std::string_view request);
  /// 10 03, 10 02, 27 01, 27 02.
  void unlock();

  FakeDevice device;
  UdsServer server;
  Time now{1000};
};

}  // namespace motorcade::uds
