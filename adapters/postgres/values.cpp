#include "adapters/postgres/values.hpp"

#include <chrono>
#include <cstdio>

namespace motorcade::postgres {
namespace {

namespace json = boost::json;

/// Length of the well-formed UTF-8 sequence that `text` begins with (Unicode table 3-7); 0: none.
std::size_t utf8_length(std::string_view text) {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0};
  };
  const auto tail = [&](std::size_t i) { return (at(i) & 0xC0) == 0x80; };
  const std::uint8_t first = at(0), second = at(1);
  if (first == 0) return 0;
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool in_range = first == 0xE0 ? second >= 0xA0 : first == 0xED ? second <= 0x9F : true;
    return in_range && tail(1) && tail(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool in_range = first == 0xF0 ? second >= 0x90 : first == 0xF4 ? second <= 0x8F : true;
    return in_range && tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

json::value whole_seconds(Duration duration) {
  const auto us = duration.count();
  if (us % 1'000'000 == 0) return us / 1'000'000;
  return static_cast<double>(us) / 1e6;
}

json::array hex_list(const auto& ids) {
  json::array list;
  for (const auto& id : ids) list.emplace_back(to_hex(id));
  return list;
}

}  // namespace

std::string clean(std::string_view text, std::size_t max_bytes) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string out;
  out.reserve(std::min(text.size(), max_bytes));
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view next = length == 0 ? kReplacement : text.substr(0, length);
    if (out.size() + next.size() > max_bytes) break;
    out += next;
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  return out;
}

std::string short_text(std::string_view text) {
  return clean(text, 255);
}

std::string timestamp(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  char out[64];
  std::snprintf(
      out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return out;
}

json::value optional_text(std::string_view text) {
  if (text.empty()) return nullptr;
  return json::value(clean(text));
}

json::object to_json(const Readiness& readiness) {
  return {{"parked", readiness.parked},
          {"ignitionOff", readiness.ignition_off},
          {"storageOk", readiness.storage_ok},
          {"networkOk", readiness.network_ok},
          {"noCriticalDtc", readiness.no_critical_dtc},
          {"batteryPercent", readiness.battery_percent},
          {"temperatureCelsius", readiness.temperature_celsius}};
}

json::object to_json(const ReleaseTarget& release) {
  return {{"id", to_hex(release.release)},       {"ecuType", clean(release.ecu_type)},
          {"hardware", clean(release.hardware)}, {"version", to_string(release.version)},
          {"sha256", to_hex(release.image)},     {"sizeBytes", release.image_size_bytes}};
}

json::object to_json(const WaveCounts& counts) {
  return {{"inProgress", counts.in_progress}, {"verified", counts.verified},
          {"failed", counts.failed},          {"rolledBack", counts.rolled_back},
          {"declined", counts.declined},      {"timedOut", counts.timed_out},
          {"cancelled", counts.cancelled},    {"unreached", counts.unreached}};
}

json::object to_json(const PackageContent& content) {
  json::array zones;
  for (const ZonePackage& zone : content.zones) {
    json::array ecus;
    for (const EcuUpdate& ecu : zone.ecus) {
      ecus.push_back(json::object{{"id", clean(ecu.ecu)},
                                  {"hardware", clean(ecu.hardware)},
                                  {"from", to_string(ecu.from)},
                                  {"to", to_string(ecu.to)},
                                  {"sha256", to_hex(ecu.image)},
                                  {"sizeBytes", ecu.image_size_bytes}});
    }
    zones.push_back(json::object{
        {"gateway", clean(zone.gateway)}, {"model", clean(zone.model)}, {"ecus", std::move(ecus)}});
  }
  return {{"zones", std::move(zones)}};
}

json::object to_json(const campaign::Gate& gate) {
  return {{"successBasisPoints", gate.success_basis_points},
          {"failureBasisPoints", gate.failure_basis_points},
          {"minimumExecuted", gate.minimum_executed},
          {"soakSeconds", whole_seconds(gate.soak)}};
}

json::object to_json(const campaign::Definition& definition) {
  json::array waves;
  for (const auto& wave : definition.waves) {
    waves.push_back(json::object{{"cumulativeBasisPoints", wave.cumulative_basis_points}});
  }
  const Policy& policy = definition.policy;
  return {{"name", clean(definition.name)},
          {"seed", definition.seed},
          {"releases", hex_list(definition.releases)},
          {"filter",
           {{"model", clean(definition.filter.model)},
            {"yearFrom", definition.filter.year_from},
            {"yearTo", definition.filter.year_to},
            {"vehicles", hex_list(definition.filter.vehicles)}}},
          {"waves", std::move(waves)},
          {"gate", to_json(definition.gate)},
          {"policy",
           {{"offerTimeoutSeconds", whole_seconds(policy.offer_timeout)},
            {"downloadTimeoutSeconds", whole_seconds(policy.download_timeout)},
            {"installTimeoutSeconds", whole_seconds(policy.install_timeout)},
            {"verifyTimeoutSeconds", whole_seconds(policy.verify_timeout)},
            {"buildTimeoutSeconds", whole_seconds(policy.build_timeout)},
            {"priority", policy.priority}}}};
}

json::object to_json(const campaign::GateEvidence& evidence) {
  json::array read;
  for (const Position& position : evidence.read) read.emplace_back(to_string(position));
  return {{"ruleVersion", evidence.rule_version},       {"size", evidence.size},
          {"executed", evidence.counts.executed()},     {"counts", to_json(evidence.counts)},
          {"thresholds", to_json(evidence.thresholds)}, {"read", std::move(read)}};
}

}  // namespace motorcade::postgres
