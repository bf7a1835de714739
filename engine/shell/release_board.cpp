#include "engine/shell/release_board.hpp"

#include <boost/asio/post.hpp>

#include "events/names.hpp"
#include "events/wire/json_notices.hpp"

namespace motorcade::shell {

ReleaseBoard::ReleaseBoard(EffectsWorld world, Partition partition, asio::any_io_executor executor)
    : world_(world),
      partition_(partition),
      executor_(executor),
      follower_(world.events, partition),
      signal_(executor) {}

void ReleaseBoard::stop() {
  asio::post(executor_, [this] {
    stopping_ = true;
    signal_.wake();
  });
}

asio::awaitable<void> ReleaseBoard::run() {
  while (!stopping_) {
    follower_ = Follower<core::catalogs::Catalog>(world_.events, partition_);
    const auto followed = co_await follow();
    if (followed || stopping_) break;
    const auto why = to_string(followed.error());
    world_.reporter.report(ports::Severity::kError, "the release board stopped; trying again",
                           {{"error", why}});
    co_await first_of(world_.clock.sleep_until(world_.clock.now() + kRetry), signal_.wait());
  }
}

asio::awaitable<Result<void>> ReleaseBoard::follow() {
  auto ignore = [](const Fold<core::catalogs::Catalog>&) {};
  while (!stopping_) {
    CO_TRY(const bool more, co_await follower_.step(Sequence{~0ULL}, ignore));
    if (more) continue;
    const bool all_sent = co_await announce();
    if (stopping_) break;
    if (all_sent)
      co_await first_of(world_.events.wait_for_events(partition_, follower_.fold().next()),
                        signal_.wait());
    else
      co_await first_of(world_.clock.sleep_until(world_.clock.now() + kRetry), signal_.wait());
  }
  co_return Result<void>{};
}

asio::awaitable<bool> ReleaseBoard::announce() {
  bool all_sent = true;
  std::map<std::string, const core::catalogs::Release*> newest;
  for (const auto& [id, release] : follower_.fold().state().releases) {
    if (!is_ecu_type(release.target.ecu_type)) continue;  // no topic can carry it
    auto& best = newest[release.target.ecu_type];
    if (release.deprecated) continue;
    if (best == nullptr || best->target.version < release.target.version) best = &release;
  }
  for (const auto& [type, release] : newest) {
    const auto id = release != nullptr ? release->target.release : ReleaseId{};
    if (const auto known = announced_.find(type); known != announced_.end() && known->second == id)
      continue;
    // An empty retained message takes a withdrawn release off the board.
    std::string body;
    if (release != nullptr) {
      const auto& t = release->target;
      body = wire::encode_release(
          {t.ecu_type, t.version, t.release, t.image, t.image_size_bytes, t.hardware});
    }
    ports::Notice notice{ports::Channel::kBroadcastRelease, type, std::move(body), 0};
    const auto sent = co_await world_.link.publish(std::move(notice));
    if (sent) announced_[type] = id;
    all_sent = all_sent && sent.has_value();
    if (stopping_) break;
  }
  co_return all_sent;
}

}  // namespace motorcade::shell
