#include "vehicle_agent/vmg/vmg.hpp"

#include <openssl/rand.h>

namespace motorcade::vmg {

namespace {
namespace asio = boost::asio;

Time now() {
  return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

std::string_view name(const std::optional<agent::Update>& update) {
  if (!update) return "idle";
  if (update->paused) return "paused";
  switch (update->phase) {
    case agent::Phase::kAwaitingConsent:
      return "awaiting consent";
    case agent::Phase::kDownloading:
      return "downloading";
    case agent::Phase::kVerifying:
      return "verifying";
    case agent::Phase::kReady:
      return "ready";
    case agent::Phase::kInstalling:
      return "installing";
    case agent::Phase::kActivating:
      return "activating";
    case agent::Phase::kRollingBack:
      return "rolling back";
  }
  return "?";
}
}  // namespace

Result<std::shared_ptr<Vmg>> Vmg::start(asio::any_io_executor executor, VmgOptions options,
                                        std::shared_ptr<InVehicle> network, asio::thread_pool& pool,
                                        Log log) {
  OutboxId id;
  if (RAND_bytes(id.bytes.data(), static_cast<int>(id.bytes.size())) != 1)
    return failure(Errc::kStorage, "no randomness for a new outbox");
  auto vmg = std::shared_ptr<Vmg>(new Vmg(std::move(executor), std::move(options),
                                          std::move(network), pool, std::move(log), id));
  TRY_VOID(vmg->open());
  return vmg;
}

Vmg::Vmg(asio::any_io_executor executor, VmgOptions options, std::shared_ptr<InVehicle> network,
         asio::thread_pool& pool, Log log, OutboxId outbox)
    : executor_(executor),
      options_(std::move(options)),
      topics_(options_.vin),
      network_(std::move(network)),
      pool_(pool),
      log_(std::move(log)),
      core_(
          options_.agent, options_.outbox, outbox,
          [vin = options_.vin](const agent::Report& report) { return encode_report(report, vin); }),
      download_settings_(std::make_shared<DownloadSettings>(options_.download)),
      timer_(executor) {}

Result<void> Vmg::open() {
  std::error_code failed;
  std::filesystem::create_directories(options_.directory / "packages", failed);
  if (failed) return failure(Errc::kStorage, options_.directory.string() + ": " + failed.message());
  std::vector<std::string> records;
  TRY(auto journal, Journal::open(options_.directory / "journal", options_.journal, records));
  journal_.emplace(std::move(journal));
  TRY_VOID(core_.restore(records));
  remove_stale_packages();
  const auto weak = weak_from_this();
  BrokerLink::Listener listener;
  listener.on_up = [weak] {
    if (auto self = weak.lock()) self->linked_ = true, self->feed(agent::LinkUp{});
  };
  listener.on_down = [weak](const std::string& why) {
    const auto self = weak.lock();
    if (!self) return;
    if (std::exchange(self->linked_, false)) self->log_("the broker is gone: " + why);
    self->last_error_ = "broker: " + why;
    self->feed(agent::LinkDown{});
  };
  listener.on_message = [weak](const BrokerMessage& message) {
    if (auto self = weak.lock()) self->on_message(message);
  };
  TRY(link_, options_.make_link(executor_, options_.vin, options_.broker, topics_.subscriptions(),
                                std::move(listener)));
  asio::post(executor_, [self = shared_from_this()] {
    if (self->stopped_) return;
    self->feed(agent::Booted{});
    if (self->stopped_) return;
    self->link_->start();
    if (self->options_.telemetry.count() > 0) self->spawn(run_telemetry(self));
  });
  return {};
}

void Vmg::remove_stale_packages() const {
  std::set<std::filesystem::path> wanted;
  const auto& state = core_.state();
  if (state.update) wanted.insert(package_file(state.update->offer.digest));
  std::error_code ignored;
  for (const auto& entry :
       std::filesystem::directory_iterator(options_.directory / "packages", ignored)) {
    auto file = entry.path();
    if (file.extension() == ".etag") file.replace_extension();
    if (!wanted.contains(file)) std::filesystem::remove(entry.path(), ignored);
  }
}

std::filesystem::path Vmg::package_file(const Digest& digest) const {
  return options_.directory / "packages" / to_hex(digest);
}

void Vmg::feed(agent::Input input) {
  if (stopped_) return;
  inputs_.push_back(std::move(input));
  if (std::exchange(heeding_, true)) return;
  while (!inputs_.empty() && !stopped_) {
    const auto next = std::move(inputs_.front());
    inputs_.pop_front();
    heed(next);
  }
  heeding_ = false;
  if (!stopped_) arm_timer();
}

void Vmg::heed(const agent::Input& input) {
  const auto step = core_.handle(input, now());
  if (!step.record.empty()) {
    if (auto written = journal_->append(step.record); !written)
      return fail(to_string(written.error()));
    if (journal_->wants_compaction())
      if (auto compacted = journal_->compact(core_.snapshot()); !compacted)
        return fail(to_string(compacted.error()));
  }
  for (const auto& action : step.actions) {
    std::visit([this](const auto& a) { perform(a); }, action);
    if (stopped_) return;
  }
}

void Vmg::arm_timer() {
  const auto deadline = core_.deadline();
  if (!deadline) {
    timer_.cancel();
    return;
  }
  // Waits by a steady clock: a wall clock that is set meanwhile only shifts a retry.
  timer_.expires_after(std::max<Duration>(*deadline - now(), std::chrono::milliseconds(1)));
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
    const auto self = weak.lock();
    if (!cancelled && self) self->feed(agent::TimePassed{});
  });
}

void Vmg::on_message(const BrokerMessage& message) {
  auto input = input_from(message, topics_);
  if (!input) {
    last_error_ = to_string(input.error());
    log_("an unreadable message is ignored: " + last_error_);
    return;
  }
  if (*input) feed(std::move(**input));
}

void Vmg::fail(std::string why) {
  log_("stops: " + why);
  failure_ = std::move(why);
  stop();
}

void Vmg::stop() {
  if (std::exchange(stopped_, true)) return;
  timer_.cancel();
  end_tasks();
  if (link_) link_->stop();
  journal_.reset();  // whoever comes next may open it
}

void Vmg::spawn(asio::awaitable<void> task) {
  auto signal = std::make_shared<asio::cancellation_signal>();
  tasks_.insert(signal);
  auto done = [self = shared_from_this(), signal](std::exception_ptr failed) {
    self->tasks_.erase(signal);
    if (!failed || self->stopped_) return;
    try {
      std::rethrow_exception(failed);
    } catch (const std::exception& e) {
      self->fail(e.what());
    }
  };
  asio::co_spawn(executor_, std::move(task),
                 asio::bind_cancellation_slot(signal->slot(), std::move(done)));
}

void Vmg::end_tasks() {
  const auto tasks = tasks_;
  for (const auto& task : tasks) task->emit(asio::cancellation_type::terminal);
}

VmgStatus Vmg::status() const {
  return {linked_,
          std::string(name(core_.state().update)),
          core_.state().boot_count,
          core_.outbox().size(),
          reports_sent_,
          failure_.empty() ? last_error_ : failure_};
}

}  // namespace motorcade::vmg
