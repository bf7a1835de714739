#include "engine/shell/codec.hpp"

#include "events/wire/commands.hpp"
#include "events/wire/messages.hpp"
#include "events/wire/reports.hpp"

namespace motorcade::shell {
namespace {

/// The body in the clear, or why there is none: fit for a refusal.
tl::expected<std::string, std::string> open_body(const InboxRecord& record,
                                                 const ports::KeyStore& keys) {
  if (!record.sealed) return record.body;
  auto opened = keys.open(record.subject, kInboxPurpose, record.body);
  if (!opened) return tl::unexpected("the sealed body does not open: " + opened.error().context);
  if (!*opened) return tl::unexpected(std::string("the vehicle's key was destroyed"));
  return **std::move(opened);
}

/// A message's body as this machine's command; each stream's inbox holds only its own.
template <class Command, class Undecodable>
Command message_command(const InboxRecord& record, Undecodable undecodable) {
  auto body = wire::decode_message(record.body);
  if (!body) {
    undecodable.reason = body.error().context;
    return undecodable;
  }
  return std::visit(
      [&](auto&& message) -> Command {
        if constexpr (std::is_constructible_v<Command, decltype(message)>)
          return std::forward<decltype(message)>(message);
        undecodable.reason = "a message for another stream";
        return undecodable;
      },
      *std::move(body));
}

/// An operator's or the builder's command, sealed under the deployment's key.
template <class Command, class Undecodable, class Decode>
Command sealed_command(const InboxRecord& record, const ports::KeyStore& keys, Decode decode) {
  const auto body = open_body(record, keys);
  if (!body) return Undecodable{body.error()};
  auto command = decode(*body);
  if (!command) return Undecodable{command.error().context};
  return *std::move(command);
}

StreamVersion version_in(const auto& map, const std::string& id) {
  using Key = typename std::decay_t<decltype(map)>::key_type;
  const auto key = id_from_bytes<Key>(id);
  if (!key) return {};
  const auto found = map.find(*key);
  return found == map.end() ? StreamVersion{} : found->second.version;
}

}  // namespace

vehicle::Command Codec<core::shard::Shard>::command_of(const InboxRecord& record,
                                                       const ports::KeyStore& keys) {
  if (record.kind == RecordKind::kMessage)
    return message_command<vehicle::Command>(record, vehicle::Undecodable{record.subject, {}});
  const auto body = open_body(record, keys);
  if (!body) return vehicle::Undecodable{record.subject, body.error()};
  auto command = wire::decode_report(record.kind, record.content_type, record.subject,
                                     record.sealed_vin, *body);
  if (!command) return vehicle::Undecodable{record.subject, command.error().context};
  return *std::move(command);
}

Result<vehicle::Event> Codec<core::shard::Shard>::decode(const wire::FactView& fact) {
  return wire::decode_vehicle_fact(fact.type, fact.schema_version, fact.payload);
}

StreamVersion Codec<core::shard::Shard>::version_of(const core::shard::State& state,
                                                    const wire::Aggregate& aggregate) {
  if (aggregate.type == AggregateType::kVehicle) return version_in(state.vehicles, aggregate.id);
  if (aggregate.type == AggregateType::kOrder) return version_in(state.campaigns, aggregate.id);
  return {};
}

campaign::Command Codec<core::campaigns::Campaigns>::command_of(const InboxRecord& record,
                                                                const ports::KeyStore& keys) {
  if (record.kind == RecordKind::kMessage)
    return message_command<campaign::Command>(record, campaign::Undecodable{});
  if (record.kind != RecordKind::kCampaignCommand)
    return campaign::Undecodable{"not a record for the campaign stream"};
  return sealed_command<campaign::Command, campaign::Undecodable>(
      record, keys, [](std::string_view body) { return wire::decode_campaign_command(body); });
}

Result<campaign::Event> Codec<core::campaigns::Campaigns>::decode(const wire::FactView& fact) {
  return wire::decode_campaign_fact(fact.type, fact.schema_version, fact.payload);
}

StreamVersion Codec<core::campaigns::Campaigns>::version_of(const core::campaigns::State& state,
                                                            const wire::Aggregate& aggregate) {
  if (aggregate.type == AggregateType::kCampaign) return version_in(state.campaigns, aggregate.id);
  return {};
}

catalog::Command Codec<core::catalogs::Catalog>::command_of(const InboxRecord& record,
                                                            const ports::KeyStore& keys) {
  if (record.kind == RecordKind::kMessage)
    return message_command<catalog::Command>(record, catalog::Undecodable{});
  if (record.kind != RecordKind::kCatalogCommand)
    return catalog::Undecodable{"not a record for the catalog stream"};
  return sealed_command<catalog::Command, catalog::Undecodable>(
      record, keys, [](std::string_view body) { return wire::decode_catalog_command(body); });
}

Result<catalog::Event> Codec<core::catalogs::Catalog>::decode(const wire::FactView& fact) {
  return wire::decode_catalog_fact(fact.type, fact.schema_version, fact.payload);
}

StreamVersion Codec<core::catalogs::Catalog>::version_of(const core::catalogs::State& state,
                                                         const wire::Aggregate& aggregate) {
  if (aggregate.type == AggregateType::kRelease) return version_in(state.releases, aggregate.id);
  if (aggregate.type == AggregateType::kPackage) return version_in(state.packages, aggregate.id);
  if (aggregate.type == AggregateType::kTarget) {
    const auto found = state.targets.find(aggregate.id);
    return found == state.targets.end() ? StreamVersion{} : found->second.version;
  }
  return {};
}

}  // namespace motorcade::shell
