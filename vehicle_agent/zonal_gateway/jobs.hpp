// What a gateway does to its ECUs by UDS over DoIP. One job at a time; the report is filled as the
// work goes on. The report of the newest installation is kept in storage: activation and rollback
// act on exactly the ECUs that it programmed, also after a restart of the gateway, and may be
// repeated.
#pragma once
#include "vehicle_agent/zonal_gateway/ecu_link.hpp"
#include "vehicle_agent/zonal_gateway/package_store.hpp"
#include "vehicle_agent/zone_link/zone_protocol.hpp"

namespace motorcade::in_vehicle {

class Jobs {
 public:
  struct Settings {
    std::string secret;
    std::uint32_t max_block_bytes = 64 * 1024;
    /// For an ECU to come back after a reset.
    doip::Clock::duration boot_limit = std::chrono::seconds(60);
  };
  using Links = std::vector<std::unique_ptr<EcuLink>>;
  /// `links`, `store` and `record` outlive it.
  Jobs(Settings settings, Links& links, PackageStore& store, Blob& record);

  [[nodiscard]] bool is_running() const { return report_.state == JobState::running; }
  /// Of the running job, or of the newest; after a restart the stored installation.
  [[nodiscard]] const ZoneReport& report() const { return report_; }
  /// Marks the job as running; `run` then does it.
  void begin(Job job);
  [[nodiscard]] asio::awaitable<void> run();

 private:
  using Step = doip::Result<std::string>;  ///< a version that was read
  [[nodiscard]] ZoneReport load() const;
  void save();
  void begin_ecus();
  EcuLink* link_of(const std::string& ecu_id);
  asio::awaitable<void> install();
  asio::awaitable<void> install_one(const otap::EcuEntry& entry, otap::ImageReader image,
                                    EcuResult& result);
  asio::awaitable<bool> needs(EcuLink& link, const otap::EcuEntry& entry, EcuResult& result);
  asio::awaitable<void> flash(EcuLink& link, const otap::EcuEntry& entry, otap::ImageReader image,
                              EcuResult& result);
  asio::awaitable<void> activate_one(EcuLink& link, EcuResult& result);
  asio::awaitable<void> roll_back_one(EcuLink& link, EcuResult& result);
  asio::awaitable<Step> reset(EcuLink& link);
  asio::awaitable<Step> text(EcuLink& link, std::uint16_t identifier);
  void on_block(std::uint64_t sent_bytes);

  Settings settings_;
  Links& links_;
  PackageStore& store_;
  Blob& record_;
  ZoneReport report_;
  std::uint64_t done_bytes_ = 0;
  std::uint64_t total_bytes_ = 0;
};

}  // namespace motorcade::in_vehicle
