#include "adapters/files/checkpoint_store.hpp"

#include <fstream>

#include "adapters/files/durable_file.hpp"

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
  return replace_file(path_of(consumer, partition), std::to_string(next.value) + '\n', kUnsynced);
}

}  // namespace motorcade::files
