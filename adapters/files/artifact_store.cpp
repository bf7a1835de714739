#include "adapters/files/artifact_store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/files/durable_file.hpp"
#include "adapters/files/error.hpp"
#include "digest/digest.hpp"

namespace motorcade::files {
namespace {

namespace fs = std::filesystem;
constexpr auto kPermissions = fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec;

fs::path place_of(const fs::path& directory, const Digest& digest) {
  const auto hex = to_hex(digest);
  return directory / hex.substr(0, 2) / hex.substr(2, 2) / hex;
}

class Writer final : public ports::ArtifactWriter {
 public:
  Writer(fs::path directory, fs::path part, Descriptor file)
      : directory_(std::move(directory)), part_(std::move(part)), file_(std::move(file)) {}
  ~Writer() override {
    if (!part_.empty()) ::unlink(part_.c_str());
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Result<void> write(std::string_view bytes) override {
    if (part_.empty()) return file_failure(FileErrc::kNotFound, "writing to a finished artifact");
    auto written = write_all(file_, bytes, part_);
    if (!written) {
      failed_ = written;
      return written;
    }
    hash_.update(bytes);
    size_bytes_ += bytes.size();
    return {};
  }

  Result<Artifact> finish(std::optional<Digest> expected) override {
    TRY_VOID(failed_);
    if (part_.empty()) return file_failure(FileErrc::kNotFound, "finishing a finished artifact");
    const Digest digest{hash_.finish()};
    if (expected && *expected != digest)
      return file_failure(FileErrc::kOtherDigest,
                          "got " + to_hex(digest) + ", announced was " + to_hex(*expected));
    TRY_VOID(sync_file(file_, part_));
    const auto place = place_of(directory_, digest);
    TRY_VOID(make_directory(place.parent_path().parent_path(), kPermissions));
    TRY_VOID(make_directory(place.parent_path(), kPermissions));
    if (::rename(part_.c_str(), place.c_str()) != 0)
      return system_failure("storing " + place.string());
    part_.clear();
    TRY_VOID(sync_directory(place.parent_path()));
    return Artifact{digest, size_bytes_};
  }

  [[nodiscard]] fs::path path() const override { return part_; }

 private:
  fs::path directory_, part_;
  Descriptor file_;
  digest::Sha256Stream hash_;
  std::uint64_t size_bytes_ = 0;
  Result<void> failed_;
};

bool is_named(const Descriptor& file) {
  struct stat info {};
  return ::fstat(file.get(), &info) == 0 && info.st_nlink > 0;
}

/// Half-written files of processes that are gone: a writer holds its file's lock.
Result<void> remove_abandoned(const fs::path& incoming) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(incoming, error)) {
    const auto file = open_file(entry.path(), O_RDWR);
    if (file && ::flock(file->get(), LOCK_EX | LOCK_NB) == 0) ::unlink(entry.path().c_str());
  }
  if (error) return failure(error, "removing half-written files in " + incoming.string());
  return {};
}

}  // namespace

Result<std::unique_ptr<ArtifactFiles>> ArtifactFiles::open(fs::path directory) {
  TRY_VOID(make_directory(directory, kPermissions));
  TRY_VOID(make_directory(directory / "incoming", kPermissions));
  TRY_VOID(remove_abandoned(directory / "incoming"));
  return std::unique_ptr<ArtifactFiles>(new ArtifactFiles(std::move(directory)));
}

Result<std::unique_ptr<ports::ArtifactWriter>> ArtifactFiles::create() {
  while (true) {
    auto name = (directory_ / "incoming" / "XXXXXX").string();
    Descriptor file(::mkostemp(name.data(), O_CLOEXEC));
    if (!file.is_open()) return system_failure("creating a file in " + directory_.string());
    if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0 && is_named(file))
      return std::make_unique<Writer>(directory_, name, std::move(file));
    ::unlink(name.c_str());  // who starts just now took it for an abandoned one
  }
}

Result<fs::path> ArtifactFiles::find(const Digest& digest) const {
  auto place = place_of(directory_, digest);
  if (!fs::is_regular_file(place)) return file_failure(FileErrc::kNotFound, to_hex(digest));
  return place;
}

}  // namespace motorcade::files
