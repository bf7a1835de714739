// Encoding and decoding by a table of schemas: which Protobuf message a struct is stored as. The
// specialisations of SchemaOf stand in the sources that see the generated headers.
#pragma once
#include <array>
#include <string>
#include <variant>

#include "events/wire/errc.hpp"
#include "events/wire/facts.hpp"
#include "events/wire/fields.hpp"
#include "events/wire/plain_step.hpp"

namespace motorcade::wire {

/// using Message = the generated class.
template <class T>
struct SchemaOf;

/// Above this a parse object is not kept: one large order must not hold its memory in every thread.
inline constexpr std::size_t kMaxReusedBytes = 64 * 1024;

template <class T>
[[nodiscard]] std::string encode_with(typename SchemaOf<T>::Message& message, const T& value) {
  message.Clear();
  ToProto out;
  put(out, value, message);
  return message.SerializeAsString();
}

template <class T>
[[nodiscard]] std::string encode_payload(const T& value) {
  thread_local typename SchemaOf<T>::Message message;
  auto payload = encode_with(message, value);
  if (payload.size() > kMaxReusedBytes) message = {};
  return payload;
}

/// False: not a message of this schema. Values that cannot be are in `in`.
template <class T>
[[nodiscard]] bool decode_with(typename SchemaOf<T>::Message& message, std::string_view payload,
                               FromProto& in, T& value) {
  if (!message.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) return false;
  get(in, message, value);
  return true;
}

template <class T>
[[nodiscard]] bool decode_payload(std::string_view payload, FromProto& in, T& value) {
  if constexpr (requires { read_plain(payload, value); }) {
    if (read_plain(payload, value)) return true;
    value = {};
  }
  if (payload.size() > kMaxReusedBytes) {
    typename SchemaOf<T>::Message message;
    return decode_with(message, payload, in, value);
  }
  thread_local typename SchemaOf<T>::Message message;
  return decode_with(message, payload, in, value);
}

/// One stream's facts by number.
template <class Event>
class FactTable;
template <class... Facts>
class FactTable<std::variant<Facts...>> {
 public:
  using Event = std::variant<Facts...>;

  [[nodiscard]] static StoredFact encode(const Event& event) {
    auto [aggregate, id] = aggregate_of(event);
    return std::visit(
        [&]<class Fact>(const Fact& fact) {
          return StoredFact{aggregate,         std::move(id),        {},
                            kFactNumber<Fact>, kSchemaVersion<Fact>, encode_payload(fact)};
        },
        event);
  }

  [[nodiscard]] static Result<Event> decode(std::uint16_t type, std::uint16_t schema_version,
                                            std::string_view payload, const Upcasters& upcasters) {
    const std::size_t index = type - kFirst;
    if (type < kFirst || index >= kRows.size() || !kRows[index].decode)
      return unknown(type, schema_version, payload, upcasters);
    const auto& row = kRows[index];
    if (schema_version == row.schema_version) return row.decode(payload, schema_version);
    std::string raised_bytes;
    TRY(payload, upcasters.raise(type, schema_version, payload, raised_bytes));
    return row.decode(payload, schema_version);
  }

 private:
  struct Row {
    Result<Event> (*decode)(std::string_view payload, std::uint16_t stored_version) = nullptr;
    std::uint16_t schema_version{};
  };
  static constexpr std::uint16_t kFirst = std::min({kFactNumber<Facts>...});
  static constexpr std::uint16_t kLast = std::max({kFactNumber<Facts>...});
  static_assert(((kFactNumber<Facts> != 0) && ...), "a fact without a row in fact_types.hpp");

  /// The fact is made where the caller will have it: one result, and no copy on the way.
  template <class Fact>
  static Result<Event> decode_as(std::string_view payload, std::uint16_t stored_version) {
    Result<Event> result(tl::in_place, std::in_place_type<Fact>);
    FromProto in;
    if (!decode_payload(payload, in, *std::get_if<Fact>(&*result)))
      result =
          failure(Errc::kMalformed, about(kFactNumber<Fact>, stored_version) + " does not parse");
    else if (!in.ok())
      result =
          failure(Errc::kInvalid, about(kFactNumber<Fact>, stored_version) + ": " + in.complaint());
    return result;
  }
  static constexpr auto make_rows() {
    std::array<Row, kLast - kFirst + 1> rows{};
    ((rows[kFactNumber<Facts> - kFirst] = Row{&decode_as<Facts>, kSchemaVersion<Facts>}), ...);
    return rows;
  }
  static constexpr auto kRows = make_rows();

  static std::string about(std::uint16_t type, std::uint16_t schema_version) {
    const auto* known = fact_type(type);
    return std::string(known ? known->name : "a fact") + " (type " + std::to_string(type) +
           ", schema version " + std::to_string(schema_version) + ")";
  }
  static Result<Event> unknown(std::uint16_t type, std::uint16_t schema_version,
                               std::string_view payload, const Upcasters& upcasters) {
    std::string scratch;
    if (auto known = upcasters.raise(type, schema_version, payload, scratch); !known)
      return tl::unexpected(std::move(known).error());
    return failure(Errc::kUnknownType,
                   about(type, schema_version) + " does not belong in this stream");
  }
};

}  // namespace motorcade::wire
