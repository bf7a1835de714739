#include "vehicle_agent/zonal_gateway/package_store.hpp"

namespace motorcade::in_vehicle {
namespace {

class BlobSource final : public otap::Source {
 public:
  explicit BlobSource(std::shared_ptr<const Blob> blob)
      : blob_(std::move(blob)), size_bytes_(blob_->size_bytes()) {}
  std::uint64_t size() const override { return size_bytes_; }
  otap::Result<void> read_at(std::uint64_t offset, std::span<char> out) const override {
    if (offset > size_bytes_ || out.size() > size_bytes_ - offset)
      return otap::failure(otap::Errc::truncated,
                           "package ends before byte " + std::to_string(offset + out.size()));
    const std::span into(reinterpret_cast<std::uint8_t*>(out.data()), out.size());
    if (auto read = blob_->read(offset, into); !read)
      return otap::failure(otap::Errc::io_failed, doip::to_string(read.error()));
    return {};
  }

 private:
  std::shared_ptr<const Blob> blob_;
  std::uint64_t size_bytes_;
};

}  // namespace

PackageStore::PackageStore(std::unique_ptr<Blob> blob, PackagePolicy policy)
    : blob_(std::move(blob)), policy_(std::move(policy)) {}

Result<void> PackageStore::erase() {
  reader_.reset();
  return blob_->clear();
}

Result<void> PackageStore::write(std::uint64_t offset, std::span<const std::uint8_t> block) {
  return blob_->write(offset, block);
}

otap::Result<void> PackageStore::verify(const digest::Sha256& announced) {
  reader_.reset();
  const auto found = sha256_of(*blob_);
  if (!found) return otap::failure(otap::Errc::io_failed, doip::to_string(found.error()));
  if (*found != announced)
    return otap::failure(otap::Errc::altered, "the package is not the one that was announced");
  return open();
}

otap::Result<void> PackageStore::open() {
  OTAP_TRY(auto reader, otap::PackageReader::open(std::make_shared<BlobSource>(blob_),
                                                  policy_.trust, policy_.limits));
  if (reader.manifest().zonal_gateway != policy_.zone_id)
    return otap::failure(
        otap::Errc::invalid_spec,
        "package for " + reader.manifest().zonal_gateway + " at " + policy_.zone_id);
  OTAP_TRY_VOID(reader.verify());
  reader_ = std::move(reader);
  return {};
}

const otap::PackageReader* PackageStore::package() {
  if (!reader_ && (size_bytes() == 0 || !open())) return nullptr;
  return &*reader_;
}

}  // namespace motorcade::in_vehicle
