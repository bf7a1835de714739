// What the VMG does with one zone. Each call opens a DoIP connection to the zonal gateway, does its
// work and closes it; a call runs on the executor of its coroutine (a strand or a single thread).
// One call at a time per zone; zones are independent of each other, so a VMG runs them side by
// side.
//
//   install -> (every ECU programmed? activate : roll_back) -> inventory (the VCI)
#pragma once
#include <filesystem>

#include "vehicle_agent/zone_link/uds_channel.hpp"
#include "vehicle_agent/zone_link/zone_protocol.hpp"

namespace motorcade::in_vehicle {

struct ZoneEndpoint {
  std::string zone_id;
  asio::ip::tcp::endpoint endpoint;
  doip::Address address{};
  std::uint16_t udp_port = 0;  ///< 0: no discovery
};
struct ZoneClientSettings {
  std::string secret;  ///< of security access
  doip::ClientSettings doip{};
  ResponseTiming timing{};
  uds::Duration poll{50};                                ///< between two 31 03 while a job runs
  doip::Clock::duration job = std::chrono::minutes(30);  ///< a job that takes longer counts as lost
};

struct InstallProgress {
  enum class Phase { transferring, flashing };
  Phase phase{};
  std::uint8_t percent = 0;     ///< of the phase
  std::vector<EcuResult> ecus;  ///< flashing: as far as they are
};
using OnProgress = std::function<void(const InstallProgress&)>;

/// It outlives its calls.
class ZoneClient {
 public:
  ZoneClient(ZoneEndpoint endpoint, ZoneClientSettings settings);

  /// Versions, banks and boot counts, read by the gateway from its ECUs by UDS at this moment.
  [[nodiscard]] asio::awaitable<Result<ZoneInventory>> inventory();
  [[nodiscard]] asio::awaitable<Result<ZoneReadiness>> readiness();
  /// Sends the package file to the gateway, which verifies all of it (zone, signatures, digests)
  /// before one byte reaches an ECU, then programs each ECU's inactive bank. An error means that
  /// nothing was programmed, or that the link was lost: last_job() tells. What single ECUs refused
  /// is in the report.
  [[nodiscard]] asio::awaitable<Result<ZoneReport>> install(std::filesystem::path package,
                                                            OnProgress on_progress);
  /// Resets every ECU that has a staged version; each result is activated or rolled_back.
  [[nodiscard]] asio::awaitable<Result<ZoneReport>> activate();
  /// Takes the newest package's versions back, whether they run already or are only staged.
  [[nodiscard]] asio::awaitable<Result<ZoneReport>> roll_back();
  /// The newest job of the gateway; job none after its start.
  [[nodiscard]] asio::awaitable<Result<ZoneReport>> last_job();
  /// Any UDS request to an ECU of the zone, or to the gateway itself: the final response, positive
  /// or negative.
  [[nodiscard]] asio::awaitable<Result<uds::Bytes>> diagnose(doip::Address target,
                                                             uds::Bytes request);
  [[nodiscard]] const ZoneEndpoint& endpoint() const { return endpoint_; }

 private:
  using Connected = Result<std::shared_ptr<doip::Client>>;
  asio::awaitable<Connected> connect();
  asio::awaitable<Result<doip::Bytes>> report(doip::PayloadType type);
  asio::awaitable<Result<void>> transfer(doip::Client& client, std::filesystem::path package,
                                         OnProgress on_progress);
  asio::awaitable<Result<ZoneReport>> run_job(doip::Client& client, std::uint16_t routine,
                                              OnProgress on_progress);
  asio::awaitable<Result<ZoneReport>> run_unlocked(std::uint16_t routine);
  asio::awaitable<Result<ZoneReport>> job_report(doip::Client& client, std::uint16_t routine);

  ZoneEndpoint endpoint_;
  ZoneClientSettings settings_;
};

}  // namespace motorcade::in_vehicle
