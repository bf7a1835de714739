// The server itself: front page, health, metrics, its description, the owners' states, outcomes of
// requests.
#include <boost/json.hpp>

#include "adapters/https/handlers.hpp"
#include "adapters/https/openapi.hpp"
#include "adapters/https/reads.hpp"
#include "digest/digest.hpp"

namespace motorcade::https {
namespace {
constexpr auto kFrontPage = R"(Motorcade: over-the-air update campaigns, with proof.

/api/v1/openapi.json   the API, described (OpenAPI 3.1)
/healthz               the process lives
/readyz                it can serve
/metrics               Prometheus metrics
)";

Response text_response(unsigned status, std::string body) {
  auto response = json_response(status, std::move(body));
  response.content_type = "text/plain; charset=utf-8";
  return response;
}
}  // namespace

asio::awaitable<Reply> front_page(Work&, Request&) {
  co_return text_response(200, kFrontPage);
}

asio::awaitable<Reply> healthz(Work&, Request&) {
  co_return text_response(200, "alive\n");
}

asio::awaitable<Reply> readyz(Work& work, Request&) {
  const auto state = work.services.readiness ? work.services.readiness() : Readiness{};
  if (!state.missing.empty()) {
    std::string all;
    for (const auto& [part, why] : state.missing)
      all.append(all.empty() ? "" : "; ").append(part).append(": ").append(why);
    auto problem = unavailable(std::move(all));
    problem.parts = state.missing;
    co_return refuse(std::move(problem));
  }
  co_return text_response(200, "ready\n");
}

asio::awaitable<Reply> metrics(Work& work, Request&) {
  auto response = json_response(200, work.services.metrics.text());
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  co_return response;
}

asio::awaitable<Reply> openapi(Work&, Request&) {
  co_return json_response(200, std::string(openapi_json()));
}

asio::awaitable<Reply> admin_state(Work& work, Request&) {
  if (work.services.states == nullptr)
    co_return refuse(unavailable("this process owns no partitions"));
  const auto states = co_await work.services.states->states();
  boost::json::array partitions;
  std::string lines;  // what the combined hash covers: `partition next_sequence hash\n` each
  for (const auto& state : states) {
    const auto name = to_string(state.partition), next = std::to_string(state.next.value),
               hash = to_hex(state.hash);
    lines += name + ' ' + next + ' ' + hash + '\n';
    partitions.push_back(
        boost::json::object{{"partition", name}, {"sequence", next}, {"hash", hash}});
  }
  const Digest combined{digest::sha256(lines)};
  const boost::json::object body{{"partitions", std::move(partitions)}, {"hash", to_hex(combined)}};
  co_return json_response(200, boost::json::serialize(body));
}

asio::awaitable<Reply> get_command(Work& work, Request& request) {
  const auto id = id_from_hex<MessageId>(request.params.at("id"));
  if (!id) co_return refuse(not_found("a command's id has 32 hexadecimal digits"));
  auto reply = co_await read_one(work, request, ports::Resource::kCommands, to_hex(*id),
                                 "outcome of such a command");
  if (!reply && reply.error().status == 404 && work.pending.contains(*id))
    co_return json_response(200, R"({"id":")" + to_hex(*id) + R"(","outcome":"pending"})");
  co_return reply;
}

}  // namespace motorcade::https
