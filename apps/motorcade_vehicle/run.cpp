#include "motorcade_vehicle/run.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <cstdio>

namespace motorcade::app {

namespace {
namespace asio = boost::asio;

/// Vehicles are numbered in the log: a VIN has no place there.
vmg::Log log_of(std::size_t number) {
  return [number](const std::string& line) { spdlog::info("vehicle {}: {}", number, line); };
}

/// A full vehicle listens on a socket per gateway and ECU.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void print_each_second(asio::steady_timer& timer, const fleet::Fleet& fleet) {
  std::puts(to_json(fleet.status()).c_str());
  std::fflush(stdout);
  timer.expires_after(std::chrono::seconds(1));
  timer.async_wait([&](const boost::system::error_code& cancelled) {
    if (!cancelled) print_each_second(timer, fleet);
  });
}
}  // namespace

int run(FleetConfig config, bool print_status) {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("motorcade-vehicle"));
  if (const auto hooked = vmg::enforce_on_hidden_sessions(config.policy); !hooked) {
    spdlog::error("{}", to_string(hooked.error()));
    return 1;
  }
  raise_descriptor_limit();
  asio::io_context io(1);
  asio::thread_pool pool(1);
  int exit_code = 0;
  std::size_t number = 0;
  auto fleet = std::make_shared<fleet::Fleet>(
      io.get_executor(), pool, config.settings, std::move(config.vehicles),
      [&number](const fleet::VehicleSpec&) { return log_of(++number); });

  asio::signal_set signals(io, SIGTERM, SIGINT);
  asio::steady_timer status(io);
  const auto stop = [&] {
    fleet->stop();
    status.cancel();
    signals.cancel();
  };
  signals.async_wait([&](const boost::system::error_code& cancelled, int) {
    if (!cancelled) stop();
  });
  fleet->start([&](const Error& error) {
    spdlog::error("{}", to_string(error));
    exit_code = 1;
    stop();
  });
  if (print_status) print_each_second(status, *fleet);
  io.run();
  pool.join();
  return exit_code;
}

}  // namespace motorcade::app
