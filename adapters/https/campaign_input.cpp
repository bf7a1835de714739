#include "adapters/https/campaign_input.hpp"

#include <algorithm>

#include "engine/edge/principal.hpp"
#include "events/wire/commands.hpp"

namespace motorcade::https {
namespace {
constexpr std::uint64_t kExactInJson = 1ULL << 53;  // what every reader of JSON keeps exactly
constexpr std::uint32_t kAll = 10'000;
constexpr WholeBounds kYears{1900, 2200};
constexpr WholeBounds kSeconds{1, 366 * 86'400};

/// What the policy says if the request does not.
constexpr std::uint64_t kOfferSeconds = 7 * 86'400, kDownloadSeconds = 86'400,
                        kInstallSeconds = 4 * 3'600, kVerifySeconds = 3'600, kBuildSeconds = 3'600;

Filter filter_from(Fields filter, const ports::VehicleIds& ids) {
  Filter out;
  if (filter.has("model")) out.model = filter.text("model", 1, wire::kMaxNameBytes);
  const auto year = [&](const char* name) {
    return filter.has(name) ? static_cast<std::uint32_t>(filter.whole_or(name, 0, kYears))
                            : static_cast<std::uint32_t>(filter.whole_or(name, 0, {0, 0}));
  };
  out.year_from = year("yearFrom");
  out.year_to = year("yearTo");
  if (out.year_to != 0 && out.year_from > out.year_to) filter.fault("yearTo", "is before yearFrom");
  // None at all would be the whole fleet: an empty list must not mean that.
  filter.each(
      "vins", filter.has("vins") ? 1 : 0, wire::kMaxVehiclesPerFilter,
      [&](const json::value& value, const std::string& pointer) {
        const auto* vin = value.if_string();
        if (vin == nullptr || !edge::is_vin(*vin)) {
          filter.faults().push_back({pointer, "is no VIN: 17 of A-Z 0-9, without I, O and Q"});
          return;
        }
        out.vehicles.push_back(ids.id_of(*vin));
      });
  filter.close();
  std::ranges::sort(out.vehicles);
  const auto same = std::ranges::unique(out.vehicles);
  out.vehicles.erase(same.begin(), same.end());
  return out;
}

std::vector<ReleaseId> releases_from(Fields& body) {
  std::vector<ReleaseId> releases;
  body.each("releases", 1, wire::kMaxReleasesPerCampaign,
            [&](const json::value& value, const std::string& pointer) {
              const auto* hex = value.if_string();
              const auto id = hex != nullptr ? id_from_hex<ReleaseId>(*hex) : std::nullopt;
              if (id)
                releases.push_back(*id);
              else
                body.faults().push_back({pointer, "is no release id: 32 hexadecimal digits"});
            });
  return releases;
}

std::vector<campaign::WavePlan> waves_from(Fields& body) {
  std::vector<campaign::WavePlan> waves;
  std::uint32_t sum = 0;
  body.each("waves", 1, campaign::kMaxWaves,
            [&](const json::value& value, const std::string& pointer) {
              Fields wave(value, pointer, body.faults());
              const bool rest = wave.flag_or("rest", false);
              if (rest && wave.has("percent")) wave.fault("percent", "does not go with \"rest\"");
              if (!rest && !wave.has("percent"))
                wave.fault("percent", "is missing (or \"rest\": true)");
              const auto share = wave.percent_or("percent", 0);
              wave.close();
              sum = rest ? kAll : sum + share;
              waves.push_back({sum});
            });
  // That shares rise strictly is for the campaign to say; that they reach all of the fleet is told
  // here, in the words of the request.
  if (!waves.empty() && sum != kAll)
    body.fault("waves", "the shares must add up to 100 percent, or the last be {\"rest\": true}");
  return waves;
}

campaign::Gate gate_from(Fields gate) {
  campaign::Gate out;
  out.success_basis_points = gate.percent_or("successPercent", out.success_basis_points);
  out.failure_basis_points = gate.percent_or("failurePercent", out.failure_basis_points);
  out.minimum_executed = static_cast<std::uint32_t>(
      gate.whole_or("minimumExecuted", out.minimum_executed, {0, 1'000'000'000}));
  out.soak = std::chrono::seconds(gate.whole_or("soakSeconds", 0, {0, kSeconds.most}));
  gate.close();
  return out;
}

Policy policy_from(Fields policy) {
  const auto seconds = [&](const char* name, std::uint64_t fallback) {
    return Duration(std::chrono::seconds(policy.whole_or(name, fallback, kSeconds)));
  };
  Policy out;
  out.offer_timeout = seconds("offerTimeoutSeconds", kOfferSeconds);
  out.download_timeout = seconds("downloadTimeoutSeconds", kDownloadSeconds);
  out.install_timeout = seconds("installTimeoutSeconds", kInstallSeconds);
  out.verify_timeout = seconds("verifyTimeoutSeconds", kVerifySeconds);
  out.build_timeout = seconds("buildTimeoutSeconds", kBuildSeconds);
  out.priority = static_cast<std::uint32_t>(policy.whole_or("priority", 0, {0, 1'000'000}));
  policy.close();
  return out;
}
}  // namespace

Checked<campaign::Definition> definition_from(std::string_view text, std::uint64_t seed,
                                              ports::KeyStore& keys, std::size_t json_depth) {
  TRY(const auto value, parse_json(text, json_depth));
  Faults faults;
  Fields body(value, "", faults);
  if (value.is_null()) faults.push_back({"", "must be an object"});
  campaign::Definition out;
  out.name = body.text("name", 1, wire::kMaxNameBytes);
  out.seed = body.whole_or("seed", seed % kExactInJson, {0, UINT64_MAX});
  out.releases = releases_from(body);
  out.filter = filter_from(body.object("filter", false), keys);
  out.waves = waves_from(body);
  out.gate = gate_from(body.object("gate", false));
  out.policy = policy_from(body.object("policy", false));
  body.close();
  if (!faults.empty()) return refuse(invalid(std::move(faults)));
  return out;
}

}  // namespace motorcade::https
