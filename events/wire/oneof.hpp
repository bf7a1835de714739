// A variant of ours and a Protobuf oneof: each alternative has a field. A list is X(struct, field,
// case).
#pragma once
#include "events/wire/fields.hpp"

#define MOTORCADE_ONEOF_PUT_(Type, field, Case)           \
  if (const auto* alternative = std::get_if<Type>(&ours)) \
    put(out, *alternative, *theirs.mutable_##field());
#define MOTORCADE_ONEOF_GET_(Type, field, Case)             \
  case Case:                                                \
    get(in, theirs.field(), ours.template emplace<Type>()); \
    return true;
/// put_oneof() and get_oneof() for a variant; the latter is false if nothing that is known is set.
#define MOTORCADE_ONEOF(Variant, Message, cases, LIST)                                  \
  [[maybe_unused]] void put_oneof(ToProto& out, const Variant& ours, Message& theirs) { \
    LIST(MOTORCADE_ONEOF_PUT_)                                                          \
  }                                                                                     \
  template <std::same_as<Variant> V>                                                    \
  bool get_oneof(FromProto& in, const Message& theirs, V& ours) {                       \
    switch (theirs.cases()) {                                                           \
      LIST(MOTORCADE_ONEOF_GET_)                                                        \
      default:                                                                          \
        return false;                                                                   \
    }                                                                                   \
  }
