// What can go wrong with PostgreSQL, told apart by what the caller should do.
#pragma once
#include <system_error>

namespace motorcade::postgres {

enum class errc {
  kUnavailable = 1,   ///< no connection, or it was lost: try again (== std::errc::not_connected)
  kOverloaded,        ///< no connection became free in time: try again (== timed_out)
  kTimedOut,          ///< the server took longer than the statement timeout (== timed_out)
  kRefused,           ///< the server refused the statement: our mistake, or its configuration
  kMigrationChanged,  ///< an applied migration is another now, or one is missing
  kForeignLog,        ///< the rows were folded from another log: rebuild
  kBadCursor,         ///< not a cursor of this list (== invalid_argument)
  kUnknownFilter,     ///< the list has no such filter (== invalid_argument)
  kRebuildBehind,     ///< the log grows faster than the rebuild reads it
};

const std::error_category& category();
inline std::error_code make_error_code(errc code) {
  return {static_cast<int>(code), category()};
}

}  // namespace motorcade::postgres

template <>
struct std::is_error_code_enum<motorcade::postgres::errc> : std::true_type {};
