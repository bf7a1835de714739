// An ECU's A/B banks as a pure state machine. The active bank is never written; what is programmed
// into the other one is staged by a successful check and becomes active only when it has booted.
//
//   other bank:  empty --34--> receiving --check--> valid, staged --boots--> active
//                                  |                    |           (the old one: valid)
//                             check fails     fails to boot 3 times in 30 minutes
//                                  v                    v
//                                 bad                  bad (the old bank boots again: rolled back)
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "digest/digest.hpp"

namespace motorcade::in_vehicle {

using WallTime = std::chrono::milliseconds;  ///< since 1970, as the ECU's clock has it

enum class BankState : std::uint8_t { empty = 0, receiving = 1, valid = 2, bad = 3 };
struct Bank {
  BankState state = BankState::empty;
  std::string version;
  std::uint64_t size_bytes = 0;
  digest::Sha256 sha256{};
  bool operator==(const Bank&) const = default;
};

struct BootPolicy {
  unsigned max_attempts = 3;
  std::chrono::milliseconds window = std::chrono::minutes(30);
};

class Banks {
 public:
  /// A new ECU: bank A holds `image`, bank B nothing.
  explicit Banks(Bank image) { banks_[0] = std::move(image); }

  [[nodiscard]] const Bank& active() const { return banks_[active_]; }
  [[nodiscard]] const Bank& other() const { return banks_[other_index()]; }
  [[nodiscard]] std::size_t active_index() const { return active_; }
  [[nodiscard]] std::size_t other_index() const { return 1U - active_; }
  [[nodiscard]] std::uint32_t boot_count() const { return boot_count_; }
  [[nodiscard]] bool staged() const { return staged_; }

  // Programming: always the other bank.
  void erase();
  void receive(std::uint64_t size_bytes);
  void stage(std::string version, const digest::Sha256& sha256);
  void reject();

  /// Makes the next boot, or the present, the version before: takes back what is staged, else
  /// stages the other bank when it is valid. False: there is nothing to go back to.
  [[nodiscard]] bool roll_back();

  enum class BootResult { same, switched, retry, rolled_back };
  /// One attempt to boot the staged bank, or the active one. `starts`: the image comes up.
  [[nodiscard]] BootResult boot(bool starts, WallTime now, const BootPolicy& policy);

  [[nodiscard]] std::string encode() const;
  /// Nothing: not a state that `encode` wrote.
  [[nodiscard]] static std::optional<Banks> decode(std::string_view bytes);
  bool operator==(const Banks&) const = default;

 private:
  Bank banks_[2];
  std::uint8_t active_ = 0;
  bool staged_ = false;
  /// The staged bank is the older one; the bank that it replaces is bad.
  bool rolling_back_ = false;
  std::uint32_t boot_count_ = 1;
  std::vector<WallTime> failed_boots_;
};

}  // namespace motorcade::in_vehicle
