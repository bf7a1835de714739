// Where a machine's types meet stored bytes: records become commands here, events become facts, and
// back.
#pragma once
#include "engine/core/campaign/state.hpp"
#include "engine/core/catalog/state.hpp"
#include "engine/core/shard/state.hpp"
#include "engine/ports/key_store.hpp"
#include "events/wire/envelope.hpp"
#include "events/wire/facts.hpp"

namespace motorcade::shell {

template <core::Machine M>
struct Codec;

template <>
struct Codec<core::shard::Shard> {
  static constexpr Stream kStream = Stream::kVehicle;
  static vehicle::Command command_of(const InboxRecord& record, const ports::KeyStore& keys);
  static Result<vehicle::Event> decode(const wire::FactView& fact);
  /// Of the aggregate's newest fact; zero for aggregates whose facts are not counted.
  static StreamVersion version_of(const core::shard::State& state,
                                  const wire::Aggregate& aggregate);
};
template <>
struct Codec<core::campaigns::Campaigns> {
  static constexpr Stream kStream = Stream::kCampaign;
  static campaign::Command command_of(const InboxRecord& record, const ports::KeyStore& keys);
  static Result<campaign::Event> decode(const wire::FactView& fact);
  static StreamVersion version_of(const core::campaigns::State& state,
                                  const wire::Aggregate& aggregate);
};
template <>
struct Codec<core::catalogs::Catalog> {
  static constexpr Stream kStream = Stream::kCatalog;
  static catalog::Command command_of(const InboxRecord& record, const ports::KeyStore& keys);
  static Result<catalog::Event> decode(const wire::FactView& fact);
  static StreamVersion version_of(const core::catalogs::State& state,
                                  const wire::Aggregate& aggregate);
};

/// What raw bodies are sealed for (ports::KeyStore::seal).
inline constexpr std::string_view kInboxPurpose = "inbox";

}  // namespace motorcade::shell
