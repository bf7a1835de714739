// How each resource is read: the document that a row becomes, its key, its order and its filters.
#pragma once
#include <span>

#include "engine/ports/read_model.hpp"

namespace motorcade::postgres {

/// A filter of a list: `sql` holds where its value goes, `$$`.
struct Filter {
  const char* name;
  const char* sql;
};
/// A column that lists are ordered by; all go the same way.
struct OrderColumn {
  const char* sql;
  const char* type;
};
struct Document {
  const char* name;  ///< of prepared statements
  const char* document;
  const char* from;
  const char* key;  ///< condition on $1
  std::span<const OrderColumn> order;
  bool newest_first;
  std::span<const Filter> filters;
};
[[nodiscard]] const Document& document_of(ports::Resource resource);

}  // namespace motorcade::postgres
