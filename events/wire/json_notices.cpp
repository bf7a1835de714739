#include "events/wire/json_notices.hpp"

#include "events/proto/notices.pb.h"
#include "events/wire/errc.hpp"
#include "events/wire/json_object.hpp"
#include "events/wire/rfc3339.hpp"
#include "events/wire/text.hpp"

namespace motorcade::wire {
namespace {

constexpr std::string_view kOffer = "offer";
constexpr std::string_view kCommandKinds[] = {"", "pause", "resume", "cancel"};
constexpr std::size_t kMaxNoticeTextBytes = 2048;

std::string bitmap_hex(std::uint64_t bitmap) {
  std::string bytes(8, '\0');
  for (int i = 0; i < 8; ++i)
    bytes[static_cast<std::size_t>(i)] = static_cast<char>(bitmap >> (56 - 8 * i));
  return to_hex(bytes);
}

template <class Timestamp>
void set_time(Timestamp& to, Time time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  to.set_seconds(seconds.time_since_epoch().count());
  to.set_nanos(static_cast<std::int32_t>((time - seconds).count() * 1000));
}

// --- decoding: one complaint per field ---

tl::unexpected<Error> invalid(const char* field, const char* wrong) {
  return failure(Errc::kInvalid, std::string(field) + " " + wrong);
}

template <class IdType>
Result<void> take_id(const char* field, const std::string& hex, IdType& id) {
  const auto parsed = id_from_hex<IdType>(hex);
  if (!parsed) return invalid(field, "is missing, or hexadecimal of the wrong size");
  id = *parsed;
  return {};
}

Result<void> take_text(const char* field, const std::string& from, std::string& to) {
  if (const char* wrong = wrong_with_text(from, kMaxNoticeTextBytes)) return invalid(field, wrong);
  to = from;
  return {};
}

Result<void> take_expiry(const proto::ControlNotice& from, Time& to) {
  const auto& stamp = from.expires_at();
  constexpr std::int64_t kYear9999 = 253'402'300'799;
  if (stamp.seconds() <= 0 || stamp.seconds() > kYear9999 || stamp.nanos() < 0 ||
      stamp.nanos() > 999'999'999)
    return invalid("expiresAt", "is missing, or not a time");
  to = Time(Duration(stamp.seconds() * kMicrosecondsPerSecond + stamp.nanos() / 1000));
  return {};
}

Result<OfferNotice> offer(const proto::ControlNotice& from) {
  OfferNotice notice;
  TRY_VOID(take_id("commandId", from.command_id(), notice.command));
  TRY_VOID(take_id("campaignId", from.campaign_id(), notice.campaign));
  TRY_VOID(take_expiry(from, notice.expires_at));
  TRY_VOID(take_text("url", from.url(), notice.url));
  TRY_VOID(take_text("token", from.token(), notice.token));
  TRY_VOID(take_id("sha256", from.sha256(), notice.sha256));
  notice.size_bytes = from.size_bytes();
  return notice;
}

Result<ControlNotice> command(vehicle::CommandKind kind, const proto::ControlNotice& from) {
  CommandNotice notice{kind, {}, {}, {}};
  TRY_VOID(take_id("commandId", from.command_id(), notice.command));
  TRY_VOID(take_id("offerId", from.offer_id(), notice.offer));
  TRY_VOID(take_expiry(from, notice.expires_at));
  return notice;
}

// --- encoding: JSON with every field, in the order of the documentation ---

std::string to_json(const OfferNotice& notice) {
  return JsonObject()
      .text("kind", kOffer)
      .text("commandId", to_hex(notice.command))
      .text("campaignId", to_hex(notice.campaign))
      .text("expiresAt", to_rfc3339(notice.expires_at))
      .text("url", notice.url)
      .text("token", notice.token)
      .text("sha256", to_hex(notice.sha256))
      .number("sizeBytes", notice.size_bytes)
      .finish();
}

std::string to_json(const CommandNotice& notice) {
  return JsonObject()
      .text("kind", kCommandKinds[static_cast<std::size_t>(notice.kind)])
      .text("commandId", to_hex(notice.command))
      .text("offerId", to_hex(notice.offer))
      .text("expiresAt", to_rfc3339(notice.expires_at))
      .finish();
}

std::string to_binary(const OfferNotice& notice) {
  proto::ControlNotice message;
  message.set_kind(std::string(kOffer));
  message.set_command_id(to_hex(notice.command));
  message.set_campaign_id(to_hex(notice.campaign));
  set_time(*message.mutable_expires_at(), notice.expires_at);
  message.set_url(notice.url);
  message.set_token(notice.token);
  message.set_sha256(to_hex(notice.sha256));
  message.set_size_bytes(notice.size_bytes);
  return message.SerializeAsString();
}

std::string to_binary(const CommandNotice& notice) {
  proto::ControlNotice message;
  message.set_kind(std::string(kCommandKinds[static_cast<std::size_t>(notice.kind)]));
  message.set_command_id(to_hex(notice.command));
  message.set_offer_id(to_hex(notice.offer));
  set_time(*message.mutable_expires_at(), notice.expires_at);
  return message.SerializeAsString();
}

}  // namespace

std::string encode_control(const ControlNotice& notice, ContentType content_type) {
  return std::visit(
      [&](const auto& n) { return content_type == ContentType::kJson ? to_json(n) : to_binary(n); },
      notice);
}

std::string encode_ack(const AckNotice& notice, ContentType content_type) {
  if (content_type == ContentType::kJson)
    return JsonObject()
        .number("epoch", notice.epoch)
        .text("id", to_hex(notice.outbox))
        .number("contiguous", notice.contiguous)
        .text("bitmap", bitmap_hex(notice.bitmap))
        .finish();
  proto::AckNotice message;
  message.set_epoch(notice.epoch);
  message.set_id(to_hex(notice.outbox));
  message.set_contiguous(notice.contiguous);
  message.set_bitmap(bitmap_hex(notice.bitmap));
  return message.SerializeAsString();
}

std::string encode_release(const ReleaseNotice& notice, ContentType content_type) {
  if (content_type == ContentType::kJson)
    return JsonObject()
        .text("ecuType", notice.ecu_type)
        .text("version", to_string(notice.version))
        .text("releaseId", to_hex(notice.release))
        .text("sha256", to_hex(notice.sha256))
        .number("sizeBytes", notice.size_bytes)
        .text("hardware", notice.hardware)
        .finish();
  proto::ReleaseNotice message;
  message.set_ecu_type(notice.ecu_type);
  message.set_version(to_string(notice.version));
  message.set_release_id(to_hex(notice.release));
  message.set_sha256(to_hex(notice.sha256));
  message.set_size_bytes(notice.size_bytes);
  message.set_hardware(notice.hardware);
  return message.SerializeAsString();
}

Result<ControlNotice> decode_control(std::string_view body, ContentType content_type) {
  proto::ControlNotice message;
  TRY_VOID(parse_body(content_type, body, message));
  if (message.kind() == kOffer) return offer(message);
  for (std::size_t kind = 1; kind < std::size(kCommandKinds); ++kind)
    if (message.kind() == kCommandKinds[kind])
      return command(static_cast<vehicle::CommandKind>(kind), message);
  return failure(Errc::kUnknownType, "kind is missing, or none of offer, pause, resume, cancel");
}

Result<std::optional<OfferNotice>> decode_check_answer(std::string_view body) {
  proto::CheckAnswer message;
  TRY_VOID(parse_body(ContentType::kJson, body, message));
  if (!message.has_offer()) return std::nullopt;
  TRY(auto found, offer(message.offer()));
  return found;
}

Result<AckNotice> decode_ack(std::string_view body, ContentType content_type) {
  proto::AckNotice message;
  TRY_VOID(parse_body(content_type, body, message));
  AckNotice notice{message.epoch(), {}, message.contiguous(), {}};
  TRY_VOID(take_id("id", message.id(), notice.outbox));
  OutboxId bitmap;  // as wide, and head() is big-endian
  TRY_VOID(take_id("bitmap", message.bitmap(), bitmap));
  notice.bitmap = bitmap.head();
  return notice;
}

Result<ReleaseNotice> decode_release(std::string_view body, ContentType content_type) {
  proto::ReleaseNotice message;
  TRY_VOID(parse_body(content_type, body, message));
  ReleaseNotice notice;
  const auto version = version_from(message.version());
  if (!version) return invalid("version", "is not a version; MAJOR.MINOR.PATCH is expected");
  notice.version = *version;
  TRY_VOID(take_text("ecuType", message.ecu_type(), notice.ecu_type));
  TRY_VOID(take_id("releaseId", message.release_id(), notice.release));
  TRY_VOID(take_id("sha256", message.sha256(), notice.sha256));
  notice.size_bytes = message.size_bytes();
  TRY_VOID(take_text("hardware", message.hardware(), notice.hardware));
  return notice;
}

}  // namespace motorcade::wire
