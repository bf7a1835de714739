// Rooms: what a process runs, each on an executor of its own. A role has one room per partition
// that is this process's; they are opened and closed as partitions come and go (ports/membership.hpp).
//
// A room that was told to stop is kept until it has ended, however long that takes; who waits for
// that does so at most `patience`.
#pragma once
#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "engine/ports/membership.hpp"
#include "engine/ports/reporter.hpp"

namespace motorcade::app {

namespace asio = boost::asio;

class Room {
 public:
  virtual ~Room() = default;
  /// Where it runs: a strand.
  [[nodiscard]] virtual asio::any_io_executor executor() const = 0;
  virtual asio::awaitable<void> run() = 0;
  /// From any thread: run() completes soon.
  virtual void stop() = 0;
};

/// A room around one of the engine's own, which takes its executor as the last argument.
template <class T, class Base = Room>
class RoomOf : public Base {
 public:
  template <class... Args>
  explicit RoomOf(asio::any_io_executor executor, Args&&... args)
      : executor_(std::move(executor)), it_(std::forward<Args>(args)..., executor_) {}
  [[nodiscard]] asio::any_io_executor executor() const override { return executor_; }
  asio::awaitable<void> run() override { return it_.run(); }
  void stop() override { it_.stop(); }

 protected:
  asio::any_io_executor executor_;
  T it_;
};

struct House {
  ports::Reporter& reporter;
  std::atomic<int>& running;  ///< how many rooms are
  /// A room ended by an exception: we are wrong.
  std::function<void(std::exception_ptr)> failed;
  std::chrono::steady_clock::duration patience = std::chrono::seconds(10);
};

/// Rooms that run. Used on one strand.
class Running {
 public:
  Running(House house, asio::any_io_executor strand);
  void start(std::shared_ptr<Room> room);
  void stop(const std::shared_ptr<Room>& room);
  /// Of rooms that were stopped; one call at a time.
  asio::awaitable<void> wait_for_ends(std::vector<std::shared_ptr<Room>> rooms);

 private:
  void ended(Room* room, const std::exception_ptr& error);
  House house_;
  asio::any_io_executor strand_;
  std::map<Room*, std::shared_ptr<Room>> running_;
  asio::steady_timer changed_;
};

/// The rooms of one role, one per partition.
class Rooms final : public ports::PartitionWork {
 public:
  using Make = std::function<std::shared_ptr<Room>(Partition)>;
  Rooms(House house, asio::any_io_executor strand, Make make);
  void begin(const std::vector<Partition>& partitions) override;
  asio::awaitable<void> end(std::vector<Partition> partitions) override;

 private:
  Make make_;
  Running running_;
  std::map<Partition, std::shared_ptr<Room>> rooms_;
};

/// One room for all partitions that the process has; when they change, another in its place. Both may
/// run for a moment.
class OneRoom final : public ports::PartitionWork {
 public:
  using Make = std::function<std::shared_ptr<Room>(std::vector<Partition>)>;
  OneRoom(House house, asio::any_io_executor strand, Make make);
  void begin(const std::vector<Partition>& partitions) override;
  asio::awaitable<void> end(std::vector<Partition> partitions) override;

 private:
  /// Answers the room that there was.
  std::shared_ptr<Room> replace();
  Make make_;
  Running running_;
  std::set<Partition> partitions_;
  std::shared_ptr<Room> room_;
};

}  // namespace motorcade::app
