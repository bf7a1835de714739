#include "events/wire/commands.hpp"

#include "events/proto/inbox.pb.h"
#include "events/wire/errc.hpp"
#include "events/wire/oneof.hpp"

namespace motorcade::wire {
namespace {

#define MOTORCADE_CAMPAIGN_(X)                                    \
  X(campaign::Create, create, proto::CampaignCommand::kCreate)    \
  X(campaign::Propose, propose, proto::CampaignCommand::kPropose) \
  X(campaign::Approve, approve, proto::CampaignCommand::kApprove) \
  X(campaign::Start, start, proto::CampaignCommand::kStart)       \
  X(campaign::Pause, pause, proto::CampaignCommand::kPause)       \
  X(campaign::Resume, resume, proto::CampaignCommand::kResume)    \
  X(campaign::Abort, abort, proto::CampaignCommand::kAbort)
MOTORCADE_ONEOF(campaign::Command, proto::CampaignCommand, command_case, MOTORCADE_CAMPAIGN_)

#define MOTORCADE_CATALOG_(X)                                                               \
  X(catalog::UploadRelease, upload_release, proto::CatalogCommand::kUploadRelease)          \
  X(catalog::DeprecateRelease, deprecate_release, proto::CatalogCommand::kDeprecateRelease) \
  X(catalog::ApproveTarget, approve_target, proto::CatalogCommand::kApproveTarget)          \
  X(catalog::RequestPackage, request_package, proto::CatalogCommand::kRequestPackage)       \
  X(catalog::ReportBuilt, report_built, proto::CatalogCommand::kReportBuilt)
MOTORCADE_ONEOF(catalog::Command, proto::CatalogCommand, command_case, MOTORCADE_CATALOG_)

// --- what a shape alone does not say: a field's name and what is wrong with it; null: nothing ---

template <class IdType>
void present(FromProto& in, const char* field, const IdType& id) {
  in.field = field;
  if (id.is_zero()) in.fail("is missing");
}
void name(FromProto& in, const char* field, const std::string& text, bool required = true) {
  in.field = field;
  if (required && text.empty()) in.fail("is missing");
  if (text.size() > kMaxNameBytes) in.fail("is too long");
}
void at_most(FromProto& in, const char* field, std::size_t count, std::size_t most) {
  in.field = field;
  if (count > most) in.fail("has too many elements");
}

void check(FromProto& in, const campaign::Create& c) {
  const auto& d = c.definition;
  name(in, "name", d.name, false);
  name(in, "filter.model", d.filter.model, false);
  at_most(in, "releases", d.releases.size(), kMaxReleasesPerCampaign);
  at_most(in, "waves", d.waves.size(), campaign::kMaxWaves);
  at_most(in, "filter.vehicles", d.filter.vehicles.size(), kMaxVehiclesPerFilter);
}
void check(FromProto& in, const campaign::Resume& c) {
  in.field = "how";
  if (c.how == campaign::Resumption{}) in.fail("is missing");
}
void check(FromProto& in, const catalog::UploadRelease& c) {
  present(in, "release", c.release.release);
  present(in, "image", c.release.image);
  name(in, "ecu_type", c.release.ecu_type);
  name(in, "hardware", c.release.hardware, false);
  name(in, "by", c.by);
}
void check(FromProto& in, const catalog::DeprecateRelease& c) {
  present(in, "release", c.release);
  name(in, "by", c.by);
}
void check(FromProto& in, const catalog::ApproveTarget& c) {
  name(in, "ecu", c.ecu);
  name(in, "ecu_type", c.ecu_type);
  name(in, "by", c.by);
}
void check(FromProto& in, const catalog::RequestPackage& c) {
  present(in, "key", c.key);
  std::size_t ecus = 0;
  for (const auto& zone : c.content.zones) ecus += 1 + zone.ecus.size();
  at_most(in, "content", ecus, 2 * kMaxEcusPerPackage);
}
void check(FromProto& in, const catalog::ReportBuilt& c) {
  present(in, "key", c.key);
}

template <class Command>
void check_all(FromProto& in, const Command& command) {
  std::visit(
      [&](const auto& c) {
        if constexpr (requires { c.campaign, c.by; }) {
          present(in, "campaign", c.campaign);
          name(in, "by", c.by);
        }
        if constexpr (requires { check(in, c); }) check(in, c);
      },
      command);
}

template <class Message, class Command>
Result<Command> decode(std::string_view bytes) {
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return failure(Errc::kMalformed, "the command does not parse");
  FromProto in{.strict = true};
  Command command;
  if (!get_oneof(in, message, command))
    return failure(Errc::kUnknownType, "the command is of a type that this program does not know");
  check_all(in, command);
  if (!in.ok()) return failure(Errc::kInvalid, "the command: " + in.complaint());
  return command;
}

template <class Message, class Command>
std::string encode(const Command& command) {
  Message message;
  ToProto out;
  put_oneof(out, command, message);
  MOTORCADE_ASSERT(message.command_case() != Message::COMMAND_NOT_SET);
  return message.SerializeAsString();
}

}  // namespace

std::string encode_command(const campaign::Command& command) {
  return encode<proto::CampaignCommand>(command);
}
std::string encode_command(const catalog::Command& command) {
  return encode<proto::CatalogCommand>(command);
}
Result<campaign::Command> decode_campaign_command(std::string_view bytes) {
  return decode<proto::CampaignCommand, campaign::Command>(bytes);
}
Result<catalog::Command> decode_catalog_command(std::string_view bytes) {
  return decode<proto::CatalogCommand, catalog::Command>(bytes);
}

}  // namespace motorcade::wire
