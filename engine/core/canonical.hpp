// Canonical bytes of the vocabulary: what state hashes, content hashes and package keys are made
// of, and what snapshots hold. One value has one encoding on every build; sets and maps are written
// in order; there are no floats.
#pragma once
#include "digest/digest.hpp"
#include "events/campaign.hpp"
#include "events/vocabulary.hpp"

namespace motorcade::core {

using Writer = digest::CanonicalWriter;
using Reader = digest::CanonicalReader;

template <class Tag, std::size_t N>
void write(Writer& out, const ByteId<Tag, N>& id) {
  out.raw(id.view());
}
template <class Tag, std::size_t N>
void read(Reader& in, ByteId<Tag, N>& id) {
  const auto bytes = in.raw(N);
  if (bytes.size() == N) std::memcpy(id.bytes.data(), bytes.data(), N);
}
inline void write(Writer& out, Time time) {
  out.i64(time.time_since_epoch().count());
}
inline void read(Reader& in, Time& time) {
  time = Time(Duration(in.i64()));
}
inline void write(Writer& out, Duration duration) {
  out.i64(duration.count());
}
inline void read(Reader& in, Duration& duration) {
  duration = Duration(in.i64());
}
inline void write(Writer& out, const std::string& text) {
  out.text(text);
}
inline void read(Reader& in, std::string& text) {
  text = in.text();
}

void write(Writer& out, const Partition& v);
void read(Reader& in, Partition& v);
void write(Writer& out, const SemanticVersion& v);
void read(Reader& in, SemanticVersion& v);
void write(Writer& out, const Configuration& v);
void read(Reader& in, Configuration& v);
void write(Writer& out, const ReleaseTarget& v);
void read(Reader& in, ReleaseTarget& v);
void write(Writer& out, const Filter& v);
void read(Reader& in, Filter& v);
void write(Writer& out, const Policy& v);
void read(Reader& in, Policy& v);
void write(Writer& out, const Ranked& v);
void read(Reader& in, Ranked& v);
void write(Writer& out, const Order& v);
void read(Reader& in, Order& v);
void write(Writer& out, const WaveCounts& v);
void read(Reader& in, WaveCounts& v);
void write(Writer& out, const Tally& v);
void read(Reader& in, Tally& v);
void write(Writer& out, const PackageContent& v);
void read(Reader& in, PackageContent& v);
void write(Writer& out, const Artifact& v);
void read(Reader& in, Artifact& v);
void write(Writer& out, const campaign::Gate& v);
void read(Reader& in, campaign::Gate& v);
void write(Writer& out, const campaign::Definition& v);
void read(Reader& in, campaign::Definition& v);

/// Counts are u32; elements in their order.
template <class T>
void write_all(Writer& out, const std::vector<T>& all) {
  out.u32(static_cast<std::uint32_t>(all.size()));
  for (const auto& one : all) write(out, one);
}
template <class T>
void read_all(Reader& in, std::vector<T>& all) {
  for (auto n = in.u32(); n > 0 && in.ok(); --n) read(in, all.emplace_back());
}
template <class T>
void write_optional(Writer& out, const std::optional<T>& v) {
  out.boolean(v.has_value());
  if (v) write(out, *v);
}
template <class T>
void read_optional(Reader& in, std::optional<T>& v) {
  if (in.boolean()) read(in, v.emplace());
}

template <class T>
[[nodiscard]] Digest digest_of(const T& value) {
  Writer out;
  write(out, value);
  return Digest{digest::sha256(out.bytes())};
}

}  // namespace motorcade::core
