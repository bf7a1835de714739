#include "adapters/files/checkpoint_store.hpp"

#include <fstream>

namespace motorcade::files {

Result<std::unique_ptr<CheckpointFiles>> CheckpointFiles::open(std::filesystem::path directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return failure(error, "making the directory of checkpoints " + directory.string());
  return std::unique_ptr<CheckpointFiles>(new CheckpointFiles(std::move(directory)));
}

std::filesystem::path CheckpointFiles::path_of(std::string_view consumer,
                                               Partition partition) const {
  return directory_ / (std::string(consumer) + '-' + std::string(to_string(partition.stream)) +
                       '-' + std::to_string(partition.number));
}

Sequence CheckpointFiles::load(std::string_view consumer, Partition partition) {
  std::ifstream file(path_of(consumer, partition));
  Sequence next;
  file >> next.value;
  return file ? next : Sequence{};
}

Result<void> CheckpointFiles::store(std::string_view consumer, Partition partition, Sequence next) {
  const auto path = path_of(consumer, partition);
  auto fresh = path;
  fresh += ".new";
  {
    std::ofstream file(fresh, std::ios::trunc);
    file << next.value << '\n';
    if (!file.flush())
      return failure(std::errc::io_error, "writing the checkpoint " + fresh.string());
  }
  std::error_code error;
  std::filesystem::rename(fresh, path, error);
  if (error) return failure(error, "replacing the checkpoint " + path.string());
  return {};
}

}  // namespace motorcade::files
