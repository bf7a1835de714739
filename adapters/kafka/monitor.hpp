// What librdkafka says besides its answers, from all clients of a log: log lines, which go to the
// reporter; why brokers refuse us, which it tells nobody who waits; and figures, for the metrics.
#pragma once
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <map>
#include <mutex>
#include <optional>

#include "adapters/kafka/client.hpp"
#include "engine/ports/metrics.hpp"
#include "engine/ports/reporter.hpp"

namespace motorcade::kafka {

/// Thread-safe: librdkafka's threads call it. Outlives the clients.
class Monitor {
 public:
  /// Either may be missing; both outlive it.
  Monitor(ports::Reporter* reporter, ports::Metrics* metrics);

  /// `level` as syslog has it. The same facility and thread are reported twice a minute at most.
  void heard_line(int level, const std::string& facility, const std::string& text);
  void heard_error(rd_kafka_resp_err_t code, const std::string& why);
  /// Of a producer: its brokers, what is queued. Of a consumer: how far it is behind.
  void heard_statistics(const std::string& json);

  /// To who waits, brokers that refuse us are silent: kUnreachable becomes kRefused, with the
  /// reason, if one was heard lately. What else was heard of a connection is added.
  [[nodiscard]] Error explain(Error error) const;

  [[nodiscard]] bool wants_statistics() const { return metrics_ != nullptr; }
  /// Of clients that have none of their own.
  [[nodiscard]] Callbacks& callbacks() { return callbacks_; }

 private:
  using Clock = std::chrono::steady_clock;
  void count(std::string_view name, const std::string& broker, double total);

  ports::Reporter* const reporter_;
  ports::Metrics* const metrics_;
  Callbacks callbacks_;
  mutable std::mutex mutex_;
  std::map<std::string, Clock::time_point> reported_;
  std::map<std::string, double> counted_;  ///< by metric and broker, as librdkafka counts it
  struct Heard {
    std::string text;
    Clock::time_point at;
  };
  std::optional<Heard> refusal_, complaint_;
};

}  // namespace motorcade::kafka
