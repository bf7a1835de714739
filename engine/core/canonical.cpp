#include "engine/core/canonical.hpp"

namespace motorcade::core {

void write(Writer& out, const Partition& v) {
  out.u8(static_cast<std::uint8_t>(v.stream));
  out.u16(v.number);
}
void read(Reader& in, Partition& v) {
  v.stream = static_cast<Stream>(in.u8());
  v.number = in.u16();
}

void write(Writer& out, const SemanticVersion& v) {
  out.u32(v.major);
  out.u32(v.minor);
  out.u32(v.patch);
}
void read(Reader& in, SemanticVersion& v) {
  v.major = in.u32();
  v.minor = in.u32();
  v.patch = in.u32();
}

namespace {
void write(Writer& out, const Ecu& v) {
  out.text(v.id);
  out.text(v.type);
  out.text(v.hardware);
  core::write(out, v.version);
}
void read(Reader& in, Ecu& v) {
  v.id = in.text();
  v.type = in.text();
  v.hardware = in.text();
  core::read(in, v.version);
}
void write(Writer& out, const EcuUpdate& v) {
  out.text(v.ecu);
  out.text(v.hardware);
  core::write(out, v.from);
  core::write(out, v.to);
  core::write(out, v.image);
  out.u64(v.image_size_bytes);
}
void read(Reader& in, EcuUpdate& v) {
  v.ecu = in.text();
  v.hardware = in.text();
  core::read(in, v.from);
  core::read(in, v.to);
  core::read(in, v.image);
  v.image_size_bytes = in.u64();
}
void write(Writer& out, const WaveOrder& v) {
  core::write(out, v.last);
  out.u32(v.attempt);
}
void read(Reader& in, WaveOrder& v) {
  core::read(in, v.last);
  v.attempt = in.u32();
}
void write(Writer& out, const campaign::WavePlan& v) {
  out.u32(v.cumulative_basis_points);
}
void read(Reader& in, campaign::WavePlan& v) {
  v.cumulative_basis_points = in.u32();
}

template <class T>
void write_each(Writer& out, const std::vector<T>& all) {
  out.u32(static_cast<std::uint32_t>(all.size()));
  for (const auto& one : all) write(out, one);
}
template <class T>
void read_each(Reader& in, std::vector<T>& all) {
  for (auto n = in.u32(); n > 0 && in.ok(); --n) read(in, all.emplace_back());
}
}  // namespace

void write(Writer& out, const Configuration& v) {
  out.u32(static_cast<std::uint32_t>(v.zones.size()));
  for (const auto& zone : v.zones) {
    out.text(zone.gateway);
    out.text(zone.model);
    write_each(out, zone.ecus);
  }
}
void read(Reader& in, Configuration& v) {
  for (auto n = in.u32(); n > 0 && in.ok(); --n) {
    auto& zone = v.zones.emplace_back();
    zone.gateway = in.text();
    zone.model = in.text();
    read_each(in, zone.ecus);
  }
}

void write(Writer& out, const ReleaseTarget& v) {
  write(out, v.release);
  out.text(v.ecu_type);
  out.text(v.hardware);
  write(out, v.version);
  write(out, v.image);
  out.u64(v.image_size_bytes);
}
void read(Reader& in, ReleaseTarget& v) {
  read(in, v.release);
  v.ecu_type = in.text();
  v.hardware = in.text();
  read(in, v.version);
  read(in, v.image);
  v.image_size_bytes = in.u64();
}

void write(Writer& out, const Filter& v) {
  out.text(v.model);
  out.u32(v.year_from);
  out.u32(v.year_to);
  write_all(out, v.vehicles);
}
void read(Reader& in, Filter& v) {
  v.model = in.text();
  v.year_from = in.u32();
  v.year_to = in.u32();
  read_all(in, v.vehicles);
}

void write(Writer& out, const Policy& v) {
  write(out, v.offer_timeout);
  write(out, v.download_timeout);
  write(out, v.install_timeout);
  write(out, v.verify_timeout);
  write(out, v.build_timeout);
  out.u32(v.priority);
}
void read(Reader& in, Policy& v) {
  read(in, v.offer_timeout);
  read(in, v.download_timeout);
  read(in, v.install_timeout);
  read(in, v.verify_timeout);
  read(in, v.build_timeout);
  v.priority = in.u32();
}

void write(Writer& out, const Ranked& v) {
  out.u64(v.rank);
  write(out, v.vehicle);
}
void read(Reader& in, Ranked& v) {
  v.rank = in.u64();
  read(in, v.vehicle);
}

void write(Writer& out, const Order& v) {
  write(out, v.campaign);
  out.u64(v.generation.value);
  out.u8(static_cast<std::uint8_t>(v.phase));
  write(out, v.filter);
  write_all(out, v.content);
  write(out, v.policy);
  out.u64(v.seed);
  write_each(out, v.waves);
  out.u64(v.allowance);
}
void read(Reader& in, Order& v) {
  read(in, v.campaign);
  v.generation.value = in.u64();
  v.phase = static_cast<OrderPhase>(in.u8());
  read(in, v.filter);
  read_all(in, v.content);
  read(in, v.policy);
  v.seed = in.u64();
  read_each(in, v.waves);
  v.allowance = in.u64();
}

void write(Writer& out, const WaveCounts& v) {
  for (const auto count : {v.in_progress, v.verified, v.failed, v.rolled_back, v.declined,
                           v.timed_out, v.cancelled, v.unreached})
    out.u64(count);
}
void read(Reader& in, WaveCounts& v) {
  for (auto* count : {&v.in_progress, &v.verified, &v.failed, &v.rolled_back, &v.declined,
                      &v.timed_out, &v.cancelled, &v.unreached})
    *count = in.u64();
}

void write(Writer& out, const Tally& v) {
  write(out, v.campaign);
  write(out, v.shard);
  out.u64(v.sequence.value);
  out.u64(v.generation.value);
  out.u64(v.offered);
  out.u64(v.contradicted);
  write_all(out, v.waves);
}
void read(Reader& in, Tally& v) {
  read(in, v.campaign);
  read(in, v.shard);
  v.sequence.value = in.u64();
  v.generation.value = in.u64();
  v.offered = in.u64();
  v.contradicted = in.u64();
  read_all(in, v.waves);
}

void write(Writer& out, const PackageContent& v) {
  out.u32(static_cast<std::uint32_t>(v.zones.size()));
  for (const auto& zone : v.zones) {
    out.text(zone.gateway);
    out.text(zone.model);
    write_each(out, zone.ecus);
  }
}
void read(Reader& in, PackageContent& v) {
  for (auto n = in.u32(); n > 0 && in.ok(); --n) {
    auto& zone = v.zones.emplace_back();
    zone.gateway = in.text();
    zone.model = in.text();
    read_each(in, zone.ecus);
  }
}

void write(Writer& out, const Artifact& v) {
  write(out, v.digest);
  out.u64(v.size_bytes);
}
void read(Reader& in, Artifact& v) {
  read(in, v.digest);
  v.size_bytes = in.u64();
}

void write(Writer& out, const campaign::Gate& v) {
  out.u32(v.success_basis_points);
  out.u32(v.failure_basis_points);
  out.u32(v.minimum_executed);
  write(out, v.soak);
}
void read(Reader& in, campaign::Gate& v) {
  v.success_basis_points = in.u32();
  v.failure_basis_points = in.u32();
  v.minimum_executed = in.u32();
  read(in, v.soak);
}

void write(Writer& out, const campaign::Definition& v) {
  out.text(v.name);
  out.u64(v.seed);
  write_all(out, v.releases);
  write(out, v.filter);
  write_each(out, v.waves);
  write(out, v.gate);
  write(out, v.policy);
}
void read(Reader& in, campaign::Definition& v) {
  v.name = in.text();
  v.seed = in.u64();
  read_all(in, v.releases);
  read(in, v.filter);
  read_each(in, v.waves);
  read(in, v.gate);
  read(in, v.policy);
}

}  // namespace motorcade::core
