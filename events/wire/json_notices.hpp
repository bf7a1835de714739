// What the server sends to vehicles, for both sides: on `vehicle/{vin}/control` an offer or a
// command about one, on `vehicle/{vin}/ack` (retained) the acknowledgement window, on
// `vehicle/broadcast/releases/{ecu type}` (retained) the newest release. JSON, or Protobuf by the
// content type. Ids are lower-case hex, times RFC 3339.
//
//   {"kind":"offer","commandId":"…","campaignId":"…","expiresAt":"2026-03-01T12:00:00Z","url":"https://…",
//    "token":"…","sha256":"…","sizeBytes":123}
//   {"kind":"pause"|"resume"|"cancel","commandId":"…","offerId":"…","expiresAt":"…"}
//   {"offer":{…}|null}     the answer to POST ota/check, with a fresh link
//   {"epoch":1,"id":"0011223344556677","contiguous":3,"bitmap":"0000000000000002"}
//   {"ecuType":"…","version":"1.2.0","releaseId":"…","sha256":"…","sizeBytes":123,"hardware":"…"}
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "events/result.hpp"
#include "events/vehicle.hpp"
#include "events/wire/body.hpp"

namespace motorcade::wire {

struct OfferNotice {
  CommandId command;
  CampaignId campaign;
  Time expires_at;
  std::string url, token;
  Digest sha256;  ///< of the package
  std::uint64_t size_bytes{};
  friend bool operator==(const OfferNotice&, const OfferNotice&) = default;
};
struct CommandNotice {
  vehicle::CommandKind kind{};
  CommandId command;  ///< its own
  CommandId offer;    ///< of which it speaks
  Time expires_at;
  friend bool operator==(const CommandNotice&, const CommandNotice&) = default;
};
using ControlNotice = std::variant<OfferNotice, CommandNotice>;
struct AckNotice {
  std::uint64_t epoch{};
  OutboxId outbox;
  std::uint64_t contiguous{};  ///< every sequence up to it was taken
  std::uint64_t bitmap{};      ///< bit i: contiguous + 1 + i was taken
  friend bool operator==(const AckNotice&, const AckNotice&) = default;
};
struct ReleaseNotice {
  std::string ecu_type;
  SemanticVersion version;
  ReleaseId release;
  Digest sha256;  ///< of the image
  std::uint64_t size_bytes{};
  std::string hardware;  ///< empty: fits every ECU of the type
  friend bool operator==(const ReleaseNotice&, const ReleaseNotice&) = default;
};

[[nodiscard]] std::string encode_control(const ControlNotice& notice,
                                         ContentType content_type = ContentType::kJson);
[[nodiscard]] std::string encode_ack(const AckNotice& notice,
                                     ContentType content_type = ContentType::kJson);
[[nodiscard]] std::string encode_release(const ReleaseNotice& notice,
                                         ContentType content_type = ContentType::kJson);
/// kUnknownType: a kind that this program does not know, which a vehicle ignores.
[[nodiscard]] Result<ControlNotice> decode_control(std::string_view body,
                                                   ContentType content_type = ContentType::kJson);
/// The answer to POST ota/check.
[[nodiscard]] Result<std::optional<OfferNotice>> decode_check_answer(std::string_view body);
[[nodiscard]] Result<AckNotice> decode_ack(std::string_view body,
                                           ContentType content_type = ContentType::kJson);
[[nodiscard]] Result<ReleaseNotice> decode_release(std::string_view body,
                                                   ContentType content_type = ContentType::kJson);

}  // namespace motorcade::wire
