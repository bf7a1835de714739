// How a struct of ours and a Protobuf message with the same field names become each other. A struct
// says its fields once (MOTORCADE_FIELDS), in the order of its declaration; a field that is
// forgotten does not compile. This header sees no Protobuf: messages come as template parameters.
#pragma once
#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "events/ids.hpp"
#include "events/wire/text.hpp"

namespace motorcade::wire {

/// The last enumerator; enums begin at 1, and 0 is "not said".
template <class Enum>
inline constexpr int kLastOf = -1;

/// Whether the enum has a name for this value: the compiler prints "(Enum)6" if it has none.
template <auto Value>
consteval bool is_named() {
  const std::string_view printed = __PRETTY_FUNCTION__;
  return printed.find("= (") == printed.npos;
}

/// What a command may ask to wait; any time plus this is still a time.
inline constexpr Duration kMaxDuration = std::chrono::hours(10 * 365 * 24);

/// Passed along so that put() is looked up here.
struct ToProto {};

/// Passed along, keeps the first thing that is wrong.
struct FromProto {
  bool strict = false;     ///< from outside: text must be printable UTF-8 of at most kMaxTextBytes
  const char* field = "";  ///< being read
  const char* failed_field = nullptr;
  const char* why = "";
  void fail(const char* reason) {
    if (failed_field) return;
    failed_field = field;
    why = reason;
  }
  [[nodiscard]] bool ok() const { return !failed_field; }
  [[nodiscard]] std::string complaint() const { return std::string(failed_field) + " " + why; }
};

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

// --- scalars: set_x(scalar<type of x()>(value)) ---

template <class To, class From>
[[nodiscard]] To scalar(const From& value) {
  if constexpr (requires { value.time_since_epoch(); })
    return value.time_since_epoch().count();
  else if constexpr (std::is_same_v<From, Duration>)
    return value.count();
  else if constexpr (requires { value.value; })
    return value.value;
  else
    return static_cast<To>(value);
}

template <std::integral F, std::integral T>
void get(FromProto& in, F from, T& to) {
  if constexpr (!std::is_same_v<F, bool>)
    if (!std::in_range<T>(from)) in.fail("is out of range");
  to = static_cast<T>(from);
}
template <class F, class T>
requires std::is_enum_v<T>
void get(FromProto& in, F from, T& to) {
  static_assert(kLastOf<T> > 0 && is_named<static_cast<T>(kLastOf<T>)>() &&
                    !is_named<static_cast<T>(kLastOf<T> + 1)>(),
                "kLastOf (fields.hpp) is not the last enumerator");
  const int value = static_cast<int>(from);
  if (value < 0 || value > kLastOf<T>) in.fail("is a value that this program does not know");
  to = static_cast<T>(value);
}
template <std::integral F, class Tag, class Rep>
void get(FromProto& in, F from, Id<Tag, Rep>& to) {
  get(in, from, to.value);
}
inline void get(FromProto&, std::int64_t from, Time& to) {
  to = Time(Duration(from));
}
inline void get(FromProto& in, std::int64_t from, Duration& to) {
  to = Duration(from);
  if (in.strict && (to < Duration::zero() || to > kMaxDuration))
    in.fail("is not between zero and ten years");
}

// --- ids and text: `bytes` ---

template <class Tag, std::size_t N>
void put(ToProto&, const ByteId<Tag, N>& from, std::string& to) {
  if (!from.is_zero()) to.assign(from.view());
}
template <class Tag, std::size_t N>
void get(FromProto& in, const std::string& from, ByteId<Tag, N>& to) {
  if (from.size() == N)
    std::memcpy(to.bytes.data(), from.data(), N);
  else if (!from.empty())
    in.fail("is an id of the wrong size");
}
inline void put(ToProto&, const std::string& from, std::string& to) {
  to = from;
}
inline void get(FromProto& in, const std::string& from, std::string& to) {
  if (in.strict)
    if (const char* wrong = wrong_with_text(from, kMaxTextBytes)) in.fail(wrong);
  to = from;
}

// --- lists ---

template <class T, class Repeated>
void put(ToProto& out, const std::vector<T>& from, Repeated& to) {
  to.Reserve(static_cast<int>(from.size()));
  for (const auto& element : from) put(out, element, *to.Add());
}
template <class T, class Repeated>
void get(FromProto& in, const Repeated& from, std::vector<T>& to) {
  to.reserve(static_cast<std::size_t>(from.size()));
  for (const auto& element : from) get(in, element, to.emplace_back());
}

}  // namespace motorcade::wire

// --- the list of a struct's fields ---

#define MOTORCADE_PARENS_ ()
#define MOTORCADE_EXPAND_(...) MOTORCADE_EXPAND2_(MOTORCADE_EXPAND2_(__VA_ARGS__))
#define MOTORCADE_EXPAND2_(...) MOTORCADE_EXPAND1_(MOTORCADE_EXPAND1_(__VA_ARGS__))
#define MOTORCADE_EXPAND1_(...) MOTORCADE_EXPAND0_(MOTORCADE_EXPAND0_(__VA_ARGS__))
#define MOTORCADE_EXPAND0_(...) __VA_ARGS__
#define MOTORCADE_FOR_EACH_(macro, ...) \
  __VA_OPT__(MOTORCADE_EXPAND_(MOTORCADE_FOR_EACH_STEP_(macro, __VA_ARGS__)))
#define MOTORCADE_FOR_EACH_STEP_(macro, first, ...) \
  macro(first) __VA_OPT__(MOTORCADE_FOR_EACH_AGAIN_ MOTORCADE_PARENS_(macro, __VA_ARGS__))
#define MOTORCADE_FOR_EACH_AGAIN_() MOTORCADE_FOR_EACH_STEP_

#define MOTORCADE_PUT_(name)                                       \
  if constexpr (kIsOptional<decltype(ours.name)>) {                \
    if (ours.name) put(out, *ours.name, *theirs.mutable_##name()); \
  } else if constexpr (requires { theirs.mutable_##name(); }) {    \
    put(out, ours.name, *theirs.mutable_##name());                 \
  } else {                                                         \
    theirs.set_##name(scalar<decltype(theirs.name())>(ours.name)); \
  }
#define MOTORCADE_GET_(name)                                              \
  in.field = #name;                                                       \
  if constexpr (kIsOptional<decltype(ours.name)>) {                       \
    if (theirs.has_##name()) get(in, theirs.name(), ours.name.emplace()); \
  } else {                                                                \
    get(in, theirs.name(), ours.name);                                    \
  }

/// Defines put() and get() for a struct: every field, by name. The structured binding refuses a
/// list that is not complete.
#define MOTORCADE_FIELDS(Type, ...)                                         \
  template <std::same_as<Type> T, class Message>                            \
  void put([[maybe_unused]] ToProto& out, const T& ours, Message& theirs) { \
    { [[maybe_unused]] const auto& [__VA_ARGS__] = ours; }                  \
    MOTORCADE_FOR_EACH_(MOTORCADE_PUT_, __VA_ARGS__)                        \
  }                                                                         \
  template <std::same_as<Type> T, class Message>                            \
  void get(FromProto& in, const Message& theirs, T& ours) {                 \
    MOTORCADE_FOR_EACH_(MOTORCADE_GET_, __VA_ARGS__)                        \
  }
/// For a struct that has none.
#define MOTORCADE_NO_FIELDS(Type)              \
  static_assert(std::is_empty_v<Type>);        \
  template <class Message>                     \
  void put(ToProto&, const Type&, Message&) {} \
  template <class Message>                     \
  void get(FromProto&, const Message&, Type&) {}
