#include "vehicle_agent/vmg/offer_check.hpp"

#include <boost/beast/http/parser.hpp>

#include "events/wire/json_notices.hpp"
#include "vehicle_agent/vmg/bodies.hpp"
#include "vehicle_agent/vmg/https_connection.hpp"

namespace motorcade::vmg {

namespace {
namespace asio = boost::asio;
namespace http = boost::beast::http;
constexpr std::uint64_t kMostAnswerBytes = 64 * 1024;
}  // namespace

asio::awaitable<Result<std::optional<agent::Offer>>> check_for_offer(
    std::string package_url, std::string vin, std::shared_ptr<const HttpsSettings> how) {
  CO_TRY(auto connection, co_await HttpsConnection::open(std::move(package_url), *how));
  auto question = connection->request(http::verb::post, "/api/v1/ota/check");
  question.set(http::field::content_type, "application/json");
  question.body() = "{\"vin\":\"" + vin + "\"}";
  CO_TRY_VOID(co_await connection->send(std::move(question)));
  http::response_parser<http::string_body> answer;
  answer.body_limit(kMostAnswerBytes);
  CO_TRY_VOID(co_await connection->read_all(answer));
  const auto status = answer.get().result_int();
  if (status != 200)
    co_return failure(Errc::kRefused, connection->host() + " answers " + std::to_string(status) +
                                          " to the question for the offer");
  const auto offered = wire::decode_check_answer(answer.get().body());
  if (!offered) co_return failure(Errc::kRefused, to_string(offered.error()));
  if (!*offered) co_return std::nullopt;
  co_return offer_from(**offered);
}

}  // namespace motorcade::vmg
