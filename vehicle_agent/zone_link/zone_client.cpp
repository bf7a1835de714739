#include "vehicle_agent/zone_link/zone_client.hpp"

#include <fstream>

#include "vehicle_agent/uds/seed_key.hpp"

namespace motorcade::in_vehicle {
namespace {

using uds::Bytes;

Bytes routine_request(uds::RoutineControl control, std::uint16_t id) {
  return {0x31, static_cast<std::uint8_t>(control), static_cast<std::uint8_t>(id >> 8),
          static_cast<std::uint8_t>(id)};
}

Result<digest::Sha256> sha256_of_file(std::ifstream& file, const std::string& name) {
  digest::Sha256Stream stream;
  std::string piece(64 * 1024, '\0');
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0)
    stream.update(std::string_view(piece).substr(0, static_cast<std::size_t>(file.gcount())));
  if (file.bad()) return failure(Errc::storage, "reading package " + name);
  return stream.finish();
}

uds::BlockSource source_of(std::shared_ptr<std::ifstream> file) {
  return [file](std::uint64_t offset, std::span<std::uint8_t> into) {
    file->clear();
    file->seekg(static_cast<std::streamoff>(offset));
    file->read(reinterpret_cast<char*>(into.data()), static_cast<std::streamsize>(into.size()));
    return file->gcount() == static_cast<std::streamsize>(into.size());
  };
}

}  // namespace

ZoneClient::ZoneClient(ZoneEndpoint endpoint, ZoneClientSettings settings)
    : endpoint_(std::move(endpoint)), settings_(std::move(settings)) {}

asio::awaitable<ZoneClient::Connected> ZoneClient::connect() {
  auto client = co_await doip::Client::connect(endpoint_.endpoint, settings_.doip);
  if (!client) {
    client.error().context = "zone " + endpoint_.zone_id + ": " + client.error().context;
    co_return client;
  }
  if ((*client)->entity() != endpoint_.address)
    co_return failure(Errc::invalid_setting, "zone " + endpoint_.zone_id + ": expected gateway " +
                                                 to_string(endpoint_.address) + ", found " +
                                                 to_string((*client)->entity()));
  co_return client;
}

asio::awaitable<Result<doip::Bytes>> ZoneClient::report(doip::PayloadType type) {
  auto client = co_await connect();
  if (!client) co_return tl::unexpected(std::move(client).error());
  doip::VendorReport request{type, report_request()};
  co_return co_await (*client)->report(std::move(request), std::chrono::seconds(30));
}

asio::awaitable<Result<ZoneInventory>> ZoneClient::inventory() {
  auto body = co_await report(doip::PayloadType::vci_report);
  if (!body) co_return tl::unexpected(std::move(body).error());
  co_return decode_inventory(*body);
}

asio::awaitable<Result<ZoneReadiness>> ZoneClient::readiness() {
  auto body = co_await report(doip::PayloadType::readiness_report);
  if (!body) co_return tl::unexpected(std::move(body).error());
  co_return decode_readiness(*body);
}

asio::awaitable<Result<ZoneReport>> ZoneClient::install(std::filesystem::path package,
                                                        OnProgress on_progress) {
  auto client = co_await connect();
  if (!client) co_return tl::unexpected(std::move(client).error());
  auto transferred = co_await transfer(**client, std::move(package), on_progress);
  if (!transferred) co_return tl::unexpected(std::move(transferred).error());
  co_return co_await run_job(**client, uds::routine::install_package, std::move(on_progress));
}

asio::awaitable<Result<void>> ZoneClient::transfer(doip::Client& client,
                                                   std::filesystem::path package,
                                                   OnProgress on_progress) {
  auto file = std::make_shared<std::ifstream>(package, std::ios::binary);
  std::error_code error;
  uds::FlashPlan plan;
  plan.size_bytes = std::filesystem::file_size(package, error);
  if (error || !*file) co_return failure(Errc::storage, "opening package " + package.string());
  const auto sha256 = sha256_of_file(*file, package.string());
  if (!sha256) co_return tl::unexpected(sha256.error());
  plan.check_option.assign(sha256->begin(), sha256->end());
  plan.finish = uds::Finish::stay;
  uds::KeyFunction key = [secret = settings_.secret](uds::ByteView seed) {
    return uds::key_for_seed(secret, seed);
  };
  uds::FlashSequence sequence(std::move(plan), std::move(key), source_of(file));
  BlockSent on_block = [&on_progress](std::uint64_t sent, std::uint64_t size) {
    if (!on_progress) return;
    InstallProgress progress;
    progress.percent = static_cast<std::uint8_t>(sent * 100 / size);
    on_progress(progress);
  };
  co_await run_flash(client, endpoint_.address, sequence, std::move(on_block), settings_.timing);
  if (const auto& failed = sequence.failure())
    co_return failure(Errc::refused, "zone " + endpoint_.zone_id + " did not take the package at " +
                                         std::string(name(failed->step)) + ": " + failed->what);
  co_return Result<void>{};
}

asio::awaitable<Result<ZoneReport>> ZoneClient::activate() {
  co_return co_await run_unlocked(uds::routine::activate);
}
asio::awaitable<Result<ZoneReport>> ZoneClient::roll_back() {
  co_return co_await run_unlocked(uds::routine::roll_back);
}

asio::awaitable<Result<ZoneReport>> ZoneClient::run_unlocked(std::uint16_t routine) {
  auto client = co_await connect();
  if (!client) co_return tl::unexpected(std::move(client).error());
  auto unlocked = co_await unlock(**client, endpoint_.address, settings_.secret, settings_.timing);
  if (!unlocked) co_return tl::unexpected(std::move(unlocked).error());
  OnProgress none;
  co_return co_await run_job(**client, routine, std::move(none));
}

asio::awaitable<Result<ZoneReport>> ZoneClient::job_report(doip::Client& client,
                                                           std::uint16_t routine) {
  auto request = routine_request(uds::RoutineControl::results, routine);
  auto data = co_await ask(client, endpoint_.address, std::move(request), settings_.timing);
  if (!data) co_return tl::unexpected(std::move(data).error());
  if (data->size() < 3) co_return failure(Errc::malformed, "empty job report");
  co_return decode_report(doip::ByteView(*data).subspan(3));
}

asio::awaitable<Result<ZoneReport>> ZoneClient::run_job(doip::Client& client, std::uint16_t routine,
                                                        OnProgress on_progress) {
  auto start = routine_request(uds::RoutineControl::start, routine);
  auto started = co_await ask(client, endpoint_.address, std::move(start), settings_.timing);
  if (!started) co_return tl::unexpected(std::move(started).error());
  const auto until = doip::Clock::now() + settings_.job;
  asio::steady_timer pause(co_await asio::this_coro::executor);
  while (doip::Clock::now() < until) {
    auto report = co_await job_report(client, routine);
    if (!report) co_return report;
    if (on_progress) {
      InstallProgress progress{InstallProgress::Phase::flashing, report->percent, report->ecus};
      on_progress(progress);
    }
    if (report->state != JobState::running) {
      Bytes back{0x10, 0x01};
      (void)co_await exchange(client, endpoint_.address, std::move(back), settings_.timing);
      co_return report;
    }
    pause.expires_after(settings_.poll);
    co_await pause.async_wait(doip::as_result);
  }
  co_return failure(Errc::timed_out, "the job of zone " + endpoint_.zone_id);
}

asio::awaitable<Result<ZoneReport>> ZoneClient::last_job() {
  auto client = co_await connect();
  if (!client) co_return tl::unexpected(std::move(client).error());
  Bytes extended{0x10, 0x03};
  auto entered = co_await ask(**client, endpoint_.address, std::move(extended), settings_.timing);
  if (!entered) co_return tl::unexpected(std::move(entered).error());
  co_return co_await job_report(**client, uds::routine::install_package);
}

asio::awaitable<Result<uds::Bytes>> ZoneClient::diagnose(doip::Address target, uds::Bytes request) {
  if (request.empty()) co_return failure(Errc::invalid_setting, "an empty UDS request");
  auto client = co_await connect();
  if (!client) co_return tl::unexpected(std::move(client).error());
  co_return co_await exchange(**client, target, std::move(request), settings_.timing);
}

}  // namespace motorcade::in_vehicle
