#include "vehicle_agent/ecu/banks.hpp"

#include <algorithm>
#include <utility>

namespace motorcade::in_vehicle {

void Banks::erase() {
  banks_[other_index()] = Bank{};
  staged_ = rolling_back_ = false;
  failed_boots_.clear();
}

void Banks::receive(std::uint64_t size_bytes) {
  auto& bank = banks_[other_index()];
  bank.state = BankState::receiving;
  bank.size_bytes = size_bytes;
}

void Banks::stage(std::string version, const digest::Sha256& sha256) {
  auto& bank = banks_[other_index()];
  bank.state = BankState::valid;
  bank.version = std::move(version);
  bank.sha256 = sha256;
  staged_ = true;
  rolling_back_ = false;
}

void Banks::reject() {
  banks_[other_index()].state = BankState::bad;
  staged_ = false;
}

bool Banks::roll_back() {
  if (rolling_back_) return true;
  if (staged_) {
    staged_ = false;  // never booted: the active bank simply stays
    return true;
  }
  if (other().state != BankState::valid) return false;
  staged_ = rolling_back_ = true;
  return true;
}

Banks::BootResult Banks::boot(bool starts, WallTime now, const BootPolicy& policy) {
  ++boot_count_;
  if (!staged_) return BootResult::same;
  if (starts) {
    active_ = static_cast<std::uint8_t>(other_index());
    if (rolling_back_) banks_[other_index()].state = BankState::bad;
    staged_ = rolling_back_ = false;
    failed_boots_.clear();
    return BootResult::switched;
  }
  std::erase_if(failed_boots_, [&](WallTime at) { return now - at > policy.window; });
  failed_boots_.push_back(now);
  if (failed_boots_.size() < policy.max_attempts) return BootResult::retry;
  reject();
  rolling_back_ = false;
  failed_boots_.clear();
  return BootResult::rolled_back;
}

namespace {
constexpr std::string_view magic = "MCECU1";
}

std::string Banks::encode() const {
  digest::CanonicalWriter out;
  out.raw(magic);
  for (const auto& bank : banks_) {
    out.u8(static_cast<std::uint8_t>(bank.state));
    out.text(bank.version);
    out.u64(bank.size_bytes);
    out.raw({reinterpret_cast<const char*>(bank.sha256.data()), bank.sha256.size()});
  }
  out.u8(active_);
  out.boolean(staged_);
  out.boolean(rolling_back_);
  out.u32(boot_count_);
  out.u32(static_cast<std::uint32_t>(failed_boots_.size()));
  for (const auto at : failed_boots_) out.i64(at.count());
  return out.take();
}

std::optional<Banks> Banks::decode(std::string_view bytes) {
  digest::CanonicalReader in(bytes);
  if (in.raw(magic.size()) != magic) return std::nullopt;
  Banks banks{Bank{}};
  for (auto& bank : banks.banks_) {
    const auto state = in.u8();
    if (state > static_cast<std::uint8_t>(BankState::bad)) return std::nullopt;
    bank.state = BankState{state};
    bank.version = in.text();
    bank.size_bytes = in.u64();
    const auto sha256 = in.raw(bank.sha256.size());
    std::copy(sha256.begin(), sha256.end(), bank.sha256.begin());
  }
  banks.active_ = in.u8();
  banks.staged_ = in.boolean();
  banks.rolling_back_ = in.boolean();
  banks.boot_count_ = in.u32();
  const auto failed = in.u32();
  for (std::uint32_t i = 0; i < failed && in.ok(); ++i)
    banks.failed_boots_.push_back(WallTime(in.i64()));
  if (!in.ok() || !in.at_end() || banks.active_ > 1) return std::nullopt;
  return banks;
}

}  // namespace motorcade::in_vehicle
