// The way in, for both edges: gives what vehicles and operators say an id, a time and a partition,
// seals it, and appends it to an inbox. It checks identity and size; what a body means is decided
// by its owner, so garbage becomes a refusal that consumes its sequence.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>

#include "engine/edge/principal.hpp"
#include "engine/ports/clock.hpp"
#include "engine/ports/key_store.hpp"
#include "engine/ports/log.hpp"
#include "events/alias.hpp"
#include "events/campaign.hpp"
#include "events/catalog.hpp"

namespace motorcade::edge {

namespace asio = boost::asio;

struct VehicleReport {
  std::string vin;
  RecordKind kind{};  ///< kRegister, kVci, kStatus, kControlResponse, kDiagnosticsResponse
  std::optional<ReportPlace> place;  ///< none: not from an outbox (operators; older vehicles)
  ContentType content_type{};
  std::string body;                 ///< as it was received
  std::optional<AliasTopic> alias;  ///< it came by a topic of the older convention, without a place
};

struct IntakeLimits {
  std::size_t report_bytes = 256 * 1024;
  std::size_t command_bytes = 512 * 1024;
};

/// Thread-safe as far as its ports are.
class Intake {
 public:
  using MakeId = std::function<MessageId()>;
  Intake(PartitionCounts counts, ports::Inbox& inbox, ports::KeyStore& keys,
         const ports::Clock& clock, IntakeLimits limits = {}, MakeId make_id = {});

  /// For who appends many at once: the inbox of a vehicle, heard of or not …
  [[nodiscard]] Partition inbox_of(std::string_view vin) const;
  /// … the record that its report becomes there (errors: not a VIN and too large are
  /// invalid_argument and message_size; otherwise the key store's, and it may be tried again) …
  [[nodiscard]] Result<std::string> seal(const VehicleReport& report);
  /// … and several appended in order. Errors: the world's; nothing is known, they may be sent
  /// again.
  [[nodiscard]] asio::awaitable<Result<void>> send(Partition partition,
                                                   std::vector<std::string> records);

  /// The records, for callers who wait for what becomes of them. `id` is what the envelope's cause
  /// will carry.
  [[nodiscard]] Result<InboxRecord> record_of(const VehicleReport& report, MessageId id,
                                              Actor actor);
  [[nodiscard]] Result<InboxRecord> record_of(const campaign::Command& command, CampaignId campaign,
                                              MessageId id, Actor actor);
  [[nodiscard]] Result<InboxRecord> record_of(const catalog::Command& command,
                                              std::string_view ecu_type, MessageId id, Actor actor);
  [[nodiscard]] Result<InboxRecord> record_of(const catalog::Command& command, PackageKey package,
                                              MessageId id, Actor actor);
  [[nodiscard]] asio::awaitable<Result<void>> send(InboxRecord record);

  /// Of a report with a place: the same each time that it is sent again. Of one by an alias topic:
  /// the same for the same body. Of others: new.
  [[nodiscard]] MessageId id_of(const VehicleReport& report) const;
  [[nodiscard]] MessageId new_id() const { return make_id_(); }
  [[nodiscard]] const IntakeLimits& limits() const { return limits_; }

 private:
  [[nodiscard]] Result<InboxRecord> operator_record(Partition partition, RecordKind kind,
                                                    std::string body, MessageId id, Actor actor);

  PartitionCounts counts_;
  ports::Inbox& inbox_;
  ports::KeyStore& keys_;
  const ports::Clock& clock_;
  IntakeLimits limits_;
  MakeId make_id_;
};

/// What a request is called: the hash of principal, route and Idempotency-Key. The same bytes name
/// what the request creates, so a retry at another edge meets the first.
[[nodiscard]] MessageId request_id(std::string_view principal, std::string_view route,
                                   std::string_view idempotency_key);

}  // namespace motorcade::edge
