// A UDS server (ISO 14229-1:2020) as a pure state machine: request bytes and the time in, response
// bytes out.
//
//   standard --10 03--> extended --10 02--> programming --11 / 10 01 / S3--> standard
//   locked --27 01, 27 02--> unlocked                     (each change of session locks again)
//   idle --34--> downloading --36*, 37--> idle            (35 likewise for uploads)
//
// An operation that takes longer than P2 is answered 0x78 at once and again before each P2* ends;
// the caller polls at `wakes_at`. While it lasts every other request gets 0x21.
#pragma once
#include "vehicle_agent/uds/ports.hpp"

namespace motorcade::uds {

struct ServerSettings {
  Timing timing{};
  std::uint32_t max_block_bytes = 16 * 1024 + 2;  ///< of a 36 request, its two first bytes included
  std::size_t max_identifiers = 16;               ///< in one 22
  std::size_t max_response_bytes = 64 * 1024;
  unsigned max_key_attempts = 3;
};

class UdsServer {
 public:
  UdsServer(Ports ports, ServerSettings settings);

  /// The responses to send now: none (suppressed, or the operation is still under way) or one.
  [[nodiscard]] std::vector<Bytes> handle(ByteView request, Time now);
  /// When `poll` has something to say; nothing: no operation is under way.
  [[nodiscard]] std::optional<Time> wakes_at() const;
  [[nodiscard]] std::vector<Bytes> poll(Time now);
  /// The reset (01 hard, 03 soft) that was just answered; the caller performs it.
  [[nodiscard]] std::optional<std::uint8_t> take_reset();
  /// After a reset, or when the tester is gone: standard session, locked, no transfer.
  void restart();

  [[nodiscard]] Session session(Time now);
  [[nodiscard]] bool unlocked() const { return unlocked_; }
  [[nodiscard]] bool dtc_setting_on() const { return dtc_setting_on_; }
  [[nodiscard]] bool communication_on() const { return communication_on_; }

 private:
  struct Transfer {
    bool upload;
    std::uint64_t size_bytes;
    std::uint64_t done_bytes = 0;
    std::uint8_t counter = 1;  ///< the block expected next
    Bytes last_block;          ///< an upload's newest block, for a repeated request
    bool started = false;
  };
  struct Pending {
    Bytes response;
    Time ready_at;
    Time next_pending_at;
  };
  Outcome dispatch(ByteView request, Time now);
  Nrc check(ByteView request) const;
  void enter(Session session);

  Outcome session_control(ByteView request);
  Outcome ecu_reset(ByteView request);
  Outcome security_access(ByteView request, Time now);
  Outcome send_key(ByteView key, Time now);
  Outcome communication_control(ByteView request);
  Outcome control_dtc_setting(ByteView request);
  Outcome read_data(ByteView request);
  Outcome write_data(ByteView request);
  Outcome clear_dtcs(ByteView request);
  Outcome read_dtcs(ByteView request);
  Outcome routine_control(ByteView request);
  Outcome begin_transfer(ByteView request, bool upload);
  Outcome transfer_data(ByteView request);
  Outcome download_block(std::uint8_t counter, ByteView block);
  Outcome upload_block(std::uint8_t counter);
  Outcome transfer_exit(ByteView request);

  Ports ports_;
  ServerSettings settings_;
  Session session_ = Session::standard;
  Time last_request_{0};
  bool unlocked_ = false;
  bool dtc_setting_on_ = true;
  bool communication_on_ = true;
  Bytes seed_;
  unsigned wrong_keys_ = 0;
  std::optional<Time> locked_out_until_;
  std::optional<Transfer> transfer_;
  std::optional<Pending> pending_;
  std::optional<std::uint8_t> reset_;
};

}  // namespace motorcade::uds
