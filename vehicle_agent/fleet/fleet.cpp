#include "vehicle_agent/fleet/fleet.hpp"

#include <sstream>

namespace motorcade::fleet {

namespace {
namespace asio = boost::asio;
constexpr std::size_t kMostErrors = 10;

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c < ' ' ? ' ' : c;
  }
  return out + '"';
}
}  // namespace

Fleet::Fleet(asio::any_io_executor executor, asio::thread_pool& pool, FleetSettings settings,
             std::vector<VehicleSpec> vehicles, std::function<vmg::Log(const VehicleSpec&)> log_of)
    : settings_(settings), stagger_(executor), look_after_(executor) {
  for (auto& spec : vehicles) {
    auto log = log_of(spec);
    vehicles_.push_back(std::make_unique<Vehicle>(executor, pool, std::move(spec), std::move(log)));
  }
}

void Fleet::start(std::function<void(const Error&)> on_failure) {
  on_failure_ = std::move(on_failure);
  start_next();
  look_after();
}

void Fleet::start_next() {
  if (stopped_ || started_ == vehicles_.size()) return;
  if (const auto started = vehicles_[started_]->start(); !started)
    return on_failure_(started.error());
  ++started_;
  stagger_.expires_after(settings_.stagger);
  stagger_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
    const auto self = weak.lock();
    if (!cancelled && self) self->start_next();
  });
}

void Fleet::look_after() {
  look_after_.expires_after(settings_.look_after);
  look_after_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
    const auto self = weak.lock();
    if (cancelled || !self || self->stopped_) return;
    for (std::size_t i = 0; i < self->started_; ++i) self->vehicles_[i]->look_after();
    self->look_after();
  });
}

void Fleet::stop() {
  stopped_ = true;
  stagger_.cancel();
  look_after_.cancel();
  for (auto& vehicle : vehicles_) vehicle->stop();
}

FleetStatus Fleet::status() const {
  FleetStatus out;
  out.vehicles = vehicles_.size();
  out.started = started_;
  std::set<std::string> errors;
  for (std::size_t i = 0; i < started_; ++i) {
    const auto one = vehicles_[i]->status();
    if (one.linked) ++out.linked;
    ++out.phases[one.phase];
    out.outbox += one.outbox;
    out.reports_sent += one.reports_sent;
    if (!one.error.empty() && errors.size() < kMostErrors) errors.insert(one.error);
  }
  out.errors.assign(errors.begin(), errors.end());
  return out;
}

std::string to_json(const FleetStatus& status) {
  std::ostringstream out;
  out << "{\"vehicles\":" << status.vehicles << ",\"started\":" << status.started
      << ",\"linked\":" << status.linked << ",\"outbox\":" << status.outbox
      << ",\"reportsSent\":" << status.reports_sent << ",\"phases\":{";
  const char* separator = "";
  for (const auto& [phase, count] : status.phases)
    out << std::exchange(separator, ",") << json_text(phase) << ':' << count;
  out << "},\"errors\":[";
  separator = "";
  for (const auto& error : status.errors) out << std::exchange(separator, ",") << json_text(error);
  out << "]}";
  return out.str();
}

}  // namespace motorcade::fleet
