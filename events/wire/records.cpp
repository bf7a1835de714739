#include "events/wire/records.hpp"

#include "events/proto/inbox.pb.h"
#include "events/wire/envelope.hpp"
#include "events/wire/errc.hpp"
#include "events/wire/fields.hpp"

namespace motorcade::wire {
namespace {

bool is_known(RecordKind kind) {
  switch (kind) {
    case RecordKind::kMessage:
    case RecordKind::kRegister:
    case RecordKind::kVci:
    case RecordKind::kStatus:
    case RecordKind::kControlResponse:
    case RecordKind::kDiagnosticsResponse:
    case RecordKind::kCampaignCommand:
    case RecordKind::kCatalogCommand:
      return true;
  }
  return false;
}

/// The fields that no other struct has in common with it; kinds and content types are told by the
/// caller.
void get_rest(FromProto& in, const proto::InboxRecord& from, InboxRecord& to) {
  in.field = "partition";
  get(in, from.partition(), to.partition);
  get(in, from.occurred_at(), to.occurred_at);
  get(in, from.recorded_at(), to.recorded_at);
  in.field = "correlation";
  get(in, from.correlation(), to.correlation);
  get(in, from.actor(), to.actor);
  to.sealed = from.sealed();
  in.field = "subject";
  get(in, from.subject(), to.subject);
  get(in, from.sealed_vin(), to.sealed_vin);
  get(in, from.body(), to.body);
}

}  // namespace

std::string encode_record(const InboxRecord& record) {
  thread_local proto::InboxRecord message;
  message.Clear();
  ToProto out;
  put(out, record.partition, *message.mutable_partition());
  message.set_kind(static_cast<std::uint32_t>(record.kind));
  message.set_cause(encode_cause(record.cause));
  message.set_occurred_at(record.occurred_at.time_since_epoch().count());
  message.set_recorded_at(record.recorded_at.time_since_epoch().count());
  put(out, record.correlation, *message.mutable_correlation());
  message.set_actor(record.actor);
  message.set_content_type(static_cast<std::uint32_t>(record.content_type));
  message.set_sealed(record.sealed);
  put(out, record.subject, *message.mutable_subject());
  message.set_sealed_vin(record.sealed_vin);
  message.set_body(record.body);
  return message.SerializeAsString();
}

Result<InboxRecord> decode_record(std::string_view bytes) {
  if (bytes.size() > kMaxRecordBytes)
    return failure(Errc::kTooLarge, "an inbox record of " + std::to_string(bytes.size()) +
                                        " bytes; at most " + std::to_string(kMaxRecordBytes));
  thread_local proto::InboxRecord message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return failure(Errc::kMalformed, "an inbox record does not parse");
  InboxRecord record;
  record.kind = static_cast<RecordKind>(message.kind());
  if (message.kind() > 0xffff || !is_known(record.kind))
    return failure(Errc::kUnknownType, "an inbox record of kind " + std::to_string(message.kind()) +
                                           ", which this program does not know; run a newer one");
  if (message.content_type() > static_cast<std::uint32_t>(ContentType::kProtobuf))
    return failure(Errc::kInvalid, "an inbox record of an unknown content type");
  record.content_type = static_cast<ContentType>(message.content_type());
  TRY(record.cause, decode_cause(message.cause()));
  FromProto in;
  get_rest(in, message, record);
  if (!in.ok()) return failure(Errc::kInvalid, "an inbox record: " + in.complaint());
  return record;
}

}  // namespace motorcade::wire
