#include "vehicle_agent/zonal_gateway/jobs.hpp"

#include "vehicle_agent/uds/seed_key.hpp"

namespace motorcade::in_vehicle {
namespace {

void fail(EcuResult& result, std::string detail, uds::Nrc nrc = uds::Nrc::none) {
  result.outcome = EcuOutcome::failed;
  result.nrc = nrc;
  result.detail = std::move(detail);
}

/// Hands the image on from front to back, as a flash sequence asks for it.
uds::BlockSource source_of(std::shared_ptr<otap::ImageReader> image) {
  return [image](std::uint64_t, std::span<std::uint8_t> into) {
    std::span out(reinterpret_cast<char*>(into.data()), into.size());
    while (!out.empty()) {
      const auto count = image->read(out);
      if (!count || *count == 0) return false;
      out = out.subspan(*count);
    }
    return true;
  };
}

}  // namespace

Jobs::Jobs(Settings settings, Links& links, PackageStore& store, Blob& record)
    : settings_(std::move(settings)), links_(links), store_(store), record_(record) {
  report_ = load();
  if (report_.state != JobState::running) return;
  report_.state = JobState::failed;
  report_.error = "the gateway was restarted while it installed";
}

ZoneReport Jobs::load() const {
  doip::Bytes bytes(record_.size_bytes());
  if (bytes.empty() || !record_.read(0, bytes)) return {};
  return decode_report(bytes).value_or(ZoneReport{});
}

void Jobs::save() {
  const auto bytes = encode(report_);
  const auto saved = record_.assign(std::make_shared<std::string>(bytes.begin(), bytes.end()));
  if (!saved && report_.error.empty()) report_.error = doip::to_string(saved.error());
}

void Jobs::begin(Job job) {
  report_ = job == Job::install ? ZoneReport{} : load();
  report_.job = job;
  report_.state = JobState::running;
  report_.percent = 0;
  report_.error.clear();
  if (job == Job::install) return begin_ecus();
  std::erase_if(report_.ecus,
                [](const auto& ecu) { return ecu.outcome != EcuOutcome::programmed; });
  for (auto& ecu : report_.ecus) ecu.outcome = EcuOutcome::waiting;
}

void Jobs::begin_ecus() {
  const auto* package = store_.package();
  done_bytes_ = total_bytes_ = 0;
  if (package == nullptr) return;
  for (const auto& entry : package->manifest().ecus) {
    EcuResult result;
    result.ecu_id = entry.ecu_id;
    report_.ecus.push_back(std::move(result));
    total_bytes_ += entry.image_bytes;
  }
  save();
}

asio::awaitable<void> Jobs::run() {
  if (report_.job == Job::install) {
    co_await install();
  } else {
    for (auto& result : report_.ecus) {
      result.outcome = EcuOutcome::in_progress;
      auto& link = *link_of(result.ecu_id);
      const auto hold = co_await link.hold();
      if (report_.job == Job::activate) co_await activate_one(link, result);
      if (report_.job == Job::roll_back) co_await roll_back_one(link, result);
    }
  }
  report_.percent = 100;
  report_.state = JobState::finished;
  if (report_.job == Job::install) save();
}

EcuLink* Jobs::link_of(const std::string& ecu_id) {
  for (const auto& link : links_)
    if (link->settings().ecu_id == ecu_id) return link.get();
  return nullptr;
}

asio::awaitable<void> Jobs::install() {
  const auto* package = store_.package();
  for (std::size_t i = 0; i < report_.ecus.size(); ++i) {
    const auto& entry = package->manifest().ecus[i];
    auto& result = report_.ecus[i];
    result.outcome = EcuOutcome::in_progress;
    auto image = package->image(i);
    if (image)
      co_await install_one(entry, std::move(*image), result);
    else
      fail(result, otap::to_string(image.error()));
    done_bytes_ += entry.image_bytes;
    save();
  }
}

asio::awaitable<void> Jobs::install_one(const otap::EcuEntry& entry, otap::ImageReader image,
                                        EcuResult& result) {
  auto* link = link_of(entry.ecu_id);
  if (link == nullptr) {
    fail(result, "no such ECU in this zone", uds::Nrc::request_out_of_range);
    co_return;
  }
  const auto hold = co_await link->hold();
  const bool needed = co_await needs(*link, entry, result);
  if (needed) co_await flash(*link, entry, std::move(image), result);
}

/// Whether the ECU is the one that the package means, and does not run the target yet.
asio::awaitable<bool> Jobs::needs(EcuLink& link, const otap::EcuEntry& entry, EcuResult& result) {
  const auto hardware = co_await text(link, uds::did::hardware_number);
  const auto version = co_await text(link, uds::did::software_version);
  const auto sha256 = co_await text(link, uds::did::software_sha256);
  if (!hardware || !version || !sha256) {
    const auto& error = !hardware ? hardware : !version ? version : sha256;
    fail(result, to_string(error.error()));
    co_return false;
  }
  result.version = *version;
  const bool same_image = std::equal(
      sha256->begin(), sha256->end(), entry.image_sha256.begin(), entry.image_sha256.end(),
      [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
  if (!entry.hardware_id.empty() && entry.hardware_id != *hardware) {
    fail(result, "the package is for hardware " + entry.hardware_id + ", this is " + *hardware,
         uds::Nrc::conditions_not_correct);
  } else if (*version == entry.to_version && same_image) {
    result.outcome = EcuOutcome::skipped;
  } else if (!entry.from_version.empty() && entry.from_version != *version) {
    fail(result, "the package updates " + entry.from_version + ", it runs " + *version,
         uds::Nrc::conditions_not_correct);
  } else {
    co_return true;
  }
  co_return false;
}

asio::awaitable<void> Jobs::flash(EcuLink& link, const otap::EcuEntry& entry,
                                  otap::ImageReader image, EcuResult& result) {
  auto client = co_await link.client();
  if (!client) {
    fail(result, to_string(client.error()));
    co_return;
  }
  uds::FlashPlan plan;
  plan.size_bytes = entry.image_bytes;
  plan.max_block_bytes = settings_.max_block_bytes;
  plan.check_option.assign(entry.image_sha256.begin(), entry.image_sha256.end());
  plan.check_option.insert(plan.check_option.end(), entry.to_version.begin(),
                           entry.to_version.end());
  uds::KeyFunction key = [this](uds::ByteView seed) {
    return uds::key_for_seed(settings_.secret, seed);
  };
  uds::FlashSequence sequence(std::move(plan), std::move(key),
                              source_of(std::make_shared<otap::ImageReader>(std::move(image))));
  BlockSent sent = [this](std::uint64_t bytes, std::uint64_t) { on_block(bytes); };
  co_await run_flash(**client, link.settings().address, sequence, std::move(sent),
                     link.settings().timing);
  if (const auto& failure = sequence.failure()) {
    fail(result, std::string(name(failure->step)) + ": " + failure->what, failure->nrc);
    result.step = failure->step;
    co_return;
  }
  result.outcome = EcuOutcome::programmed;
}

void Jobs::on_block(std::uint64_t sent_bytes) {
  if (total_bytes_ == 0) return;
  report_.percent = static_cast<std::uint8_t>((done_bytes_ + sent_bytes) * 100 / total_bytes_);
}

/// 11 01, and the version that runs when the ECU is back.
asio::awaitable<Jobs::Step> Jobs::reset(EcuLink& link) {
  auto client = co_await link.client();
  if (!client) co_return tl::unexpected(std::move(client).error());
  uds::Bytes request{0x11, 0x01};
  auto answer =
      co_await ask(**client, link.settings().address, std::move(request), link.settings().timing);
  if (!answer) co_return tl::unexpected(std::move(answer).error());
  client->reset();
  auto back = co_await link.reconnect(settings_.boot_limit);
  if (!back) co_return tl::unexpected(std::move(back).error());
  co_return co_await text(link, uds::did::software_version);
}

asio::awaitable<Jobs::Step> Jobs::text(EcuLink& link, std::uint16_t identifier) {
  auto value = co_await link.read(identifier);
  if (!value) co_return tl::unexpected(std::move(value).error());
  co_return std::string(value->begin(), value->end());
}

asio::awaitable<void> Jobs::activate_one(EcuLink& link, EcuResult& result) {
  const auto before = result.version;
  const auto staged = co_await text(link, uds::did::staged_version);
  const bool waits = staged && !staged->empty();
  Step running = std::string();
  if (waits)
    running = co_await reset(link);
  else
    running = co_await text(link, uds::did::software_version);
  if (!staged || !running) {
    fail(result, to_string(!staged ? staged.error() : running.error()));
    co_return;
  }
  const bool switched = waits ? *running == *staged : *running != before;
  result.version = *running;
  result.outcome = switched ? EcuOutcome::activated : EcuOutcome::rolled_back;
  if (!switched) result.detail = "the new version did not boot";
}

asio::awaitable<void> Jobs::roll_back_one(EcuLink& link, EcuResult& result) {
  const auto before = result.version;
  const auto staged = co_await text(link, uds::did::staged_version);
  auto running = co_await text(link, uds::did::software_version);
  auto client = co_await link.client();
  if (!staged || !running || !client) {
    fail(result, "the ECU does not answer");
    co_return;
  }
  if (!staged->empty() || *running != before) {
    uds::Bytes request{0x31, 0x01, uds::routine::roll_back >> 8, uds::routine::roll_back & 0xFF};
    auto done = co_await unlock(**client, link.settings().address, settings_.secret,
                                link.settings().timing);
    if (!done) {
      fail(result, to_string(done.error()), uds::Nrc::security_access_denied);
      co_return;
    }
    auto taken_back =
        co_await ask(**client, link.settings().address, std::move(request), link.settings().timing);
    if (!taken_back) {
      fail(result, to_string(taken_back.error()), uds::Nrc::conditions_not_correct);
      co_return;
    }
    client->reset();
    running = co_await reset(link);
  }
  if (!running || *running != before) {
    fail(result, running ? "it runs " + *running + " still" : to_string(running.error()));
    co_return;
  }
  result.version = *running;
  result.outcome = EcuOutcome::rolled_back;
}

}  // namespace motorcade::in_vehicle
