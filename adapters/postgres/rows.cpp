#include "adapters/postgres/rows.hpp"

namespace motorcade::postgres {

const Upsert& upsert_of(const RowChange& change) {
  return std::visit([](const auto& c) -> const Upsert& { return upsert(c); }, change);
}

void append_rows(const RowChange& change, boost::json::array& out) {
  std::visit([&](const auto& c) { rows(c, out); }, change);
}

}  // namespace motorcade::postgres
