// Whether what the engine stands on can serve: asked once a second, so that /readyz answers at once and
// costs nothing.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/postgres/pool.hpp"
#include "engine/ports/log.hpp"

namespace motorcade::app {

class Health {
 public:
  /// `pool`: null if nothing here needs the database.
  Health(postgres::Pool* pool, ports::Inbox& inbox) : pool_(pool), inbox_(inbox) {}

  /// Asks until `io` is stopped.
  void start(boost::asio::io_context& io);
  /// The parts that do not serve, and why. Thread-safe.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> missing() const;

 private:
  boost::asio::awaitable<void> watch_database();
  boost::asio::awaitable<void> watch_log();
  /// The last answer of one part. One that is too old is none.
  class Part {
   public:
    void answered(const Result<void>& answer);
    /// Nothing: it serves.
    [[nodiscard]] std::optional<std::string> why_not() const;

   private:
    mutable std::mutex mutex_;
    std::string why_ = "has not been asked yet";
    std::chrono::steady_clock::time_point at_ = std::chrono::steady_clock::now();
  };

  postgres::Pool* pool_;
  ports::Inbox& inbox_;
  Part database_, log_;
};

}  // namespace motorcade::app
