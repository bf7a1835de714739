// The tester's side of programming one ECU (ISO 14229-1:2020 §15), pure: ask for the next request,
// feed its response.
//
//   10 03 -> 85 02 -> 28 03 -> 10 02 -> 27 01 -> 27 02 -> 31 01 FF00 -> 34 -> 36* -> 37
//         -> 31 01 FF01 -> finish
//
// `finish` is 11 01 (the ECU boots what was written), 10 01 (it keeps it for a later reset) or
// nothing (the session stays).
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "vehicle_agent/uds/types.hpp"

namespace motorcade::uds {

enum class FlashStep : std::uint8_t {
  none,
  extended_session,
  dtc_setting_off,
  communication_off,
  programming_session,
  request_seed,
  send_key,
  erase,
  request_download,
  transfer,
  transfer_exit,
  check,
  finish,
  done,
};
[[nodiscard]] std::string_view name(FlashStep step);

enum class Finish : std::uint8_t { reset, standard_session, stay };

struct FlashPlan {
  std::uint64_t address = 0;
  std::uint64_t size_bytes = 0;
  Bytes check_option;  ///< of 31 01 FF01: SHA-256, then the version as text
  Finish finish = Finish::standard_session;
  std::uint32_t max_block_bytes = 64 * 1024;  ///< our own bound beside the ECU's
};
/// Fills `into` with the image's bytes from `offset`; false when they cannot be read. Asked once
/// per block, from the first to the last.
using BlockSource = std::function<bool(std::uint64_t offset, std::span<std::uint8_t> into)>;
using KeyFunction = std::function<Bytes(ByteView seed)>;

struct FlashFailure {
  FlashStep step = FlashStep::none;
  Nrc nrc = Nrc::none;  ///< none: no negative response, `what` says it
  std::string what;
};

class FlashSequence {
 public:
  FlashSequence(FlashPlan plan, KeyFunction key, BlockSource source);
  /// False when done or failed.
  [[nodiscard]] bool running() const { return !failure_ && step_ != FlashStep::done; }
  /// The request of the current step. The same again until `on_response` moves on.
  [[nodiscard]] Bytes next_request();
  /// The final response (not 0x78). 0x21 keeps the step: send the request again, a little later.
  void on_response(ByteView response);
  /// No response came, or it could not be sent.
  void on_lost(std::string what) { fail(Nrc::none, std::move(what)); }

  [[nodiscard]] FlashStep step() const { return step_; }
  [[nodiscard]] const std::optional<FlashFailure>& failure() const { return failure_; }
  [[nodiscard]] std::uint64_t sent_bytes() const { return sent_bytes_; }
  [[nodiscard]] std::uint64_t size_bytes() const { return plan_.size_bytes; }

 private:
  void fail(Nrc nrc, std::string what);
  void on_positive(ByteView data);
  void on_seed(ByteView seed);
  void on_download_accepted(ByteView data);
  void on_block(ByteView data);
  void on_check(ByteView data);
  Bytes download_request() const;
  Bytes block_request();

  FlashPlan plan_;
  KeyFunction key_;
  BlockSource source_;
  FlashStep step_ = FlashStep::extended_session;
  std::optional<FlashFailure> failure_;
  Bytes seed_key_;
  Bytes block_request_;  ///< for a repetition after 0x21
  std::uint32_t block_bytes_ = 0;
  std::uint64_t sent_bytes_ = 0;
  std::uint32_t sending_bytes_ = 0;
  std::uint8_t counter_ = 1;
  unsigned busy_ = 0;
};

}  // namespace motorcade::uds
