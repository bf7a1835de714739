// Ids and positions: every one its own type, so that none is taken for another.
#pragma once
#include <array>
#include <bit>
#include <chrono>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace motorcade {

template <class Tag, class Rep = std::uint64_t>
struct Id {
  Rep value{};
  friend auto operator<=>(const Id&, const Id&) = default;
};

/// A name of N raw bytes: a hash, or randomness made by whoever sent the message. Ordered as bytes.
template <class Tag, std::size_t N>
struct ByteId {
  std::array<std::uint8_t, N> bytes{};
  friend bool operator==(const ByteId& a, const ByteId& b) {
    return std::memcmp(a.bytes.data(), b.bytes.data(), N) == 0;  // inline: N is known
  }
  friend std::strong_ordering operator<=>(const ByteId& a, const ByteId& b) {
    if (a.head() != b.head()) return a.head() <=> b.head();  // nearly always
    return std::memcmp(a.bytes.data(), b.bytes.data(), N) <=> 0;
  }
  [[nodiscard]] bool is_zero() const { return *this == ByteId{}; }
  [[nodiscard]] std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data()), N};
  }
  /// The first eight bytes, big-endian: what partitioning and hashing use (the bytes are uniform).
  [[nodiscard]] std::uint64_t head() const {
    static_assert(N >= sizeof(std::uint64_t) && std::endian::native == std::endian::little);
    std::uint64_t head = 0;
    std::memcpy(&head, bytes.data(), sizeof head);
    return __builtin_bswap64(head);
  }
};

using VehicleId =
    ByteId<struct VehicleIdTag, 16>;  ///< HMAC-SHA-256(deployment key, VIN), first 128 bits
using CampaignId = ByteId<struct CampaignIdTag, 16>;  ///< hash(principal, route, Idempotency-Key)
using ReleaseId = ByteId<struct ReleaseIdTag, 16>;    ///< hash(principal, route, Idempotency-Key)
using CommandId =
    ByteId<struct CommandIdTag, 16>;  ///< of a command to a vehicle; made by its shard
using MessageId = ByteId<struct MessageIdTag, 16>;  ///< of a request or report; made by its edge
using OutboxId = ByteId<struct OutboxIdTag, 8>;     ///< random, made when an outbox is made
using Incarnation = ByteId<struct IncarnationTag, 16>;  ///< of a log, random, made at its birth
using Digest = ByteId<struct DigestTag, 32>;            ///< SHA-256
using PackageKey =
    ByteId<struct PackageKeyTag, 32>;  ///< SHA-256 of a package's content specification

using Sequence = Id<struct SequenceTag>;  ///< place of an envelope in its partition: 0, 1, 2 …
using InboxPosition = Id<struct InboxPositionTag>;  ///< place of a record in an inbox: 0, 1, 2 …
using StreamVersion =
    Id<struct StreamVersionTag>;  ///< place of a fact in one aggregate's history: 1, 2 …
using WaveNumber = Id<struct WaveNumberTag, std::uint32_t>;  ///< 1, 2 …
using Generation = Id<struct GenerationTag>;  ///< of a campaign's orders: the highest wins

/// A message brings it; no state machine reads a clock. UTC.
using Time = std::chrono::sys_time<std::chrono::microseconds>;
using Duration = std::chrono::microseconds;

enum class Stream : std::uint8_t { kVehicle = 1, kCampaign = 2, kCatalog = 3 };
[[nodiscard]] std::string_view to_string(Stream stream);
[[nodiscard]] std::optional<Stream> stream_from(std::string_view name);

struct Partition {
  Stream stream{};
  std::uint16_t number{};
  friend auto operator<=>(const Partition&, const Partition&) = default;
};

/// What a write answers and a read may bring: `stream/partition@sequence`.
struct Position {
  Partition partition;
  Sequence sequence;
  friend auto operator<=>(const Position&, const Position&) = default;
};
[[nodiscard]] std::string to_string(const Partition& partition);
[[nodiscard]] std::string to_string(const Position& position);
[[nodiscard]] std::optional<Position> position_from(std::string_view text);

/// Partitions of each stream, fixed at the log's birth.
struct PartitionCounts {
  std::uint16_t vehicle = 8, campaign = 2, catalog = 2;
  [[nodiscard]] std::uint16_t of(Stream stream) const {
    return stream == Stream::kVehicle ? vehicle : stream == Stream::kCampaign ? campaign : catalog;
  }
  friend auto operator<=>(const PartitionCounts&, const PartitionCounts&) = default;
};

/// The partitioner of inbox and event topics alike. Keys of the catalog stream are text (an ECU
/// type) or a digest.
template <class Tag, std::size_t N>
[[nodiscard]] std::uint16_t partition_of(const ByteId<Tag, N>& key, std::uint16_t count) {
  return static_cast<std::uint16_t>(key.head() % count);
}
[[nodiscard]] std::uint16_t partition_of(std::string_view text_key, std::uint16_t count);

[[nodiscard]] std::string to_hex(std::string_view bytes);
template <class Tag, std::size_t N>
[[nodiscard]] std::string to_hex(const ByteId<Tag, N>& id) {
  return to_hex(id.view());
}
[[nodiscard]] bool hex_into(std::string_view hex, std::uint8_t* out, std::size_t size);
template <class IdType>
[[nodiscard]] std::optional<IdType> id_from_hex(std::string_view hex) {
  IdType id;
  if (!hex_into(hex, id.bytes.data(), id.bytes.size())) return std::nullopt;
  return id;
}
/// From raw bytes; nothing if the size is wrong.
template <class IdType>
[[nodiscard]] std::optional<IdType> id_from_bytes(std::string_view bytes) {
  IdType id;
  if (bytes.size() != id.bytes.size()) return std::nullopt;
  std::memcpy(id.bytes.data(), bytes.data(), bytes.size());
  return id;
}

/// A visitor made of lambdas: std::visit(Match{[](const A&){…}, [](const B&){…}}, v).
template <class... Fs>
struct Match : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Match(Fs...) -> Match<Fs...>;

}  // namespace motorcade

template <class Tag, std::size_t N>
struct std::hash<motorcade::ByteId<Tag, N>> {
  std::size_t operator()(const motorcade::ByteId<Tag, N>& id) const noexcept {
    std::size_t head;
    std::memcpy(&head, id.bytes.data(), sizeof head);
    return head;
  }
};
