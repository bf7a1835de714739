#include "vehicle_agent/vmg/offer_check.hpp"

#include "events/wire/json_notices.hpp"
#include "vehicle_agent/vmg/bodies.hpp"
#include "vehicle_agent/vmg/https_connection.hpp"

namespace motorcade::vmg {

namespace {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::uint64_t kMostAnswerBytes = 64 * 1024;
}  // namespace

asio::awaitable<Result<std::optional<agent::Offer>>> check_for_offer(
    std::string package_url, std::string vin, std::shared_ptr<const HttpsSettings> how) {
  CO_TRY(auto connection, co_await connect_https(std::move(package_url), *how));
  auto question = connection->request<http::string_body>(http::verb::post, "/api/v1/ota/check");
  question.set(http::field::content_type, "application/json");
  question.body() = "{\"vin\":\"" + vin + "\"}";
  question.prepare_payload();
  beast::get_lowest_layer(connection->stream).expires_after(how->timeout);
  auto [unsent, sent] = co_await http::async_write(connection->stream, question, as_result);
  if (unsent) co_return connection->lost("asking", unsent);
  http::response_parser<http::string_body> answer;
  answer.body_limit(kMostAnswerBytes);
  beast::flat_buffer buffer;
  auto [unread, read] = co_await http::async_read(connection->stream, buffer, answer, as_result);
  if (unread) co_return connection->lost("no answer from", unread);
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
