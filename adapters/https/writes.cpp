#include "adapters/https/writes.hpp"

#include <algorithm>

#include "adapters/https/rejections.hpp"
#include "events/wire/facts.hpp"

namespace motorcade::https {
namespace {
std::string unquoted(std::string text) {  // the header is a structured field: a quoted string
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    return text.substr(1, text.size() - 2);
  return text;
}

template <class Event, class Decode>
Checked<std::vector<Event>> facts_of(const edge::Outcome& outcome, Decode decode) {
  std::vector<Event> facts;
  for (const auto& stored : outcome.facts) {
    auto fact =
        decode(stored.type, stored.schema_version, stored.payload, wire::Upcasters::standard());
    if (!fact) return refuse(from_error(fact.error()));
    facts.push_back(*std::move(fact));
  }
  return facts;
}

/// The facts; or the refusal, if it is one.
Checked<Written> read_facts(MessageId id, edge::Outcome outcome) {
  Written written;
  written.id = id;
  written.outcome = std::move(outcome);
  const auto refusal = [&](const auto* refused) {
    auto problem = problem_of(*refused);
    problem.position = to_string(written.outcome.position);
    problem.headers.emplace_back("Motorcade-Position", problem.position);
    return refuse(std::move(problem));
  };
  switch (written.outcome.position.partition.stream) {
    case Stream::kCampaign: {
      TRY(written.campaign_facts,
          facts_of<campaign::Event>(written.outcome, wire::decode_campaign_fact));
      if (const auto* no = written.find<campaign::Refused>()) return refusal(no);
      break;
    }
    case Stream::kCatalog: {
      TRY(written.catalog_facts,
          facts_of<catalog::Event>(written.outcome, wire::decode_catalog_fact));
      if (const auto* no = written.find<catalog::Refused>()) return refusal(no);
      break;
    }
    case Stream::kVehicle: {
      TRY(written.vehicle_facts,
          facts_of<vehicle::Event>(written.outcome, wire::decode_vehicle_fact));
      if (const auto* no = written.find<vehicle::Refused>()) return refusal(no);
      break;
    }
  }
  return written;
}
}  // namespace

Checked<MessageId> id_of(const Work& work, const Request& request, std::string_view subject) {
  if (request.headers.count("Idempotency-Key") == 0) return work.services.intake.new_id();
  const auto key = unquoted(request.header("Idempotency-Key"));
  const bool visible = std::ranges::all_of(key, [](char c) { return c >= '!' && c <= '~'; });
  if (key.empty() || key.size() > 200 || !visible)
    return refuse(
        malformed("the header Idempotency-Key must have 1 to 200 visible ASCII characters"));
  auto route = std::string(http::to_string(request.method)) + ' ' + request.path;
  if (!subject.empty()) route.append(" ").append(subject);
  return edge::request_id(request.who ? request.who->name : "", route, key);
}

Write::Write(Work& work, const Request& request, MessageId id)
    : work_(work),
      id_(id),
      slot_(work.writes, work.limits.pending_writes),
      ticket_(work.services.replies.expect(id, request.executor)) {}

asio::awaitable<Checked<std::optional<Written>>> Write::commit(Result<InboxRecord> record) {
  if (!slot_.taken())
    co_return refuse(too_many("more than " + std::to_string(work_.limits.pending_writes) +
                              " writes wait for their outcome; try again in a moment"));
  if (!record) co_return refuse(from_error(record.error()));
  if (auto sent = co_await work_.services.intake.send(*std::move(record)); !sent)
    co_return refuse(from_error(sent.error()));
  auto outcome =
      co_await ticket_.outcome(std::chrono::duration_cast<Duration>(work_.limits.outcome));
  if (!outcome) co_return std::optional<Written>();
  auto facts = read_facts(id_, *std::move(outcome));
  if (!facts) co_return tl::unexpected(std::move(facts).error());
  co_return std::optional<Written>(*std::move(facts));
}

asio::awaitable<bool> Write::spread(Stream stream, const Written& written) {
  co_return co_await ticket_.heard_by(stream, written.outcome.position,
                                      std::chrono::duration_cast<Duration>(work_.limits.outcome));
}

Response pending(Work& work, MessageId id) {
  work.pending.add(id);
  const auto place = "/api/v1/commands/" + to_hex(id);
  auto response = json_response(202, R"({"id":")" + to_hex(id) + R"(","outcome":"pending"})");
  response.headers.emplace_back("Location", place);
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response written(unsigned status, const Written& written, std::string members) {
  const auto position = to_string(written.outcome.position);
  const bool satisfied = written.find<campaign::AlreadySatisfied>() != nullptr ||
                         written.find<catalog::AlreadySatisfied>() != nullptr ||
                         written.find<vehicle::AlreadySatisfied>() != nullptr;
  auto body = "{" + std::move(members);
  if (body.size() > 1) body += ',';
  body +=
      "\"position\":\"" + position + "\",\"alreadySatisfied\":" + (satisfied ? "true" : "false");
  auto response = json_response(status, body + "}");
  response.headers.emplace_back("Motorcade-Position", position);
  return response;
}

}  // namespace motorcade::https
