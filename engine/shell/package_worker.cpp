#include "engine/shell/package_worker.hpp"

#include <boost/asio/post.hpp>

#include "engine/ports/async_answer.hpp"
#include "events/wire/commands.hpp"
#include "events/wire/records.hpp"

namespace motorcade::shell {

namespace {

tl::unexpected<Error> not_built(const otap::Error& error, std::string_view what) {
  return failure(std::errc::invalid_argument, std::string(what) + ": " + error.context);
}

otap::Sink sink_into(ports::ArtifactWriter& writer) {
  return [&writer](std::string_view bytes) -> otap::Result<void> {
    if (const auto written = writer.write(bytes); !written)
      return otap::failure(otap::Errc::io_failed, to_string(written.error()));
    return {};
  };
}

Result<otap::ImageSpec> image_of(const EcuUpdate& ecu, const ports::ArtifactStore& artifacts) {
  TRY(const auto path, artifacts.find(ecu.image));
  auto source = otap::file_source(path);
  if (!source) return not_built(source.error(), "image of " + ecu.ecu);
  otap::ImageSpec image;
  image.ecu_id = ecu.ecu;
  image.hardware_id = ecu.hardware;
  image.from_version = to_string(ecu.from);
  image.to_version = to_string(ecu.to);
  image.image = *std::move(source);
  image.sha256 = ecu.image.bytes;
  return image;
}

Result<Artifact> build_zone(const ZonePackage& zone, ports::ArtifactStore& artifacts,
                            const otap::SigningKeys& signing) {
  otap::PackageSpec spec;
  spec.zonal_gateway = zone.gateway;
  for (const auto& ecu : zone.ecus) {
    TRY(auto image, image_of(ecu, artifacts));
    spec.images.push_back(std::move(image));
  }
  TRY(const auto writer, artifacts.create());
  const auto written = otap::write_package(std::move(spec), signing, sink_into(*writer));
  if (!written) return not_built(written.error(), "package of " + zone.gateway);
  return writer->finish(Digest{written->sha256});
}

}  // namespace

Result<Artifact> build_package(const PackageContent& content, const PackageKey& key,
                               ports::ArtifactStore& artifacts, const otap::SigningKeys& signing) {
  otap::BundleSpec spec;
  spec.id = to_hex(key);
  for (const auto& zone : content.zones) {
    TRY(const auto built, build_zone(zone, artifacts, signing));
    TRY(const auto path, artifacts.find(built.digest));
    auto source = otap::file_source(path);
    if (!source) return not_built(source.error(), "package of " + zone.gateway);
    spec.packages.push_back({zone.gateway, *std::move(source), built.digest.bytes});
  }
  TRY(const auto writer, artifacts.create());
  const auto written = otap::write_bundle(spec, signing, sink_into(*writer));
  if (!written) return not_built(written.error(), "bundle");
  return writer->finish(Digest{written->sha256});
}

Build build_on(asio::thread_pool& pool, ports::ArtifactStore& artifacts,
               const otap::SigningKeys& signing) {
  return [&pool, &artifacts, &signing](
             PackageKey key, PackageContent content) -> asio::awaitable<Result<Artifact>> {
    return ports::offload<Result<Artifact>>(
        pool.get_executor(), [&artifacts, &signing, key, content = std::move(content)] {
          return build_package(content, key, artifacts, signing);
        });
  };
}

PackageWorker::PackageWorker(BuildWorld world, Partition partition, asio::any_io_executor executor)
    : world_(std::move(world)),
      partition_(partition),
      executor_(executor),
      follower_(world.events, partition),
      signal_(executor) {}

void PackageWorker::stop() {
  asio::post(executor_, [this] {
    stopping_ = true;
    signal_.wake();
  });
}

asio::awaitable<void> PackageWorker::run() {
  while (!stopping_) {
    follower_ = Follower<core::catalogs::Catalog>(world_.events, partition_);
    reported_.clear();
    const auto followed = co_await follow();
    if (followed || stopping_) break;
    const auto why = to_string(followed.error());
    world_.reporter.report(ports::Severity::kError, "the package worker stopped; trying again",
                           {{"error", why}});
    co_await first_of(world_.clock.sleep_until(world_.clock.now() + kRetry), signal_.wait());
  }
}

asio::awaitable<Result<void>> PackageWorker::follow() {
  auto ignore = [](const Fold<core::catalogs::Catalog>&) {};
  while (!stopping_) {
    CO_TRY(const bool more, co_await follower_.step(Sequence{~0ULL}, ignore));
    if (more) continue;
    if (unbuilt()) {
      const auto built = co_await build_next();
      if (!built) co_return built;
      continue;
    }
    co_await first_of(world_.events.wait_for_events(partition_, follower_.fold().next()),
                      signal_.wait());
  }
  co_return Result<void>{};
}

std::optional<PackageKey> PackageWorker::unbuilt() const {
  for (const auto& [key, package] : follower_.fold().state().packages) {
    if (package.artifact || package.failed) continue;
    const auto reported = reported_.find(key);
    if (reported == reported_.end() || reported->second < package.attempt) return key;
  }
  return std::nullopt;
}

asio::awaitable<Result<void>> PackageWorker::build_next() {
  const auto key = *unbuilt();
  const auto& package = follower_.fold().state().packages.at(key);
  reported_[key] = package.attempt;
  auto building = world_.build(key, package.content);
  auto built = co_await std::move(building);
  co_return co_await report(key, std::move(built));
}

asio::awaitable<Result<void>> PackageWorker::report(const PackageKey& key, Result<Artifact> built) {
  catalog::ReportBuilt outcome{key, std::nullopt, {}};
  if (built)
    outcome.artifact = *built;
  else
    outcome.reason = to_string(built.error());
  auto sealed =
      world_.keys.seal(VehicleId{}, kInboxPurpose, wire::encode_command(catalog::Command(outcome)));
  if (!sealed) co_return tl::unexpected(sealed.error());
  InboxRecord record;
  record.partition = partition_;
  record.kind = RecordKind::kCatalogCommand;
  record.cause = RequestCause{};
  record.occurred_at = record.recorded_at = world_.clock.now();
  record.actor = "builder";
  record.content_type = ContentType::kProtobuf;
  record.sealed = true;
  record.body = *std::move(sealed);
  std::vector<std::string> records{wire::encode_record(record)};
  const auto sent = co_await world_.inbox.send(partition_, std::move(records));
  if (!sent) co_return tl::unexpected(sent.error());
  co_return Result<void>{};
}

}  // namespace motorcade::shell
