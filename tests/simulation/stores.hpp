// What an engine keeps beside its log, in memory: it outlives the engine's processes. Each store
// can fail for a while.
#pragma once
#include <functional>
#include <map>

#include "digest/digest.hpp"
#include "engine/ports/checkpoint_store.hpp"
#include "engine/ports/key_store.hpp"
#include "engine/ports/package_links.hpp"
#include "engine/ports/reporter.hpp"
#include "engine/ports/snapshot_store.hpp"

namespace motorcade::simulation {

/// Asked once per write; true: it fails.
using Fails = std::function<bool()>;

class Snapshots final : public ports::SnapshotStore {
 public:
  Fails fails;
  std::map<std::pair<Partition, std::uint64_t>, ports::Snapshot> kept;

  Result<void> put(const ports::Snapshot& snapshot) override {
    if (fails && fails()) return failure(std::errc::io_error, "injected: snapshot");
    kept[{snapshot.partition, snapshot.sequence.value}] = snapshot;
    return {};
  }
  boost::asio::awaitable<std::optional<ports::Snapshot>> newest(Partition partition, std::uint32_t,
                                                                Sequence at) override {
    auto found = kept.upper_bound({partition, at.value});
    if (found == kept.begin() || (--found)->first.first != partition) co_return std::nullopt;
    co_return found->second;
  }
};

class Checkpoints final : public ports::CheckpointStore {
 public:
  Fails fails;

  Sequence load(std::string_view, Partition partition) override { return kept_[partition]; }
  Result<void> store(std::string_view, Partition partition, Sequence next) override {
    if (fails && fails()) return failure(std::errc::io_error, "injected: checkpoint");
    kept_[partition] = next;
    return {};
  }

 private:
  std::map<Partition, Sequence> kept_;
};

/// Seals by a prefix that names the purpose: what was never sealed, or for something else, does not
/// open.
class Keys final : public ports::KeyStore {
 public:
  [[nodiscard]] VehicleId id_of(std::string_view vin) const override {
    VehicleId vehicle;
    const auto hash = digest::sha256(vin);
    std::copy_n(hash.begin(), vehicle.bytes.size(), vehicle.bytes.begin());
    return vehicle;
  }
  Result<VehicleId> identify(std::string_view vin) override {
    const auto vehicle = id_of(vin);
    vins_.try_emplace(vehicle, vin);
    return vehicle;
  }
  [[nodiscard]] std::optional<std::string> vin_of(const VehicleId& vehicle) const override {
    const auto known = vins_.find(vehicle);
    return known == vins_.end() ? std::nullopt : std::optional(known->second);
  }
  Result<std::string> seal(const VehicleId&, std::string_view purpose,
                           std::string_view plain) override {
    return seal_of(purpose).append(plain);
  }
  [[nodiscard]] Result<std::optional<std::string>> open(const VehicleId&, std::string_view purpose,
                                                        std::string_view sealed) const override {
    const auto prefix = seal_of(purpose);
    if (!sealed.starts_with(prefix)) return failure(std::errc::bad_message, "not sealed for this");
    return std::optional(std::string(sealed.substr(prefix.size())));
  }
  Result<void> destroy(const VehicleId&) override { return {}; }

 private:
  static std::string seal_of(std::string_view purpose) {
    return std::string("sealed ").append(purpose).append(":");
  }
  std::unordered_map<VehicleId, std::string> vins_;
};

class Links final : public ports::PackageLinks {
 public:
  [[nodiscard]] ports::PackageLink link(const Artifact& artifact, Time) const override {
    return {"https://motorcade/" + to_hex(artifact.digest), "token"};
  }
};

class QuietReporter final : public ports::Reporter {
 public:
  void report(ports::Severity, std::string_view, Fields) override {}
};

/// Built packages: what a vehicle will find in one, by its digest.
class Artifacts {
 public:
  std::function<bool(const PackageContent&)> fails_to_build;

  Result<Artifact> build(const PackageKey& key, PackageContent content) {
    if (fails_to_build && fails_to_build(content))
      return failure(std::errc::invalid_argument, "injected: the content does not build");
    const Digest digest{digest::sha256(key.view())};
    built_[digest] = std::move(content);
    return Artifact{digest, kSizeBytes};
  }
  [[nodiscard]] const PackageContent* find(const Digest& digest) const {
    const auto found = built_.find(digest);
    return found == built_.end() ? nullptr : &found->second;
  }
  static constexpr std::uint64_t kSizeBytes = 100'000;

 private:
  std::map<Digest, PackageContent> built_;
};

}  // namespace motorcade::simulation
