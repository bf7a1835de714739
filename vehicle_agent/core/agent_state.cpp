// The state's bytes on disk. Format 1; a new field gets a new format number and a default.
#include "vehicle_agent/core/state.hpp"

namespace motorcade::agent {

namespace {
constexpr std::uint8_t kFormat = 1;
constexpr std::uint32_t kMostItems = 65535;  // of any list: damaged bytes must not ask for memory

class Writer {
 public:
  explicit Writer(digest::CanonicalWriter& out) : out_(out) {}
  template <class Tag, std::size_t N>
  void operator()(const ByteId<Tag, N>& id) {
    out_.raw(id.view());
  }
  void operator()(const Time& at) { out_.i64(at.time_since_epoch().count()); }
  void operator()(const std::string& text) { out_.text(text); }
  void operator()(bool flag) { out_.boolean(flag); }
  void operator()(std::uint32_t number) { out_.u32(number); }
  void operator()(std::int32_t number) { out_.u32(static_cast<std::uint32_t>(number)); }
  void operator()(std::uint64_t number) { out_.u64(number); }
  template <class E>
  requires std::is_enum_v<E>
  void operator()(E value) { out_.u8(static_cast<std::uint8_t>(value)); }
  template <class T>
  void operator()(const std::vector<T>& items) {
    out_.u32(static_cast<std::uint32_t>(items.size()));
    for (const auto& item : items) visit(item, *this);
  }
  template <class T>
  void operator()(const std::optional<T>& item) {
    out_.boolean(item.has_value());
    if (item) visit(*item, *this);
  }

 private:
  digest::CanonicalWriter& out_;
};

class Reader {
 public:
  explicit Reader(digest::CanonicalReader& in) : in_(in) {}
  template <class Tag, std::size_t N>
  void operator()(ByteId<Tag, N>& id) {
    if (const auto read = id_from_bytes<ByteId<Tag, N>>(in_.raw(N))) id = *read;
  }
  void operator()(Time& at) { at = Time{Duration{in_.i64()}}; }
  void operator()(std::string& text) { text = in_.text(); }
  void operator()(bool& flag) { flag = in_.boolean(); }
  void operator()(std::uint32_t& number) { number = in_.u32(); }
  void operator()(std::int32_t& number) { number = static_cast<std::int32_t>(in_.u32()); }
  void operator()(std::uint64_t& number) { number = in_.u64(); }
  template <class E>
  requires std::is_enum_v<E>
  void operator()(E& value) { value = static_cast<E>(in_.u8()); }
  template <class T>
  void operator()(std::vector<T>& items) {
    const auto count = in_.u32();
    if (count > kMostItems) good_ = false;
    for (std::uint32_t i = 0; i < count && good(); ++i) visit(items.emplace_back(), *this);
  }
  template <class T>
  void operator()(std::optional<T>& item) {
    if (in_.boolean()) visit(item.emplace(), *this);
  }
  [[nodiscard]] bool good() const { return good_ && in_.ok(); }

 private:
  digest::CanonicalReader& in_;
  bool good_ = true;
};

// Fields in the order of the bytes: one list per type, for both ways.
template <class T, class Io>
void visit(T& value, Io& io) {
  using U = std::remove_const_t<T>;
  const auto all = [&io](auto&... fields) { (io(fields), ...); };
  if constexpr (std::is_same_v<U, Offer>) {
    all(value.command, value.campaign, value.expires_at, value.url, value.token, value.digest,
        value.size_bytes);
  } else if constexpr (std::is_same_v<U, EcuPlan>) {
    all(value.ecu, value.from.major, value.from.minor, value.from.patch, value.to.major,
        value.to.minor, value.to.patch);
  } else if constexpr (std::is_same_v<U, ZonePlan>) {
    all(value.gateway, value.ecus);
  } else if constexpr (std::is_same_v<U, EcuResult>) {
    all(value.gateway, value.ecu, value.outcome, value.nrc);
  } else if constexpr (std::is_same_v<U, Readiness>) {
    all(value.parked, value.ignition_off, value.storage_ok, value.network_ok, value.no_critical_dtc,
        value.battery_percent, value.temperature_celsius);
  } else if constexpr (std::is_same_v<U, Update>) {
    visit(value.offer, io);
    all(value.phase, value.paused, value.reported_percent, value.setbacks, value.zones,
        value.zones_installed, value.results, value.reason);
  } else if constexpr (std::is_same_v<U, vehicle::ReportStatus>) {
    all(value.command, value.step, value.reason, value.bytes_done, value.bytes_total,
        value.boot_count, value.ecus);
  } else if constexpr (std::is_same_v<U, StoredResult>) {
    all(value.expires_at, value.channel);
    visit(value.report, io);
  } else {
    static_assert(std::is_same_v<U, State>);
    all(value.boot_count, value.vci_due, value.readiness, value.update, value.next);
  }
}
}  // namespace

void encode_state(const State& state, digest::CanonicalWriter& out) {
  out.u8(kFormat);
  Writer write(out);
  visit(state, write);
}

bool decode_state(digest::CanonicalReader& in, State& state) {
  if (in.u8() != kFormat) return false;
  auto results = std::move(state.results);
  state = State{};
  state.results = std::move(results);
  Reader read(in);
  visit(state, read);
  return read.good();
}

void encode_result(const CommandId& command, const StoredResult& result,
                   digest::CanonicalWriter& out) {
  out.u8(kFormat);
  Writer write(out);
  write(command);
  visit(result, write);
}

bool decode_result(digest::CanonicalReader& in, CommandId& command, StoredResult& result) {
  if (in.u8() != kFormat) return false;
  Reader read(in);
  read(command);
  visit(result, read);
  return read.good();
}

}  // namespace motorcade::agent
