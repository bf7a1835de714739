#include "adapters/postgres/errc.hpp"

#include <string>

namespace motorcade::postgres {
namespace {

struct Category final : std::error_category {
  [[nodiscard]] const char* name() const noexcept override { return "postgres"; }
  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<errc>(code)) {
      case errc::kUnavailable:
        return "the database cannot be reached";
      case errc::kOverloaded:
        return "all database connections are busy";
      case errc::kTimedOut:
        return "the database took too long";
      case errc::kRefused:
        return "the database refused the statement";
      case errc::kMigrationChanged:
        return "an applied migration has changed";
      case errc::kForeignLog:
        return "the read models belong to another log";
      case errc::kBadCursor:
        return "not a cursor of this list";
      case errc::kUnknownFilter:
        return "no such filter";
      case errc::kRebuildBehind:
        return "the rebuild cannot catch up";
    }
    return "unknown";
  }
  [[nodiscard]] std::error_condition default_error_condition(int code) const noexcept override {
    switch (static_cast<errc>(code)) {
      case errc::kUnavailable:
        return std::errc::not_connected;
      case errc::kOverloaded:
      case errc::kTimedOut:
        return std::errc::timed_out;
      case errc::kBadCursor:
      case errc::kUnknownFilter:
        return std::errc::invalid_argument;
      case errc::kRefused:
      case errc::kMigrationChanged:
      case errc::kForeignLog:
      case errc::kRebuildBehind:
        break;
    }
    return {code, *this};
  }
};

}  // namespace

const std::error_category& category() {
  static const Category category;
  return category;
}

}  // namespace motorcade::postgres
