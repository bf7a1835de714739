// Campaigns: create, list, look, and the six things that can be done to one.
#include "adapters/https/campaign_input.hpp"
#include "adapters/https/handlers.hpp"
#include "adapters/https/reads.hpp"
#include "adapters/https/writes.hpp"
#include "engine/edge/request_body.hpp"

namespace motorcade::https {
namespace {
using ports::Resource;

Checked<CampaignId> campaign_of(const Request& request) {
  if (const auto id = id_from_hex<CampaignId>(request.params.at("id"))) return *id;
  return refuse(not_found("a campaign's id has 32 hexadecimal digits"));
}

/// `If-Match`: only if the campaign still is what the caller saw.
asio::awaitable<Checked<void>> unchanged(Work& work, const Request& request, CampaignId id) {
  const auto wanted = request.header("If-Match");
  if (wanted.empty()) co_return Checked<void>{};
  CO_TRY_VOID(co_await catch_up(work, request));
  CO_TRY(const auto text,
         co_await document(work, Resource::kCampaigns, to_hex(id), "such campaign"));
  if (names_etag(wanted, etag_of(text))) co_return Checked<void>{};
  co_return refuse(precondition_failed(
      "the campaign is not what the entity tag in If-Match names; read it again and decide anew"));
}

/// Sends a command to a campaign and answers with the position of what became of it.
asio::awaitable<Reply> act(Work& work, const Request& request, CampaignId id,
                           campaign::Command command) {
  CO_TRY_VOID(co_await unchanged(work, request, id));
  CO_TRY(const auto key, id_of(work, request));
  const auto message = edge::with_body(key, request.body);
  Write write(work, request, message);
  auto record = work.services.intake.record_of(command, id, message, request.who->actor());
  CO_TRY(const auto done, co_await write.commit(std::move(record)));
  if (!done) co_return pending(work, message);
  co_return written(200, *done, "\"id\":\"" + to_hex(id) + '"');
}

/// The members that an action's body may have; no body has none.
struct ActionBody {
  std::string reason, how;
  std::optional<Digest> content_hash;
};
Checked<ActionBody> action_body(const Request& request, std::string_view member) {
  ActionBody out;
  if (request.body.empty()) return out;
  TRY(const auto value, parse_json(request.body, request.json_depth));
  Faults faults;
  if (!value.is_object()) faults.push_back({"", "must be an object"});
  Fields body(value, "", faults);
  if (member == "reason") out.reason = body.text_or("reason", "", 1000);
  if (member == "how") out.how = body.text_or("how", "", 20);
  if (member == "contentHash" && body.has("contentHash"))
    out.content_hash = body.id<Digest>("contentHash");
  body.close();
  if (!faults.empty()) return refuse(invalid(std::move(faults)));
  return out;
}

std::optional<campaign::Resumption> resumption_from(std::string_view how) {
  using campaign::Resumption;
  if (how.empty() || how == "continue") return Resumption::kContinue;
  if (how == "retry") return Resumption::kRetry;
  if (how == "skip") return Resumption::kSkip;
  return std::nullopt;
}

std::string created_members(const campaign::Create& command, const Written& done) {
  std::string members = "\"id\":\"" + to_hex(command.campaign) +
                        "\",\"seed\":" + std::to_string(command.definition.seed);
  if (const auto* created = done.find<campaign::CampaignCreated>())
    members += ",\"contentHash\":\"" + to_hex(created->content_hash) + '"';
  return members;
}
}  // namespace

asio::awaitable<Reply> create_campaign(Work& work, Request& request) {
  CO_TRY(const auto message, id_of(work, request));
  campaign::Create command;
  command.campaign = CampaignId{message.bytes};
  command.by = request.who->name;
  // A retry must say the same again, so the seed comes from the id, which is random unless a key
  // made it.
  CO_TRY(command.definition,
         definition_from(request.body, message.head(), work.services.keys, request.json_depth));
  Write write(work, request, message);
  auto record = work.services.intake.record_of(campaign::Command(command), command.campaign,
                                               message, request.who->actor());
  CO_TRY(const auto done, co_await write.commit(std::move(record)));
  if (!done) co_return pending(work, message);
  const bool fresh = done->find<campaign::CampaignCreated>() != nullptr;
  auto response = written(fresh ? 201 : 200, *done, created_members(command, *done));
  response.headers.emplace_back("Location", "/api/v1/campaigns/" + to_hex(command.campaign));
  co_return response;
}

asio::awaitable<Reply> list_campaigns(Work& work, Request& request) {
  std::vector<std::string> filters{"status", "author", "name"};
  std::vector<std::pair<std::string, std::string>> fixed;
  co_return co_await read_page(work, request, Resource::kCampaigns, std::move(fixed),
                               std::move(filters));
}

asio::awaitable<Reply> get_campaign(Work& work, Request& request) {
  CO_TRY(const auto id, campaign_of(request));
  co_return co_await read_one(work, request, Resource::kCampaigns, to_hex(id), "such campaign");
}

asio::awaitable<Reply> list_waves(Work& work, Request& request) {
  CO_TRY(const auto id, campaign_of(request));
  std::vector<std::pair<std::string, std::string>> fixed{{"campaign", to_hex(id)}};
  std::vector<std::string> filters{"state"};
  co_return co_await read_page(work, request, Resource::kWaves, std::move(fixed),
                               std::move(filters));
}

asio::awaitable<Reply> list_campaign_vehicles(Work& work, Request& request) {
  CO_TRY(const auto id, campaign_of(request));
  std::vector<std::pair<std::string, std::string>> fixed{{"campaign", to_hex(id)}};
  std::vector<std::string> filters{"status", "wave", "vehicle", "latest"};
  co_return co_await read_page(work, request, Resource::kVehicleUpdates, std::move(fixed),
                               std::move(filters));
}

asio::awaitable<Reply> propose_campaign(Work& work, Request& request) {
  CO_TRY(const auto id, campaign_of(request));
  CO_TRY(const auto body, action_body(request, ""));
  campaign::Command command = campaign::Propose{id, request.who->name};
  co_return co_await act(work, request, id, std::move(command));
}

asio::awaitable<Reply> approve_campaign(Work& work, Request& request) {
  CO_TRY(const auto id, campaign_of(request));
  CO_TRY(const auto body, action_body(request, "contentHash"));
  campaign::Command command =
      campaign::Approve{id, request.who->name, body.content_hash.value_or(Digest{})};
  co_return co_await act(work, request, id, std::move(command));
}

asio::awaitable<Reply> start_campaign(Work& work, Request& request) {
  CO_TRY(const auto id, campaign_of(request));
  CO_TRY(const auto body, action_body(request, ""));
  campaign::Command command = campaign::Start{id, request.who->name};
  co_return co_await act(work, request, id, std::move(command));
}

asio::awaitable<Reply> pause_campaign(Work& work, Request& request) {
  CO_TRY(const auto id, campaign_of(request));
  CO_TRY(auto body, action_body(request, "reason"));
  campaign::Command command = campaign::Pause{id, request.who->name, std::move(body.reason)};
  co_return co_await act(work, request, id, std::move(command));
}

asio::awaitable<Reply> resume_campaign(Work& work, Request& request) {
  CO_TRY(const auto id, campaign_of(request));
  CO_TRY(const auto body, action_body(request, "how"));
  const auto how = resumption_from(body.how);
  if (!how) co_return refuse(invalid("/how", "must be continue, retry or skip"));
  campaign::Command command = campaign::Resume{id, request.who->name, *how};
  co_return co_await act(work, request, id, std::move(command));
}

asio::awaitable<Reply> abort_campaign(Work& work, Request& request) {
  CO_TRY(const auto id, campaign_of(request));
  CO_TRY(auto body, action_body(request, "reason"));
  campaign::Command command = campaign::Abort{id, request.who->name, std::move(body.reason)};
  co_return co_await act(work, request, id, std::move(command));
}

}  // namespace motorcade::https
