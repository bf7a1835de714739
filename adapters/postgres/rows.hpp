// One SQL statement per kind of row change; its only parameter is a JSON array of rows, so a batch
// costs one round trip per kind, not per row.
#pragma once
#include <boost/json.hpp>
#include <string>

#include "projections/core/row_changes.hpp"

namespace motorcade::postgres {

using projections::RowChange;

struct Upsert {
  const char* name;  ///< of the prepared statement
  const char* sql;   ///< $1: the rows
};
[[nodiscard]] const Upsert& upsert_of(const RowChange& change);
/// Appends the change's rows (an interned configuration has one per ECU).
void append_rows(const RowChange& change, boost::json::array& rows);

// Per read model: the statement of a kind of change, and its row.
#define MOTORCADE_ROW(Change)                       \
  const Upsert& upsert(const projections::Change&); \
  void rows(const projections::Change&, boost::json::array&)
MOTORCADE_ROW(AddVehicle);
MOTORCADE_ROW(AddConfiguration);
MOTORCADE_ROW(SetConfiguration);
MOTORCADE_ROW(SetReadiness);
MOTORCADE_ROW(SeeVehicle);
MOTORCADE_ROW(BeginVehicleUpdate);
MOTORCADE_ROW(EndVehicleUpdate);
MOTORCADE_ROW(AddRelease);
MOTORCADE_ROW(DeprecateRelease);
MOTORCADE_ROW(SetTarget);
MOTORCADE_ROW(RequestPackage);
MOTORCADE_ROW(EndPackage);
MOTORCADE_ROW(AddCampaign);
MOTORCADE_ROW(MoveCampaign);
MOTORCADE_ROW(RaiseAlarm);
MOTORCADE_ROW(AddWave);
MOTORCADE_ROW(MoveWave);
MOTORCADE_ROW(SetTally);
MOTORCADE_ROW(AddUpdate);
MOTORCADE_ROW(StepUpdate);
MOTORCADE_ROW(EndUpdate);
MOTORCADE_ROW(ContradictUpdate);
MOTORCADE_ROW(AddCommand);
#undef MOTORCADE_ROW

}  // namespace motorcade::postgres
