// Values on their way into PostgreSQL: as JSON, which json_to_recordset turns into typed columns.
#pragma once
#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "events/campaign.hpp"
#include "events/ids.hpp"
#include "events/vocabulary.hpp"

namespace motorcade::postgres {

/// Text as PostgreSQL takes it: U+FFFD for NUL and for what is not UTF-8, at most `max_bytes`. What
/// a vehicle or an operator wrote must never stop the projector.
[[nodiscard]] std::string clean(std::string_view text, std::size_t max_bytes = 64 * 1024);
/// For columns of an index, whose entries are bounded.
[[nodiscard]] std::string short_text(std::string_view text);
/// RFC 3339, UTC, microseconds.
[[nodiscard]] std::string timestamp(Time time);
/// Null for an empty text.
[[nodiscard]] boost::json::value optional_text(std::string_view text);

[[nodiscard]] boost::json::object to_json(const Readiness& readiness);
[[nodiscard]] boost::json::object to_json(const ReleaseTarget& release);
[[nodiscard]] boost::json::object to_json(const WaveCounts& counts);
[[nodiscard]] boost::json::object to_json(const PackageContent& content);
[[nodiscard]] boost::json::object to_json(const campaign::Gate& gate);
[[nodiscard]] boost::json::object to_json(const campaign::Definition& definition);
[[nodiscard]] boost::json::object to_json(const campaign::GateEvidence& evidence);

}  // namespace motorcade::postgres
