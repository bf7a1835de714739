// What the benches on Kafka share: the broker that bench/kafka.py has started, logs of their own on
// it, and what Kafka's own clients do there.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <optional>

#include "adapters/kafka/log.hpp"

namespace motorcade::bench::on_kafka {

namespace asio = boost::asio;
inline constexpr std::size_t kRecordBytes = 200, kTransaction = 10'000;
inline constexpr std::uint16_t kPartitions = 8;
inline constexpr Partition kPartition{Stream::kVehicle, 0};

[[noreturn]] void give_up(const std::string& why);
/// Ends the program with a word about bench/kafka.py if it is not set.
[[nodiscard]] std::string environment(const char* name);
/// Of a log with a name of its own.
[[nodiscard]] kafka::Options options_for(const std::string& name);
[[nodiscard]] std::unique_ptr<kafka::Log> open(const kafka::Options& options);
[[nodiscard]] double seconds_since(std::chrono::steady_clock::time_point begin);
/// As Kafka's ProducerPerformance fills its records: capital letters.
[[nodiscard]] std::vector<std::string> records(std::size_t count);

template <class T>
T must(Result<T> result) {
  if (!result) give_up(to_string(result.error()));
  return *std::move(result);
}
template <class T>
T run(asio::awaitable<T> work) {
  asio::io_context io(1);
  std::optional<T> answer;
  asio::co_spawn(io, std::move(work), [&](std::exception_ptr e, T value) {
    if (e) std::rethrow_exception(e);
    answer.emplace(std::move(value));
  });
  io.run();
  return *std::move(answer);
}

/// Records per second of a loop on librdkafka alone: consume from the log's inbox, produce, send
/// offsets, commit; transactions of kTransaction records, one thread.
[[nodiscard]] double bare_transactions(const kafka::Options& from, std::size_t records);

}  // namespace motorcade::bench::on_kafka
