#include "motorcade/rooms.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace motorcade::app {

// --- Running ---

Running::Running(House house, asio::any_io_executor strand)
    : house_(std::move(house)), strand_(std::move(strand)), changed_(strand_) {}

void Running::start(std::shared_ptr<Room> room) {
  auto* const key = room.get();
  running_[key] = std::move(room);
  ++house_.running;
  asio::co_spawn(
      key->executor(), key->run(),
      asio::bind_executor(strand_, [this, key](std::exception_ptr e) { ended(key, e); }));
}

void Running::ended(Room* room, const std::exception_ptr& error) {
  if (error) house_.failed(error);
  running_.erase(room);
  --house_.running;
  changed_.cancel();
}

void Running::stop(const std::shared_ptr<Room>& room) {
  room->stop();
  asio::post(room->executor(), [room] {});  // what stop() has posted there finds it alive
}

asio::awaitable<void> Running::wait_for_ends(std::vector<std::shared_ptr<Room>> rooms) {
  const auto deadline = std::chrono::steady_clock::now() + house_.patience;
  const auto ended = [this](const auto& room) { return !running_.contains(room.get()); };
  while (std::erase_if(rooms, ended), !rooms.empty()) {
    if (std::chrono::steady_clock::now() >= deadline) {
      const auto left = std::to_string(rooms.size());
      house_.reporter.report(ports::Severity::kWarning,
                             "some parts did not end in time; others may begin beside them",
                             {{"parts", left}});
      co_return;
    }
    changed_.expires_at(deadline);
    co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

// --- Rooms ---

Rooms::Rooms(House house, asio::any_io_executor strand, Make make)
    : make_(std::move(make)), running_(std::move(house), std::move(strand)) {}

void Rooms::begin(const std::vector<Partition>& partitions) {
  for (const auto& partition : partitions) {
    auto& room = rooms_[partition];
    if (room) continue;
    room = make_(partition);
    running_.start(room);
  }
}

asio::awaitable<void> Rooms::end(std::vector<Partition> partitions) {
  std::vector<std::shared_ptr<Room>> stopped;
  for (const auto& partition : partitions)
    if (auto node = rooms_.extract(partition)) stopped.push_back(std::move(node.mapped()));
  for (const auto& room : stopped) running_.stop(room);
  co_await running_.wait_for_ends(std::move(stopped));
}

// --- OneRoom ---

OneRoom::OneRoom(House house, asio::any_io_executor strand, Make make)
    : make_(std::move(make)), running_(std::move(house), std::move(strand)) {}

void OneRoom::begin(const std::vector<Partition>& partitions) {
  partitions_.insert(partitions.begin(), partitions.end());
  replace();
}

asio::awaitable<void> OneRoom::end(std::vector<Partition> partitions) {
  for (const auto& partition : partitions) partitions_.erase(partition);
  std::vector<std::shared_ptr<Room>> stopped;
  if (auto before = replace()) stopped.push_back(std::move(before));
  co_await running_.wait_for_ends(std::move(stopped));
}

std::shared_ptr<Room> OneRoom::replace() {
  auto before = std::move(room_);
  if (before) running_.stop(before);
  room_.reset();
  if (partitions_.empty()) return before;
  room_ = make_({partitions_.begin(), partitions_.end()});
  running_.start(room_);
  return before;
}

}  // namespace motorcade::app
