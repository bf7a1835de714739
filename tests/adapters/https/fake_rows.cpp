#include "adapters/https/fake_rows.hpp"

namespace motorcade::https::testing_support {

boost::asio::awaitable<Result<std::optional<std::string>>> FakeRows::get(ports::Resource resource,
                                                                         std::string key) {
  if (broken) co_return failure(std::errc::not_connected, "the rows are gone");
  const auto& rows = documents[resource];
  const auto found = rows.find(key);
  if (found == rows.end()) co_return std::optional<std::string>();
  co_return std::optional(found->second);
}

boost::asio::awaitable<Result<ports::Page>> FakeRows::list(ports::Resource resource,
                                                           ports::PageRequest request) {
  if (broken) co_return failure(std::errc::not_connected, "the rows are gone");
  ports::Page page;
  for (const auto& [key, document] : documents[resource]) {
    if (request.cursor && key <= *request.cursor) continue;
    if (page.items.size() == request.limit) {
      page.next = std::prev(documents[resource].find(key))->first;
      break;
    }
    page.items.push_back(document);
  }
  co_return page;
}

boost::asio::awaitable<bool> FakeRows::wait_for(Position position, Duration) {
  co_return position.sequence <= projected;
}

}  // namespace motorcade::https::testing_support
