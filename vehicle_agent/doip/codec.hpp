// Bytes to messages and back (ISO 13400-2:2019 §7.3, §7.4). Pure and bounded: a decoder never holds
// more than one header and one message below its limit; a message beyond it is skipped, not stored.
//
//   message = u8 version, u8 ~version, u16 payload type, u32 payload length, payload
//
// Integers are big-endian.
#pragma once
#include <cstddef>
#include <string>

#include "vehicle_agent/doip/message.hpp"

namespace motorcade::doip {

inline constexpr std::uint8_t version_2012 = 0x02;
inline constexpr std::uint8_t version_2019 =
    0x03;  ///< what we send; a peer that speaks 2012 is answered in 2012
inline constexpr std::uint8_t version_any = 0xFF;  ///< UDP identification requests only
inline constexpr std::size_t header_bytes = 8;

struct Limits {
  std::uint32_t max_payload_bytes = 256 * 1024;  ///< larger messages get nack 0x02 and are skipped
};

[[nodiscard]] Bytes encode(const Message& message, std::uint8_t version = version_2019);

/// Why bytes were refused: the generic nack to send, and whether the standard then closes the
/// socket.
struct Rejected {
  GenericNackCode code;
  bool close;
  std::string what;
};
using Decoded = std::variant<Message, Rejected>;

/// For TCP: fed with pieces of any size, gives whole messages.
class Decoder {
 public:
  explicit Decoder(Limits limits = {}) : limits_(limits) {}
  void feed(ByteView bytes) { buffer_.insert(buffer_.end(), bytes.begin(), bytes.end()); }
  /// The next message or refusal; nothing: more bytes are needed. After a refusal with `close`
  /// nothing follows.
  [[nodiscard]] std::optional<Decoded> next();
  /// The version in the newest good header.
  [[nodiscard]] std::uint8_t peer_version() const { return peer_version_; }

 private:
  Decoded refuse(GenericNackCode code, bool close, std::string what);
  void drop(std::size_t count);
  void skip();
  Limits limits_;
  Bytes buffer_;
  std::size_t begin_ = 0;
  std::uint64_t skip_bytes_ = 0;
  std::uint8_t peer_version_ = version_2019;
  bool dead_ = false;
};

/// For UDP: one datagram is one message, and nothing may follow it.
[[nodiscard]] Decoded decode_datagram(ByteView datagram, Limits limits = {});

}  // namespace motorcade::doip
