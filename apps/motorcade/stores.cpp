#include "motorcade/stores.hpp"

#include "adapters/files/durable_file.hpp"
#include "motorcade/certificates.hpp"
#include "motorcade/tables.hpp"
#include "otap/source.hpp"

namespace motorcade::app {
namespace {

tl::unexpected<Error> signing_failure(const otap::Error& e) {
  return tl::unexpected(Error{e.code, "package signing keys: " + e.context});
}

Result<otap::SigningKeys> load_or_make(const Path& file) {
  if (std::filesystem::exists(file)) {
    auto keys = otap::SigningKeys::load(file);
    if (!keys) return signing_failure(keys.error());
    return *std::move(keys);
  }
  auto keys = otap::SigningKeys::generate();
  if (!keys) return signing_failure(keys.error());
  const auto part = file.string() + ".part";
  std::filesystem::remove(part);  // of a process that was killed here
  if (const auto saved = keys->save(part); !saved) return signing_failure(saved.error());
  std::error_code error;
  std::filesystem::rename(part, file, error);
  if (error) return failure(error, "keeping " + file.string());
  return *std::move(keys);
}

/// The public halves, for those who install vehicles' trust.
Result<void> publish(const otap::VerifyingKeys& keys, const Path& file) {
  const auto pem = keys.to_pem();
  if (const auto there = files::read_file(file); there && *there == pem) return {};
  auto sink = otap::FileSink::create(file);
  if (!sink) return signing_failure(sink.error());
  if (const auto written = sink->write(pem); !written) return signing_failure(written.error());
  if (const auto closed = sink->close(); !closed) return signing_failure(closed.error());
  return {};
}

Result<otap::SigningKeys> signing_keys(const Path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return failure(error, "making the directory " + directory.string());
  TRY(const auto held, files::lock_file(directory / "lock"));  // one builder makes them
  TRY(auto keys, load_or_make(directory / "package-signing.pem"));
  TRY_VOID(publish(keys.verifying_keys(), directory / "package-verifying.pem"));
  return keys;
}

/// Beside a log that other processes use too: where they find them.
Result<std::unique_ptr<ports::SnapshotStore>> open_snapshots(const Config& config,
                                                             const AnyLog& log) {
  if (log.snapshots) return log.snapshots();
  return files::SnapshotFiles::open({config.snapshots.directory});
}

}  // namespace

Result<void> Stores::open(const Config& config, ports::Reporter& reporter,
                          ports::Metrics& metrics) {
  TRY(policy, load_policy(config.pqc.table, config.pqc.configuration));
  TRY_VOID(provide_certificates(config, policy, reporter));
  TRY(ecus, load_registry(config.ecu_registry));
  auto loaded = edge::TokenStore::load(config.tokens);
  if (!loaded) return tl::unexpected(loaded.error());
  tokens.emplace(*std::move(loaded));
  TRY(log, open_log(config, reporter, metrics));
  TRY(keys, files::KeyFiles::open(config.keys, files::Access::kWrite));
  TRY(artifacts, files::ArtifactFiles::open(config.artifacts));
  TRY(snapshots, open_snapshots(config, log));
  // Of another incarnation they would skip what a restored log has not yet told the world.
  const auto incarnation = to_hex(log.it->birth().incarnation);
  TRY(checkpoints, files::CheckpointFiles::open(config.checkpoints / incarnation));
  if (!config.roles.contains(Role::kBuilder)) return {};
  TRY(auto pair, signing_keys(config.signing));
  signing = std::move(pair);
  return {};
}

}  // namespace motorcade::app
