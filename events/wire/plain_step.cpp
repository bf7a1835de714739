#include "events/wire/plain_step.hpp"

#include "events/wire/fields.hpp"

namespace motorcade::wire {
namespace {

/// Reads past the end give nothing, and the end is never reached.
class Plain {
 public:
  explicit Plain(std::string_view rest) : rest_(rest) {}

  [[nodiscard]] bool is(char tag) {
    if (rest_.empty() || rest_[0] != tag) return false;
    rest_.remove_prefix(1);
    return true;
  }
  [[nodiscard]] std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(raw(1)[0]);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
    return fail();
  }
  void id(auto& to) {
    if (raw(1)[0] != static_cast<char>(to.bytes.size())) return (void)fail();
    std::memcpy(to.bytes.data(), raw(to.bytes.size()), to.bytes.size());
  }
  void text(std::string& to) {
    const auto size = static_cast<std::uint8_t>(raw(1)[0]);
    if (size >= 0x80 || size > rest_.size()) return (void)fail();
    to.assign(raw(size), size);
  }
  [[nodiscard]] Time time() {
    std::int64_t value = 0;
    std::memcpy(&value, raw(sizeof value), sizeof value);
    return Time(Duration(value));
  }
  [[nodiscard]] bool at_end() const { return ok_ && rest_.empty(); }

 private:
  std::uint64_t fail() {
    ok_ = false;
    return 0;
  }
  /// At most 16 bytes, or as many as are known to be there.
  const char* raw(std::size_t size) {
    static constexpr char kNothing[16] = {};
    if (size > rest_.size()) {
      fail();
      return kNothing;
    }
    const char* const taken = rest_.data();
    rest_.remove_prefix(size);
    return taken;
  }
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

bool read_plain(std::string_view payload, vehicle::StepReported& fact) {
  Plain in(payload);
  if (in.is(0x0A)) in.id(fact.vehicle);
  if (in.is(0x12)) in.id(fact.command);
  if (in.is(0x18)) {
    const auto step = in.varint();
    if (step > static_cast<std::uint64_t>(kLastOf<vehicle::ReportedStep>)) return false;
    fact.step = static_cast<vehicle::ReportedStep>(step);
  }
  if (in.is(0x22)) in.text(fact.reason);
  if (in.is(0x28)) fact.bytes_done = in.varint();
  if (in.is(0x30)) fact.bytes_total = in.varint();
  if (in.is(0x38)) fact.boot_count = in.varint();
  if (in.is(0x49)) fact.deadline = in.time();
  return in.at_end();
}

}  // namespace motorcade::wire
