#include "adapters/https/reads.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "digest/digest.hpp"

namespace motorcade::https {
namespace {
Checked<std::size_t> limit_from(const std::string& text, std::size_t most) {
  if (text.empty()) return std::min<std::size_t>(100, most);
  std::size_t limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error == std::errc{} && end == text.data() + text.size() && limit >= 1 && limit <= most)
    return limit;
  return refuse(invalid("limit", "must be a whole number from 1 to " + std::to_string(most)));
}

Checked<ports::PageRequest> page_request(const Request& request,
                                         std::vector<std::pair<std::string, std::string>> fixed,
                                         const std::vector<std::string>& filters,
                                         std::size_t most_items) {
  ports::PageRequest page;
  page.filters = std::move(fixed);
  TRY(page.limit, limit_from(request.parameter("limit"), most_items));
  for (const auto& [name, value] : request.query) {
    if (name == "limit" || name == "position") continue;
    if (name == "cursor")
      page.cursor = value;
    else if (std::ranges::find(filters, name) != filters.end())
      page.filters.emplace_back(name, value);
    else
      return refuse(invalid(name, "is no parameter of this list"));
  }
  return page;
}
}  // namespace

asio::awaitable<Checked<void>> catch_up(Work& work, const Request& request) {
  auto token = request.parameter("position");
  if (token.empty()) token = request.header("Motorcade-Position");
  if (token.empty()) co_return Checked<void>{};
  const auto position = position_from(token);
  if (!position)
    co_return refuse(
        invalid("position", "is no position: stream/partition@sequence, as a write answers it"));
  const auto timeout = std::chrono::duration_cast<Duration>(work.limits.projector);
  if (co_await work.services.rows.wait_for(*position, timeout)) co_return Checked<void>{};
  co_return refuse(unavailable("the read model has not yet reached " + token +
                               "; try again, or read without a position"));
}

asio::awaitable<Checked<std::string>> document(Work& work, ports::Resource resource,
                                               std::string key, std::string what) {
  auto found = co_await work.services.rows.get(resource, std::move(key));
  if (!found) co_return refuse(from_error(found.error()));
  if (!*found) co_return refuse(not_found("there is no " + what));
  co_return **std::move(found);
}

asio::awaitable<Reply> read_one(Work& work, const Request& request, ports::Resource resource,
                                std::string key, std::string what) {
  CO_TRY_VOID(co_await catch_up(work, request));
  CO_TRY(auto text, co_await document(work, resource, std::move(key), std::move(what)));
  const auto etag = etag_of(text);
  const bool known = names_etag(request.header("If-None-Match"), etag);
  auto response = json_response(known ? 304 : 200, known ? std::string() : std::move(text));
  response.headers.emplace_back("ETag", etag);
  co_return response;
}

asio::awaitable<Reply> read_page(Work& work, const Request& request, ports::Resource resource,
                                 std::vector<std::pair<std::string, std::string>> fixed,
                                 std::vector<std::string> filters) {
  CO_TRY(auto wanted, page_request(request, std::move(fixed), filters, work.limits.page_items));
  CO_TRY_VOID(co_await catch_up(work, request));
  auto page = co_await work.services.rows.list(resource, std::move(wanted));
  if (!page) co_return refuse(from_error(page.error()));
  std::string body = "{\"items\":[";
  for (std::size_t i = 0; i < page->items.size(); ++i) {
    if (i > 0) body += ',';
    body += page->items[i];
  }
  body += "],\"next\":";
  body += page->next ? boost::json::serialize(boost::json::string(*page->next)) : "null";
  body += '}';
  co_return json_response(200, std::move(body));
}

std::string etag_of(std::string_view document) {
  const Digest hash{digest::sha256(document)};
  return '"' + to_hex(hash.view().substr(0, 16)) + '"';
}

bool names_etag(std::string_view list, std::string_view etag) {
  while (!list.empty()) {
    auto one = list.substr(0, list.find(','));
    list.remove_prefix(std::min(one.size() + 1, list.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == "*" || one == etag) return true;
  }
  return false;
}

}  // namespace motorcade::https
