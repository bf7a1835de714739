// Packages: asked for, listed, and downloaded by range (RFC 9110 §14).
#include <boost/json.hpp>

#include "adapters/https/content_digest.hpp"
#include "adapters/https/fields.hpp"
#include "adapters/https/handlers.hpp"
#include "adapters/https/ranges.hpp"
#include "adapters/https/reads.hpp"
#include "adapters/https/release_rows.hpp"
#include "adapters/https/router.hpp"
#include "adapters/https/writes.hpp"
#include "engine/edge/request_body.hpp"
#include "events/wire/commands.hpp"

namespace motorcade::https {
namespace {
using ports::Resource;
constexpr auto kBinary = "application/octet-stream";

constexpr auto kFreshLink = "ask for a fresh link (POST /api/v1/ota/check)";

/// The link's token, or an operator's. A vehicle's certificate opens nothing by itself: digests are
/// no secret, and uploaded firmware lies in the same store.
Checked<void> may_download(const Work& work, const Request& request, const Digest& package) {
  if (request.who && is_reader(*request.who)) return {};
  auto token = request.parameter("token");
  const auto bearer = request.header("Authorization");
  if (token.empty() && bearer.starts_with("Bearer ")) token = bearer.substr(7);
  if (token.empty()) {
    const auto how = std::string(
                         "a package opens with the token of its offer's link (?token= or "
                         "Authorization: Bearer …): ") +
                     kFreshLink;
    return refuse(request.who ? forbidden(how) : unauthorized(how));
  }
  using Verdict = edge::PresignedLinks::Verdict;
  switch (work.services.links.verify(package, token, work.services.clock.now())) {
    case Verdict::kGood:
      return {};
    case Verdict::kExpired:
      return refuse(forbidden(std::string("the link has expired: ") + kFreshLink));
    case Verdict::kForged:
      break;
  }
  return refuse(forbidden(std::string("the token is not for this package: ") + kFreshLink));
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
  return "bytes " + std::to_string(range.first) + '-' + std::to_string(range.last) + '/' +
         std::to_string(size);
}

/// 206 with one range, or several as multipart/byteranges (RFC 9110 §14.6).
void make_partial(Response& response, std::shared_ptr<File> file,
                  const std::vector<ByteRange>& ranges, std::uint64_t size,
                  const std::string& hex) {
  response.status = 206;
  FileBody body{std::move(file), {}};
  if (ranges.size() == 1) {
    response.headers.emplace_back("Content-Range", content_range(ranges[0], size));
    body.pieces.push_back({"", ranges[0].first, ranges[0].size_bytes()});
  } else {
    const auto boundary = "motorcade-" + hex.substr(0, 24);
    response.content_type = "multipart/byteranges; boundary=" + boundary;
    for (const auto& range : ranges)
      body.pieces.push_back({"\r\n--" + boundary + "\r\nContent-Type: " + kBinary +
                                 "\r\nContent-Range: " + content_range(range, size) + "\r\n\r\n",
                             range.first, range.size_bytes()});
    body.pieces.push_back({"\r\n--" + boundary + "--\r\n", 0, 0});
  }
  response.file = std::move(body);
}

struct BuildRequest {
  Configuration configuration;
  std::vector<ReleaseId> releases;
};
Zone zone_from(const json::value& value, const std::string& pointer, Faults& faults) {
  Fields fields(value, pointer, faults);
  Zone zone;
  zone.gateway = fields.text("gateway", 1, wire::kMaxNameBytes);
  zone.model = fields.text("model", 1, wire::kMaxNameBytes);
  fields.each("ecus", 1, wire::kMaxEcusPerPackage, [&](const json::value& one, std::string where) {
    Fields ecu(one, std::move(where), faults);
    Ecu out;
    out.id = ecu.text("id", 1, wire::kMaxNameBytes);
    out.type = ecu.text("type", 1, wire::kMaxNameBytes);
    out.hardware = ecu.text("hardware", 1, wire::kMaxNameBytes);
    out.version = ecu.version("version");
    ecu.close();
    zone.ecus.push_back(std::move(out));
  });
  fields.close();
  std::ranges::sort(zone.ecus, {}, &Ecu::id);
  return zone;
}

Checked<BuildRequest> build_request_from(const Request& request) {
  TRY(const auto value, parse_json(request.body, request.json_depth));
  Faults faults;
  if (!value.is_object()) faults.push_back({"", "must be an object"});
  Fields body(value, "", faults);
  BuildRequest out;
  body.each("zones", 1, 64, [&](const json::value& one, const std::string& pointer) {
    out.configuration.zones.push_back(zone_from(one, pointer, faults));
  });
  body.each("releases", 1, wire::kMaxReleasesPerCampaign,
            [&](const json::value& one, const std::string& pointer) {
              const auto id =
                  one.is_string() ? id_from_hex<ReleaseId>(one.get_string()) : std::nullopt;
              if (!id) faults.push_back({pointer, "is no release id: 32 hexadecimal digits"});
              out.releases.push_back(id.value_or(ReleaseId{}));
            });
  body.close();
  if (!faults.empty()) return refuse(invalid(std::move(faults)));
  std::ranges::sort(out.configuration.zones, {}, &Zone::gateway);
  return out;
}
}  // namespace

asio::awaitable<Reply> request_package(Work& work, Request& request) {
  auto& services = work.services;
  if (!services.plan_package || !services.package_key)
    co_return refuse(unavailable("this server does not plan packages"));
  CO_TRY(const auto wanted, build_request_from(request));
  CO_TRY_VOID(co_await catch_up(work, request));
  std::vector<ReleaseTarget> content;
  for (std::size_t i = 0; i < wanted.releases.size(); ++i) {
    CO_TRY(auto row, co_await release_row(work, wanted.releases[i]));
    if (!row) co_return refuse(invalid("/releases/" + std::to_string(i), "is no known release"));
    if (row->deprecated)
      co_return refuse(conflict("release " + to_hex(wanted.releases[i]) + " is deprecated"));
    content.push_back(std::move(row->target));
  }
  catalog::RequestPackage command;
  command.content = services.plan_package(wanted.configuration, content);
  if (command.content.zones.empty())
    co_return refuse(
        conflict("the configuration is up to date: no release is newer for any of its ECUs"));
  command.key = services.package_key(command.content);
  const auto key = command.key;
  CO_TRY(const auto key_id, id_of(work, request));
  const auto message = edge::with_body(key_id, request.body);
  Write write(work, request, message);
  auto record = services.intake.record_of(catalog::Command(std::move(command)), key, message,
                                          request.who->actor());
  CO_TRY(const auto done, co_await write.commit(std::move(record)));
  if (!done) co_return pending(work, message);
  co_return written(done->find<catalog::PackageRequested>() != nullptr ? 202 : 200, *done,
                    "\"key\":\"" + to_hex(key) + '"');
}

asio::awaitable<Reply> list_packages(Work& work, Request& request) {
  std::vector<std::pair<std::string, std::string>> fixed;
  std::vector<std::string> filters{"status", "sha256"};
  co_return co_await read_page(work, request, Resource::kPackages, std::move(fixed),
                               std::move(filters));
}

asio::awaitable<Reply> download_package(Work& work, Request& request) {
  const auto digest = id_from_hex<Digest>(request.params.at("sha256"));
  if (!digest)
    co_return refuse(not_found("a package is named by its SHA-256: 64 hexadecimal digits"));
  CO_TRY_VOID(may_download(work, request, *digest));
  const auto path = work.services.artifacts.find(*digest);
  auto file = path ? File::open(path->string()) : nullptr;
  if (!file) co_return refuse(not_found("there is no such package"));

  const auto size = file->size_bytes();
  const auto hex = to_hex(*digest);
  const auto etag = '"' + hex + '"';
  Response response;
  response.content_type = kBinary;
  response.headers = {{"ETag", etag},
                      {"Accept-Ranges", "bytes"},
                      {"Repr-Digest", content_digest(*digest)},
                      {"Cache-Control", "private, max-age=31536000, immutable"}};
  if (const auto match = request.header("If-Match"); !match.empty() && !names_etag(match, etag))
    co_return refuse(precondition_failed("If-Match names another package"));
  if (names_etag(request.header("If-None-Match"), etag)) {
    response.status = 304;
    co_return response;
  }
  // If-Range: a date never fits, since there is no Last-Modified (RFC 9110 §13.1.5).
  const auto if_range = request.header("If-Range");
  const bool ranged = request.method == http::verb::get && (if_range.empty() || if_range == etag);
  CO_TRY(const auto ranges, ranges_from(ranged ? request.header("Range") : "", size));
  if (ranges) {
    make_partial(response, std::move(file), *ranges, size, hex);
    co_return response;
  }
  response.headers.emplace_back("Content-Digest", content_digest(*digest));
  FileBody body{std::move(file), {}};
  body.pieces.push_back({"", 0, size});
  response.file = std::move(body);
  co_return response;
}

}  // namespace motorcade::https
