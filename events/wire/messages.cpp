#include "events/wire/messages.hpp"

#include "events/proto/inbox.pb.h"
#include "events/wire/errc.hpp"
#include "events/wire/oneof.hpp"

namespace motorcade::wire {
namespace {

#define MOTORCADE_BODIES_(X)                                                                     \
  X(vehicle::TakeOrder, take_order, proto::MessageBody::kTakeOrder)                              \
  X(vehicle::NotePackage, note_package, proto::MessageBody::kNotePackage)                        \
  X(vehicle::NoteRelease, note_release_to_shard, proto::MessageBody::kNoteReleaseToShard)        \
  X(campaign::TakeSurvey, take_survey, proto::MessageBody::kTakeSurvey)                          \
  X(campaign::TakeTally, take_tally, proto::MessageBody::kTakeTally)                             \
  X(campaign::NoteRelease, note_release_to_campaign, proto::MessageBody::kNoteReleaseToCampaign) \
  X(catalog::RequestPackage, request_package, proto::MessageBody::kRequestPackage)
MOTORCADE_ONEOF(MessageBody, proto::MessageBody, body_case, MOTORCADE_BODIES_)

}  // namespace

std::string encode_message(const MessageBody& body) {
  proto::MessageBody message;
  ToProto out;
  put_oneof(out, body, message);
  MOTORCADE_ASSERT(message.body_case() != proto::MessageBody::BODY_NOT_SET);
  return message.SerializeAsString();
}

Result<MessageBody> decode_message(std::string_view bytes) {
  proto::MessageBody message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return failure(Errc::kMalformed, "a message between state machines does not parse");
  FromProto in;
  MessageBody body;
  if (!get_oneof(in, message, body))
    return failure(Errc::kUnknownType,
                   "a message between state machines of a type that this program does not know");
  if (!in.ok())
    return failure(Errc::kInvalid, "a message between state machines: " + in.complaint());
  return body;
}

}  // namespace motorcade::wire
