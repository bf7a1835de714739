#include "engine/edge/intake.hpp"

#include "digest/digest.hpp"
#include "engine/edge/random.hpp"
#include "events/wire/commands.hpp"
#include "events/wire/records.hpp"

namespace motorcade::edge {
namespace {
constexpr VehicleId kDeployment{};

MessageId first_bytes(const digest::Sha256& hash) {
  MessageId id;
  std::copy_n(hash.begin(), id.bytes.size(), id.bytes.begin());
  return id;
}

Cause cause_of(const VehicleReport& report, VehicleId vehicle, MessageId id) {
  if (report.place) return ReportCause{id, vehicle, *report.place};
  if (report.alias) return ReportCause{id, vehicle, place_of(*report.alias)};
  return RequestCause{id};
}
}  // namespace

Intake::Intake(PartitionCounts counts, ports::Inbox& inbox, ports::KeyStore& keys,
               const ports::Clock& clock, IntakeLimits limits, MakeId make_id)
    : counts_(counts),
      inbox_(inbox),
      keys_(keys),
      clock_(clock),
      limits_(limits),
      make_id_(make_id ? std::move(make_id) : MakeId(random_id<MessageId>)) {}

Partition Intake::inbox_of(std::string_view vin) const {
  return {Stream::kVehicle, partition_of(keys_.id_of(vin), counts_.vehicle)};
}

Result<std::string> Intake::seal(const VehicleReport& report) {
  TRY(const auto record, record_of(report, id_of(report), "vehicle"));
  return wire::encode_record(record);
}

Result<InboxRecord> Intake::record_of(const VehicleReport& report, MessageId id, Actor actor) {
  if (!is_vin(report.vin))
    return failure(std::errc::invalid_argument,
                   "a vehicle's name is no VIN (17 of A-Z 0-9, not I O Q)");
  if (report.body.size() > limits_.report_bytes)
    return failure(std::errc::message_size,
                   "the report has " + std::to_string(report.body.size()) + " bytes; at most " +
                       std::to_string(limits_.report_bytes) + " are taken");
  TRY(const auto vehicle, keys_.identify(report.vin));
  TRY(auto sealed, keys_.seal(vehicle, "inbox", report.body));
  InboxRecord record;
  record.partition = {Stream::kVehicle, partition_of(vehicle, counts_.vehicle)};
  record.kind = report.kind;
  record.cause = cause_of(report, vehicle, id);
  record.occurred_at = record.recorded_at = clock_.now();
  record.correlation = id;
  record.actor = std::move(actor);
  record.content_type = report.content_type;
  record.sealed = true;
  record.subject = vehicle;
  if (report.kind == RecordKind::kRegister || report.kind == RecordKind::kVci) {
    TRY(record.sealed_vin, keys_.seal(vehicle, "vin", report.vin));
  }
  record.body = std::move(sealed);
  return record;
}

Result<InboxRecord> Intake::operator_record(Partition partition, RecordKind kind, std::string body,
                                            MessageId id, Actor actor) {
  if (body.size() > limits_.command_bytes)
    return failure(std::errc::message_size,
                   "the command has " + std::to_string(body.size()) + " bytes; at most " +
                       std::to_string(limits_.command_bytes) + " are taken");
  TRY(auto sealed, keys_.seal(kDeployment, "inbox", body));
  InboxRecord record;
  record.partition = partition;
  record.kind = kind;
  record.cause = RequestCause{id};
  record.occurred_at = record.recorded_at = clock_.now();
  record.correlation = id;
  record.actor = std::move(actor);
  record.content_type = ContentType::kProtobuf;
  record.sealed = true;
  record.body = std::move(sealed);
  return record;
}

Result<InboxRecord> Intake::record_of(const campaign::Command& command, CampaignId campaign,
                                      MessageId id, Actor actor) {
  const Partition partition{Stream::kCampaign, partition_of(campaign, counts_.campaign)};
  return operator_record(partition, RecordKind::kCampaignCommand, wire::encode_command(command), id,
                         std::move(actor));
}

Result<InboxRecord> Intake::record_of(const catalog::Command& command, std::string_view ecu_type,
                                      MessageId id, Actor actor) {
  const Partition partition{Stream::kCatalog, partition_of(ecu_type, counts_.catalog)};
  return operator_record(partition, RecordKind::kCatalogCommand, wire::encode_command(command), id,
                         std::move(actor));
}

Result<InboxRecord> Intake::record_of(const catalog::Command& command, PackageKey package,
                                      MessageId id, Actor actor) {
  const Partition partition{Stream::kCatalog, partition_of(package, counts_.catalog)};
  return operator_record(partition, RecordKind::kCatalogCommand, wire::encode_command(command), id,
                         std::move(actor));
}

asio::awaitable<Result<void>> Intake::send(InboxRecord record) {
  std::vector<std::string> records;
  records.push_back(wire::encode_record(record));
  co_return co_await send(record.partition, std::move(records));
}

asio::awaitable<Result<void>> Intake::send(Partition partition, std::vector<std::string> records) {
  auto placed = co_await inbox_.send(partition, std::move(records));
  if (!placed) co_return tl::unexpected(std::move(placed).error());
  co_return Result<void>{};
}

MessageId Intake::id_of(const VehicleReport& report) const {
  if (!report.place && !report.alias) return make_id_();
  const auto vehicle = keys_.identify(report.vin);
  if (!vehicle) return make_id_();  // nor will it become a record
  digest::CanonicalWriter name;
  // The id stands in the log for ever: from the VIN itself, a guess could be told to be right.
  name.text(report.place ? "motorcade report" : "motorcade alias report");
  name.raw(vehicle->view());
  if (!report.place) {
    name.u8(static_cast<std::uint8_t>(*report.alias));
    name.text(report.body);
    return first_bytes(digest::sha256(name.bytes()));
  }
  name.u64(report.place->epoch);
  name.raw(report.place->outbox.view());
  name.u64(report.place->sequence);
  return first_bytes(digest::sha256(name.bytes()));
}

MessageId request_id(std::string_view principal, std::string_view route,
                     std::string_view idempotency_key) {
  digest::CanonicalWriter name;
  name.text("motorcade request");
  name.text(principal);
  name.text(route);
  name.text(idempotency_key);
  return first_bytes(digest::sha256(name.bytes()));
}

}  // namespace motorcade::edge
