// What a UDS server needs from the ECU behind it. Each port is called by the server only, from
// `handle`.
#pragma once
#include <optional>
#include <tl/expected.hpp>

#include "vehicle_agent/uds/types.hpp"

namespace motorcade::uds {

/// A negative response code, or what to append to the positive response, and how long the ECU works
/// on it: above P2 the server answers 0x78 first.
struct Outcome {
  Nrc nrc = Nrc::none;
  Bytes data;
  Duration takes{0};
};
[[nodiscard]] inline Outcome refused(Nrc nrc) {
  return {nrc, {}, Duration{0}};
}

class DataIdentifiers {
 public:
  virtual ~DataIdentifiers() = default;
  [[nodiscard]] virtual std::optional<Bytes> read_identifier(std::uint16_t id) = 0;
  /// request_out_of_range for what cannot be written.
  [[nodiscard]] virtual Nrc write_identifier(std::uint16_t id, ByteView value) = 0;
};

/// Programming memory: one transfer at a time, offsets count from the transfer's start.
class Memory {
 public:
  virtual ~Memory() = default;
  [[nodiscard]] virtual Nrc begin_download(std::uint64_t address, std::uint64_t size_bytes) = 0;
  [[nodiscard]] virtual Nrc begin_upload(std::uint64_t address, std::uint64_t size_bytes) = 0;
  [[nodiscard]] virtual Outcome write_block(std::uint64_t offset, ByteView block) = 0;
  [[nodiscard]] virtual tl::expected<Bytes, Nrc> read_block(std::uint64_t offset,
                                                            std::size_t size) = 0;
  /// All bytes of a download have come.
  [[nodiscard]] virtual Nrc end_download() = 0;
};

class Routines {
 public:
  virtual ~Routines() = default;
  /// Whether the routine exists, and whether it needs an unlocked programming session.
  enum class Access { unknown, open, protected_ };
  [[nodiscard]] virtual Access routine_access(RoutineControl control, std::uint16_t id) = 0;
  [[nodiscard]] virtual Outcome run_routine(RoutineControl control, std::uint16_t id,
                                            ByteView option) = 0;
};

class Security {
 public:
  virtual ~Security() = default;
  [[nodiscard]] virtual Bytes make_seed() = 0;
  [[nodiscard]] virtual Bytes key_for(ByteView seed) = 0;
};

struct Dtc {
  std::uint32_t code;   ///< 24 bits
  std::uint8_t status;  ///< ISO 14229-1:2020 annex D.2
  bool operator==(const Dtc&) const = default;
};

class TroubleCodes {
 public:
  virtual ~TroubleCodes() = default;
  [[nodiscard]] virtual std::vector<Dtc> list_dtcs() = 0;
  /// False when no such group exists; 0xFFFFFF is all.
  [[nodiscard]] virtual bool clear_dtcs(std::uint32_t group) = 0;
};

struct Ports {
  DataIdentifiers& data;
  Memory& memory;
  Routines& routines;
  Security& security;
  TroubleCodes& dtcs;
};

}  // namespace motorcade::uds
