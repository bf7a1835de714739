#include "vehicle_agent/zonal_gateway/rig.hpp"

#include <random>

namespace motorcade::in_vehicle {

const otap::SigningKeys& signing_keys() {
  static const auto keys = otap::SigningKeys::generate();
  return keys.value();
}

std::string firmware(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random() % 64);
  return bytes;
}

TemporaryDirectory::TemporaryDirectory() {
  auto name = (std::filesystem::temp_directory_path() / "in_vehicle.XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  path_ = name;
}

NetworkSpec Rig::two_zones() {
  NetworkSpec spec;
  spec.vin = "WMOTORCADE0000001";
  const auto image = std::make_shared<const std::string>(firmware(20'000, 1));
  ZoneSpec body{"ZG_BODY", 0, {}};
  body.ecus.push_back({"ECU_011", "BCM", "TC375", "1.0.0", 11, image, {}});
  body.ecus.push_back({"ECU_012", "DCM", "TC375", "1.0.0", 12, image, {}});
  ZoneSpec chassis{"ZG_CHASSIS", 0, {}};
  chassis.ecus.push_back({"ECU_006", "ESC", "TC375", "1.0.0", 6, image, {}});
  spec.zones = {body, chassis};
  spec.trust.keys.push_back(signing_keys().verifying_keys());
  return spec;
}

Rig::Rig(NetworkSpec spec) : spec_(std::move(spec)) {
  restart();
}

Rig::~Rig() {
  network_.reset();
  io_.restart();
  io_.run_for(std::chrono::seconds(5));  // every coroutine ends by itself, or LeakSanitizer says so
}

void Rig::restart() {
  network_.reset();
  io_.restart();
  io_.poll();
  network_ = std::make_unique<InVehicleNetwork>(io_.get_executor(), spec_);
  const auto started = network_->start();
  if (!started) throw std::runtime_error(doip::to_string(started.error()));
}

std::filesystem::path Rig::package(const std::string& zone, const std::vector<NewImage>& images) {
  otap::PackageSpec spec;
  spec.zonal_gateway = zone;
  for (const auto& image : images)
    spec.images.push_back({image.ecu_id,
                           image.hardware,
                           image.from,
                           image.to,
                           otap::memory_source(image.bytes),
                           digest::sha256(image.bytes),
                           otap::Codec::zstd,
                           {}});
  const auto path = directory_.path() / ("package" + std::to_string(++packages_) + ".otap");
  auto sink = otap::FileSink::create(path).value();
  otap::write_package(std::move(spec), signing_keys(), sink.sink()).value();
  if (!sink.close()) throw std::runtime_error("writing a package");
  return path;
}

ZoneClient Rig::zone(std::size_t index) {
  return ZoneClient(network_->endpoints().at(index), network_->client_settings());
}

ZoneReport Rig::install(const std::filesystem::path& package, std::size_t zone_index) {
  auto client = zone(zone_index);
  auto report = wait(client.install(package, {}));
  if (!report) throw std::runtime_error(doip::to_string(report.error()));
  return *report;
}

EcuRecord Rig::ecu(std::size_t index, std::size_t zone_index) {
  auto client = zone(zone_index);
  auto inventory = wait(client.inventory());
  if (!inventory) throw std::runtime_error(doip::to_string(inventory.error()));
  return inventory->ecus.at(index);
}

}  // namespace motorcade::in_vehicle
