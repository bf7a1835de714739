// The vehicle mobility gateway: the core, and the hands that it has: journal, MQTT, HTTPS, bundle,
// in-vehicle network.
//
// Everything runs on one executor (a strand or a single thread), but for hashing and verifying,
// which go to the pool. An input is heeded to its end, its record synced, before the next one is
// taken.
#pragma once
#include <boost/asio.hpp>
#include <deque>
#include <set>

#include "vehicle_agent/core/vmg_core.hpp"
#include "vehicle_agent/vmg/bodies.hpp"
#include "vehicle_agent/vmg/bundle.hpp"
#include "vehicle_agent/vmg/download.hpp"
#include "vehicle_agent/vmg/journal.hpp"

namespace motorcade::vmg {

/// What goes wrong on request.
struct Faults {
  std::uint32_t lost_link_percent = 0;  ///< once: HTTPS and MQTT fall when this much is downloaded
  bool duplicate_messages = false;      ///< every report is sent twice
  bool reorder_messages = false;        ///< reports swap places in twos
  /// Once: the power fails when this is about to begin; nothing: never.
  std::optional<agent::Phase> power_cut;
  friend bool operator==(const Faults&, const Faults&) = default;
};

struct VmgOptions {
  std::string vin;
  std::filesystem::path directory;  ///< of this vehicle only
  agent::Settings agent;
  agent::OutboxSettings outbox;
  JournalOptions journal;
  BrokerSettings broker;
  MakeBrokerLink make_link = make_broker_link;
  DownloadSettings download;
  otap::Trust trust;                   ///< who may sign bundles
  std::chrono::seconds telemetry{60};  ///< between two heartbeats; 0: none
  Faults faults;
};

struct VmgStatus {
  bool linked = false;
  std::string phase;  ///< "idle", "downloading" …
  std::uint64_t boot_count = 0, outbox = 0, reports_sent = 0;
  std::string error;  ///< the newest, of any kind
};

/// One line for people, with the VIN's last digits at most.
using Log = std::function<void(const std::string&)>;

class Vmg : public std::enable_shared_from_this<Vmg> {
 public:
  /// Reads the journal, connects. `network` and `pool` outlive it. Errors: kStorage,
  /// kJournalDamaged, kBroker.
  [[nodiscard]] static Result<std::shared_ptr<Vmg>> start(boost::asio::any_io_executor executor,
                                                          VmgOptions options,
                                                          std::shared_ptr<InVehicle> network,
                                                          boost::asio::thread_pool& pool, Log log);

  /// Takes leave of the broker and ends what runs; the journal has it all.
  void stop();
  [[nodiscard]] bool stopped() const { return stopped_; }
  /// Why it stopped by itself; empty: it did not. A power cut on request says so.
  [[nodiscard]] const std::string& failure_reason() const { return failure_; }
  [[nodiscard]] VmgStatus status() const;
  /// What the head unit, sensors or a test tell it.
  void feed(agent::Input input);

 private:
  Vmg(boost::asio::any_io_executor executor, VmgOptions options, std::shared_ptr<InVehicle> network,
      boost::asio::thread_pool& pool, Log log, OutboxId outbox);
  Result<void> open();
  void connect();
  void remove_stale_packages() const;
  void heed(const agent::Input& input);
  void arm_timer();
  void fail(std::string why);
  /// Runs it until its end or stop().
  void spawn(boost::asio::awaitable<void> task);
  void end_tasks();
  [[nodiscard]] bool power_fails(agent::Phase phase);

  void perform(const agent::Publish& publish);
  void perform(const agent::AskConsent& ask);
  void perform(const agent::StartDownload& start);
  void perform(const agent::StopDownload& stop);
  void perform(const agent::DropPackage& drop);
  void perform(const agent::VerifyPackage& verify);
  void perform(const agent::InstallZone& install);
  void perform(const agent::Activate& activate);
  void perform(const agent::RollBack& back);
  void perform(const agent::ReadInventory& read);

  using Self = std::shared_ptr<Vmg>;
  static boost::asio::awaitable<void> run_download(Self self, agent::Offer offer);
  static boost::asio::awaitable<void> run_check(Self self, agent::Offer offer);
  static boost::asio::awaitable<void> run_verify(Self self, agent::Offer offer);
  static boost::asio::awaitable<void> run_install(Self self, agent::InstallZone install);
  static boost::asio::awaitable<void> run_activate(Self self, agent::Activate activate);
  static boost::asio::awaitable<void> run_roll_back(Self self, agent::RollBack back);
  static boost::asio::awaitable<void> run_inventory(Self self);
  static boost::asio::awaitable<void> run_telemetry(Self self);
  using Bundle = std::shared_ptr<const VerifiedBundle>;
  /// The bundle of this offer, verified in this run.
  static boost::asio::awaitable<Result<Bundle>> verified(Self self, agent::Offer offer);
  void ended(const agent::Offer& offer, const Result<void>& got);
  [[nodiscard]] bool on_bytes(const agent::Offer& offer, std::uint64_t bytes);
  void send(const agent::OutboxReport& report);
  void on_message(const BrokerMessage& message);
  [[nodiscard]] std::filesystem::path package_file(const Digest& digest) const;

  boost::asio::any_io_executor executor_;
  VmgOptions options_;
  Topics topics_;
  std::shared_ptr<InVehicle> network_;
  boost::asio::thread_pool& pool_;
  Log log_;
  agent::VmgCore core_;
  std::optional<Journal> journal_;
  std::shared_ptr<BrokerLink> link_;
  std::shared_ptr<DownloadSettings> download_settings_;
  boost::asio::steady_timer timer_;
  std::set<std::shared_ptr<boost::asio::cancellation_signal>> tasks_;
  std::deque<agent::Input> inputs_;
  bool heeding_ = false, stopped_ = false, linked_ = false;
  std::string failure_, last_error_;

  bool downloading_ = false, stop_download_ = false, checking_ = false;
  std::optional<agent::Offer> download_next_;
  std::uint64_t told_bytes_ = 0;
  bool link_was_lost_ = false;
  std::optional<Configuration> configuration_;
  Bundle bundle_;
  Digest bundle_digest_;
  std::optional<agent::OutboxReport> held_back_;
  std::uint64_t reports_sent_ = 0;
  bool reading_inventory_ = false;
};

}  // namespace motorcade::vmg
