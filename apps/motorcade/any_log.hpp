// The log that the configuration names, behind its ports: nobody beyond this file knows which.
#pragma once
#include <functional>
#include <memory>

#include "engine/ports/log.hpp"
#include "motorcade/config.hpp"

namespace motorcade::app {

namespace asio = boost::asio;

/// One log; both pointers are to it.
struct AnyLog {
  std::shared_ptr<ports::EventLog> events;
  std::shared_ptr<ports::Inbox> inbox;
  /// A backup while it is used, in a directory that is not there yet. None: brokers keep replicas.
  std::function<asio::awaitable<Result<void>>(Path)> checkpoint;
};
/// To write; made if it is not there yet.
[[nodiscard]] Result<AnyLog> open_log(const Config& config);

/// To read, also while engines run on it. `scratch` is a directory of the reader's own.
[[nodiscard]] Result<std::shared_ptr<ports::EventLog>> follow_log(const Config& config,
                                                                  const Path& scratch);

}  // namespace motorcade::app
