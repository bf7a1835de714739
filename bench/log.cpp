// log.append_sync: events per second that the embedded log commits, synced, with eight partitions
// appending at once; against a loop that writes the same batches to a file with one fdatasync each.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>

#include "adapters/rocksdb/log.hpp"
#include "bench/bench.hpp"

namespace motorcade::bench {
namespace {

namespace asio = boost::asio;
constexpr std::size_t kEventBytes = 200, kBatchEvents = 1000, kBatches = 1000;
constexpr std::uint16_t kPartitions = 8;
constexpr double kEvents = kBatches * kBatchEvents;

class Place {
 public:
  Place() {
    auto name = (std::filesystem::temp_directory_path() / "motorcade-bench-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Place() { std::filesystem::remove_all(path_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "log.append_sync: %s\n", why.c_str());
  std::exit(1);
}

std::vector<std::string> batch_of(std::size_t number) {
  std::vector<std::string> batch(kBatchEvents, std::string(kEventBytes, 'e'));
  for (std::size_t i = 0; i < kBatchEvents; ++i) {
    std::uint64_t noise = (number * kBatchEvents + i) * 0x9e3779b97f4a7c15U;
    for (std::size_t at = 0; at < kEventBytes; at += 8, noise ^= noise << 13, noise ^= noise >> 7)
      std::copy_n(reinterpret_cast<const char*>(&noise), 8, batch[i].data() + at);
  }
  return batch;
}

template <class F>
double events_per_second(F run) {
  const auto begin = std::chrono::steady_clock::now();
  run();
  return kEvents / std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

asio::awaitable<void> append_all(rocks::Log& log, Partition partition,
                                 const std::vector<std::vector<std::string>>& batches) {
  auto writer = co_await log.take_over(partition);
  if (!writer) give_up(to_string(writer.error()));
  Sequence next;
  for (std::size_t i = partition.number; i < batches.size(); i += kPartitions) {
    auto batch = batches[i];
    const auto done = co_await (*writer)->append(next, batch);
    if (done.outcome != ports::Appended::kCommitted) give_up(to_string(done.error));
    next.value += kBatchEvents;
  }
}

double measure_log(const std::filesystem::path& place,
                   const std::vector<std::vector<std::string>>& batches) {
  rocks::Options options;
  options.directory = place / "log";
  const auto log = rocks::Log::open(options);
  if (!log) give_up(to_string(log.error()));
  return events_per_second([&] {
    asio::io_context io;
    for (std::uint16_t number = 0; number < kPartitions; ++number) {
      const Partition partition{Stream::kVehicle, number};
      asio::co_spawn(io, append_all(**log, partition, batches), asio::detached);
    }
    io.run();
  });
}

double measure_file(const std::filesystem::path& place,
                    const std::vector<std::vector<std::string>>& batches) {
  const int fd = ::open((place / "file").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const auto rate = events_per_second([&] {
    for (const auto& batch : batches) {
      std::string bytes;
      for (const auto& event : batch) bytes += event;
      if (::write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
          ::fdatasync(fd) != 0)
        give_up("writing a file");
    }
  });
  ::close(fd);
  return rate;
}

Measurement append_sync() {
  std::vector<std::vector<std::string>> batches;
  for (std::size_t i = 0; i < kBatches; ++i) batches.push_back(batch_of(i));
  const Place place;
  const auto file = measure_file(place.path(), batches);
  const auto log = measure_log(place.path(), batches);
  return {log, "events/s", "fdatasync loop over the same batches", file};
}

const Registered log_registered("log.append_sync", &append_sync);

}  // namespace
}  // namespace motorcade::bench
