// Builds packages: PackageRequested -> zone packages and a vehicle bundle in the artifact store ->
// PackageBuilt or PackageFailed.
//
// It needs no checkpoint: what is requested and neither built nor failed in the folded catalog is
// to be built. Signatures are deterministic, so a build repeated after a crash gives the same
// artifact.
#pragma once
#include <boost/asio/thread_pool.hpp>
#include <functional>

#include "engine/ports/artifact_store.hpp"
#include "engine/shell/follower.hpp"
#include "otap/bundle.hpp"

namespace motorcade::shell {

/// Makes the artifact of a content; completes on the worker's executor.
using Build = std::function<asio::awaitable<Result<Artifact>>(PackageKey, PackageContent)>;

struct BuildWorld {
  ports::EventLog& events;
  ports::Inbox& inbox;
  ports::Clock& clock;
  ports::KeyStore& keys;
  ports::Reporter& reporter;
  Build build;
};

/// Packs and signs; in the calling thread, for seconds. The error's context says what is wrong with
/// the content.
[[nodiscard]] Result<Artifact> build_package(const PackageContent& content, const PackageKey& key,
                                             ports::ArtifactStore& artifacts,
                                             const otap::SigningKeys& signing);
/// build_package on a thread of `pool`. All three outlive the workers.
[[nodiscard]] Build build_on(asio::thread_pool& pool, ports::ArtifactStore& artifacts,
                             const otap::SigningKeys& signing);

class PackageWorker {
 public:
  PackageWorker(BuildWorld world, Partition partition, asio::any_io_executor executor);
  asio::awaitable<void> run();
  void stop();

 private:
  asio::awaitable<Result<void>> follow();
  asio::awaitable<Result<void>> build_next();
  asio::awaitable<Result<void>> report(const PackageKey& key, Result<Artifact> built);
  [[nodiscard]] std::optional<PackageKey> unbuilt() const;

  BuildWorld world_;
  Partition partition_;
  asio::any_io_executor executor_;
  Follower<core::catalogs::Catalog> follower_;
  std::map<PackageKey, std::uint32_t>
      reported_;  ///< attempts whose outcome is on its way to the catalog
  Signal signal_;
  bool stopping_ = false;
};

}  // namespace motorcade::shell
