// A vehicle's network, packages for it, and a way to await from a test. One io_context, run by the
// test itself.
#pragma once
#include <gtest/gtest.h>

#include "otap/package_writer.hpp"
#include "vehicle_agent/zonal_gateway/in_vehicle_network.hpp"

namespace motorcade::in_vehicle {

const otap::SigningKeys& signing_keys();
std::string firmware(std::size_t size, unsigned seed);

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct NewImage {
  std::string ecu_id;
  std::string bytes;
  std::string from = "1.0.0";
  std::string to = "2.0.0";
  std::string hardware = "TC375";
};

class Rig {
 public:
  /// Two ECUs in ZG_BODY and one in ZG_CHASSIS, all on 1.0.0, in memory.
  static NetworkSpec two_zones();
  explicit Rig(NetworkSpec spec = two_zones());
  ~Rig();

  template <class T>
  T wait(asio::awaitable<T> task) {
    std::optional<T> out;
    asio::co_spawn(io_, std::move(task), [&](std::exception_ptr failed, T value) {
      if (!failed) out.emplace(std::move(value));
      io_.stop();
    });
    io_.restart();
    io_.run_for(std::chrono::seconds(60));
    if (!out) throw std::runtime_error("the task did not end");
    return std::move(*out);
  }

  [[nodiscard]] std::filesystem::path package(const std::string& zone,
                                              const std::vector<NewImage>& images);
  [[nodiscard]] ZoneClient zone(std::size_t index = 0);
  [[nodiscard]] ZoneReport install(const std::filesystem::path& package, std::size_t zone = 0);
  [[nodiscard]] EcuRecord ecu(std::size_t index, std::size_t zone = 0);
  void restart();  ///< the whole vehicle loses power; only its directory remains
  InVehicleNetwork& network() { return *network_; }
  asio::io_context& io() { return io_; }
  const TemporaryDirectory& directory() const { return directory_; }

 private:
  TemporaryDirectory directory_;
  asio::io_context io_{1};
  NetworkSpec spec_;
  std::unique_ptr<InVehicleNetwork> network_;
  int packages_ = 0;
};

}  // namespace motorcade::in_vehicle
