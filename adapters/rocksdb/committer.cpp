#include "adapters/rocksdb/committer.hpp"

#include <pthread.h>

#include <random>

#include "adapters/rocksdb/group.hpp"
#include "adapters/rocksdb/keys.hpp"
#include "adapters/rocksdb/telemetry.hpp"

namespace motorcade::rocks {
namespace {

constexpr std::chrono::milliseconds kRecoveryPause{200};
constexpr std::chrono::minutes kExpiryPause{10};
/// Where there is less room than so many times what the log itself leaves free, telemetry is lost.
constexpr std::uint64_t kTelemetryLeaves = 4;
constexpr std::size_t kTelemetryShare = 4;  ///< it may fill one part in so many of the queue

}  // namespace

Committer::Committer(const Options& options)
    : options_(options), telemetry_count_(std::random_device{}()) {}

Result<std::shared_ptr<Committer>> Committer::open(const Options& options) {
  std::shared_ptr<Committer> committer(new Committer(options));
  TRY(committer->places_, committer->reopen());
  committer->birth_ = committer->database_->birth();
  committer->publish(committer->places_);
  committer->expire();
  committer->thread_ = std::thread([raw = committer.get()] { raw->run(); });
  ::pthread_setname_np(committer->thread_.native_handle(), "log-committer");
  return committer;
}

Committer::~Committer() {
  close();
}

void Committer::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  has_work_.notify_one();
  if (!thread_.joinable()) return;
  thread_.join();
  const std::unique_lock lock(database_mutex_);
  database_.reset();
  closed_because_ = {LogErrc::kClosed, options_.directory.string()};
}

void Committer::submit(Request request) {
  const auto bytes = size_of(request);
  const bool gives_way = std::holds_alternative<RecordTelemetry>(request);
  const auto most = options_.max_queued_bytes / (gives_way ? kTelemetryShare : 1);
  std::optional<Error> refusal;
  {
    const std::lock_guard lock(mutex_);
    if (closing_) {
      refusal = Error{LogErrc::kClosed, options_.directory.string()};
    } else if (queued_bytes_ > 0 && queued_bytes_ + bytes > most) {
      refusal = Error{LogErrc::kBusy, std::to_string(queued_bytes_) + " bytes are queued"};
    } else {
      queued_bytes_ += bytes;
      queue_.push_back(std::move(request));
    }
  }
  if (refusal) return refuse(request, *refusal);
  has_work_.notify_one();
}

InboxPosition Committer::inbox_begin(Partition partition) const {
  const std::lock_guard lock(mutex_);
  const auto found = inbox_begins_.find(partition);
  return {found == inbox_begins_.end() ? 0 : found->second};
}

void Committer::run() {
  for (auto group = take_group(); !group.empty(); group = take_group()) commit(std::move(group));
}

/// Waits for work. Empty: closing, and all work is done.
std::vector<Request> Committer::take_group() {
  std::unique_lock lock(mutex_);
  has_work_.wait(lock, [this] { return closing_ || !queue_.empty(); });
  std::vector<Request> group;
  std::size_t bytes = 0;
  while (!queue_.empty() && (group.empty() || bytes < options_.max_group_bytes)) {
    bytes += size_of(queue_.front());
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  queued_bytes_ -= bytes;
  return group;
}

void Committer::commit(std::vector<Request> requests) {
  if (const auto ready = check_ready(); !ready) {
    for (auto& request : requests) refuse(request, ready.error());
    return;
  }
  const auto room = check_room(options_.min_free_bytes);
  const bool telemetry = std::any_of(requests.begin(), requests.end(), [](const auto& request) {
    return std::holds_alternative<RecordTelemetry>(request);
  });
  const auto more_room =
      telemetry ? check_room(kTelemetryLeaves * options_.min_free_bytes) : Result<void>{};
  Group group(options_, *database_, places_, epochs_, telemetry_count_);
  for (auto& request : requests)
    if (std::holds_alternative<RecordTelemetry>(request) && !more_room)
      refuse(request, more_room.error());
    else if (room || std::holds_alternative<TakeOver>(request))
      group.add(std::move(request));
    else
      refuse(request, room.error());
  write(group);
  expire();
}

void Committer::write(Group& group) {
  if (group.needs_write()) {
    ::rocksdb::WriteOptions write;
    write.sync = group.needs_sync() && options_.sync;
    const auto written = database_->db().Write(write, &group.batch());
    if (!written.ok())
      return after_failed_write(
          group, error_of(written, "writing to the log in " + options_.directory.string()));
    places_ = group.places();
    if (group.needs_sync()) heads_->write(places_);
    publish(places_);
  }
  group.settle(Fate::kWritten, {});
}

void Committer::after_failed_write(Group& group, Error error) {
  possible_ = {std::exchange(places_, {}), group.places()};
  closed_because_ = error;
  if (!recover()) {
    for (auto& [partition, epoch] : epochs_) ++epoch;
    return group.settle(Fate::kUnknown, error);
  }
  group.settle(places_ == possible_[1] ? Fate::kWritten : Fate::kNotWritten, error);
}

/// Reopens. What then stands in the log is all that was before the failed write, with its group or
/// without. If anything else is missing, only a new process, which remembers nothing, may go on.
bool Committer::recover() {
  next_recovery_ = std::chrono::steady_clock::now() + kRecoveryPause;
  auto found = reopen();
  if (found && std::ranges::find(possible_, *found) == possible_.end()) {
    const std::unique_lock lock(database_mutex_);
    database_.reset();
    closed_because_.context +=
        "; afterwards records were missing that had been taken: restart the process";
    next_recovery_ = std::chrono::steady_clock::time_point::max();
    return false;
  }
  if (!found) return false;
  places_ = *std::move(found);
  publish(places_);
  return true;
}

Result<void> Committer::check_ready() {
  if (database_) return {};
  if (std::chrono::steady_clock::now() >= next_recovery_ && recover()) return {};
  return tl::unexpected(closed_because_);
}

Result<void> Committer::check_room(std::uint64_t needed) {
  std::uint64_t free_bytes = 0;
  auto& env = *database_->db().GetEnv();
  if (!env.GetFreeSpace(options_.directory.string(), &free_bytes).ok()) return {};  // cannot tell
  if (free_bytes >= needed) return {};
  return log_failure(LogErrc::kNoSpace, options_.directory.string() + " has " +
                                            std::to_string(free_bytes) + " bytes free and needs " +
                                            std::to_string(needed));
}

/// Ever so often, when something is written anyway.
void Committer::expire() {
  const auto now = options_.now();
  if (!database_ || now < next_expiry_) return;
  next_expiry_ = now + kExpiryPause;
  const auto expired = expire_telemetry(*database_, now - options_.telemetry_kept);
  static_cast<void>(expired);  // if it cannot be written, nor can the next group, which recovers
}

Result<AllPlaces> Committer::reopen() {
  const std::unique_lock lock(database_mutex_);
  database_.reset();
  auto opened = Database::open(options_);
  auto places = opened.and_then([](const auto& database) { return database->places(); });
  if (places) {
    if (!heads_) heads_ = std::make_unique<HeadFile>(options_.directory);
    if (auto checked = heads_->check(*places); !checked)
      places = tl::unexpected(std::move(checked).error());
  }
  if (!places) {
    closed_because_ = places.error();
    return places;
  }
  database_ = *std::move(opened);
  return places;
}

void Committer::publish(const AllPlaces& places) {
  for (const auto& [partition, place] : places) {
    if (event_ends_.end(partition) != place.events_end)
      event_ends_.publish(partition, place.events_end);
    if (inbox_ends_.end(partition) != place.inbox_end)
      inbox_ends_.publish(partition, place.inbox_end);
  }
  const std::lock_guard lock(mutex_);
  for (const auto& [partition, place] : places) inbox_begins_[partition] = place.inbox_begin;
}

}  // namespace motorcade::rocks
