// What the core asks for, done.
#include "vehicle_agent/vmg/offer_check.hpp"
#include "vehicle_agent/vmg/on_pool.hpp"
#include "vehicle_agent/vmg/vmg.hpp"

namespace motorcade::vmg {

namespace {
namespace asio = boost::asio;
constexpr auto kFirstInventoryPause = std::chrono::milliseconds(200);
constexpr auto kLastInventoryPause = std::chrono::seconds(10);
constexpr auto kLostLinkPause = std::chrono::milliseconds(1500);

agent::DownloadFault fault_of(const Error& error) {
  if (error.code == Errc::kDamaged) return agent::DownloadFault::kDamaged;
  if (error.code == Errc::kLinkExpired) return agent::DownloadFault::kLinkExpired;
  if (error.code == Errc::kRefused || error.code == Errc::kPinMismatch)
    return agent::DownloadFault::kRefused;
  return agent::DownloadFault::kLink;
}
}  // namespace

bool Vmg::power_fails(agent::Phase phase) {
  if (options_.faults.power_cut != phase) return false;
  fail("power cut on request");
  return true;
}

void Vmg::perform(const agent::Publish& publish) {
  if (!options_.faults.reorder_messages) return send(publish.report);
  if (!held_back_) {
    held_back_ = publish.report;
    return;
  }
  send(publish.report);
  send(*std::exchange(held_back_, std::nullopt));
}

void Vmg::send(const agent::OutboxReport& report) {
  const auto& topic = topics_.of(report.channel);
  const auto properties = properties_of(report);
  if (link_->publish(topic, report.body, 1, properties)) ++reports_sent_;
  if (options_.faults.duplicate_messages) link_->publish(topic, report.body, 1, properties);
}

void Vmg::perform(const agent::AskConsent&) {
  log_("an update waits for the driver's consent");
}

void Vmg::perform(const agent::StartDownload& start) {
  if (power_fails(agent::Phase::kDownloading)) return;
  download_next_ = start.offer;
  if (!downloading_) spawn(run_download(shared_from_this(), start.offer));
  downloading_ = true;
}

void Vmg::perform(const agent::StopDownload&) {
  download_next_.reset();
  stop_download_ = downloading_;
}

void Vmg::perform(const agent::DropPackage& drop) {
  std::error_code ignored;
  const auto file = package_file(drop.digest);
  std::filesystem::remove(file, ignored);
  std::filesystem::remove(file.string() + ".etag", ignored);
  bundle_.reset();
}

void Vmg::perform(const agent::VerifyPackage& verify) {
  if (!power_fails(agent::Phase::kVerifying)) spawn(run_verify(shared_from_this(), verify.offer));
}

void Vmg::perform(const agent::InstallZone& install) {
  if (!power_fails(agent::Phase::kInstalling)) spawn(run_install(shared_from_this(), install));
}

void Vmg::perform(const agent::Activate& activate) {
  if (!power_fails(agent::Phase::kActivating)) spawn(run_activate(shared_from_this(), activate));
}

void Vmg::perform(const agent::RollBack& back) {
  if (!power_fails(agent::Phase::kRollingBack)) spawn(run_roll_back(shared_from_this(), back));
}

void Vmg::perform(const agent::ReadInventory&) {
  if (std::exchange(reading_inventory_, true)) return;
  spawn(run_inventory(shared_from_this()));
}

/// One download at a time: what is asked for while another ends begins after it.
asio::awaitable<void> Vmg::run_download(Self self, agent::Offer offer) {
  while (true) {
    self->download_next_.reset();
    self->stop_download_ = false;
    self->told_bytes_ = 0;
    DownloadRequest request{offer.url, offer.token, self->package_file(offer.digest), offer.digest,
                            offer.size_bytes};
    OnBytes on_bytes = [raw = self.get(), offer](std::uint64_t bytes) {
      return raw->on_bytes(offer, bytes);
    };
    auto got = co_await download(std::move(request), self->download_settings_, self->pool_,
                                 std::move(on_bytes));
    if (self->stopped_) co_return;
    if (!self->download_next_) {
      self->downloading_ = false;
      co_return self->ended(offer, got);
    }
    offer = *self->download_next_;
  }
}

void Vmg::ended(const agent::Offer& offer, const Result<void>& got) {
  if (got) return feed(agent::DownloadFinished{offer.command});
  if (stop_download_) return;
  last_error_ = to_string(got.error());
  log_("download: " + last_error_);
  const auto fault = fault_of(got.error());
  if (fault != agent::DownloadFault::kLinkExpired)
    return feed(agent::DownloadFailed{offer.command, fault, last_error_});
  if (!std::exchange(checking_, true)) spawn(run_check(shared_from_this(), offer));
}

bool Vmg::on_bytes(const agent::Offer& offer, std::uint64_t bytes) {
  if (stopped_ || stop_download_) return false;
  const auto percent_of = [&](std::uint64_t part) { return part * 100 / offer.size_bytes; };
  if (percent_of(bytes) > percent_of(told_bytes_)) {
    told_bytes_ = bytes;
    feed(agent::DownloadProgressed{offer.command, bytes});
  }
  const auto limit = options_.faults.lost_link_percent;
  if (limit == 0 || percent_of(bytes) < limit || std::exchange(link_was_lost_, true)) return true;
  log_("the link is lost on request");
  link_->drop(kLostLinkPause);
  return false;
}

/// Asks for a fresh link before the core hears that this one is of no use: else it would try it
/// again meanwhile. The answer is the offer that it has, with another link.
asio::awaitable<void> Vmg::run_check(Self self, agent::Offer offer) {
  auto found = co_await check_for_offer(offer.url, self->options_.vin, self->download_settings_);
  self->checking_ = false;
  if (self->stopped_) co_return;
  if (!found) self->last_error_ = to_string(found.error());
  if (!found || !*found)
    self->log_("no fresh link: " + (found ? "nothing is offered" : self->last_error_));
  self->feed(agent::DownloadFailed{offer.command, agent::DownloadFault::kLinkExpired,
                                   "the server does not accept the offer's link"});
  if (found && *found) self->feed(agent::OfferReceived{**std::move(found)});
}

asio::awaitable<Result<Vmg::Bundle>> Vmg::verified(Self self, agent::Offer offer) {
  if (self->bundle_ && self->bundle_digest_ == offer.digest) co_return self->bundle_;
  if (!self->configuration_) {
    CO_TRY(self->configuration_, co_await self->network_->inventory());
  }
  auto verify = [file = self->package_file(offer.digest), digest = offer.digest,
                 trust = self->options_.trust, vehicle = *self->configuration_] {
    return verify_bundle(file, digest, trust, vehicle);
  };
  auto bundle = co_await on_pool(self->pool_, std::move(verify));
  if (!bundle) co_return tl::unexpected(std::move(bundle).error());
  self->bundle_ = *bundle;
  self->bundle_digest_ = offer.digest;
  co_return *bundle;
}

asio::awaitable<void> Vmg::run_verify(Self self, agent::Offer offer) {
  const auto bundle = co_await verified(self, offer);
  if (bundle) {
    self->feed(agent::PackageVerified{offer.command, (*bundle)->plan});
    co_return;
  }
  self->log_("the package is refused: " + to_string(bundle.error()));
  self->feed(agent::PackageRefused{offer.command, to_string(bundle.error())});
}

asio::awaitable<void> Vmg::run_install(Self self, agent::InstallZone install) {
  const auto bundle = co_await verified(self, install.offer);
  agent::ZoneInstalled done{install.offer.command, install.zone.gateway, {}, ""};
  const auto package = bundle ? (*bundle)->package_for(install.zone) : nullptr;
  if (!package) {
    done.reason = bundle ? "the bundle is another than before" : to_string(bundle.error());
    for (const auto& ecu : install.zone.ecus)
      done.ecus.push_back({install.zone.gateway, ecu.ecu, agent::EcuOutcome::kFailed, 0});
    self->feed(std::move(done));
    co_return;
  }
  auto outcome = co_await self->network_->install(install.zone, package);
  done.ecus = std::move(outcome.ecus);
  done.reason = std::move(outcome.reason);
  self->feed(std::move(done));
}

asio::awaitable<void> Vmg::run_activate(Self self, agent::Activate activate) {
  auto outcome = co_await self->network_->activate(activate.zones);
  self->feed(agent::Activated{activate.offer, std::move(outcome.ecus), std::move(outcome.reason)});
}

asio::awaitable<void> Vmg::run_roll_back(Self self, agent::RollBack back) {
  auto outcome = co_await self->network_->roll_back(back.zones);
  self->feed(agent::RolledBack{back.offer, std::move(outcome.ecus), std::move(outcome.reason)});
}

asio::awaitable<void> Vmg::run_inventory(Self self) {
  asio::steady_timer timer(self->executor_);
  Duration pause = kFirstInventoryPause;
  while (!self->stopped_) {
    auto read = co_await self->network_->inventory();
    if (read) {
      self->reading_inventory_ = false;
      self->configuration_ = *read;
      self->feed(agent::InventoryRead{*std::move(read)});
      co_return;
    }
    self->last_error_ = to_string(read.error());
    timer.expires_after(pause);
    pause = std::min<Duration>(pause * 2, kLastInventoryPause);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<void> Vmg::run_telemetry(Self self) {
  asio::steady_timer timer(self->executor_);
  const auto born = std::chrono::steady_clock::now();
  while (!self->stopped_) {
    const auto up = std::chrono::steady_clock::now() - born;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(up).count();
    self->link_->publish(self->topics_.telemetry,
                         "{\"uptimeSeconds\":" + std::to_string(seconds) +
                             ",\"outbox\":" + std::to_string(self->core_.outbox().size()) + "}",
                         0, {});
    timer.expires_after(self->options_.telemetry);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace motorcade::vmg
