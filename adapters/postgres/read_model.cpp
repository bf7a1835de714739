#include "adapters/postgres/read_model.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>

#include "adapters/postgres/documents.hpp"
#include "adapters/postgres/values.hpp"

namespace motorcade::postgres {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::size_t kMaxPage = 1000;
constexpr auto kPoll = std::chrono::milliseconds(20);

/// A list's statement and its parameters.
struct Statement {
  std::string name, sql;
  std::vector<std::string> parameters;
};

/// A cursor is the last row's place in the order: hex of a JSON list of texts.
std::string cursor_of(const pqxx::row& row, std::size_t columns) {
  json::array place;
  for (std::size_t i = 1; i <= columns; ++i) {
    place.emplace_back(row[static_cast<int>(i)].as<std::string>());
  }
  return to_hex(json::serialize(place));
}

Result<std::vector<std::string>> place_of(const std::string& cursor, std::size_t columns) {
  const auto bad = [] { return failure(errc::kBadCursor, "use `next` of the page before"); };
  std::string bytes(cursor.size() / 2, '\0');
  if (cursor.size() > 4096 || cursor.size() % 2 != 0 ||
      !hex_into(cursor, reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size())) {
    return bad();
  }
  boost::system::error_code broken;
  const json::value value = json::parse(bytes, broken);
  if (broken || !value.is_array() || value.get_array().size() != columns) return bad();
  std::vector<std::string> place;
  for (const json::value& part : value.get_array()) {
    if (!part.is_string()) return bad();
    place.push_back(clean(std::string_view(part.get_string())));
  }
  return place;
}

void replace_all(std::string& text, std::string_view what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
}

/// Conditions of the filters that are given; each at most once, and only those of the list.
Result<std::string> where_of(const Document& document, const ports::PageRequest& request,
                             Statement& statement) {
  std::string where;
  std::size_t used = 0;
  for (const Filter& filter : document.filters) {
    const auto given = std::find_if(request.filters.begin(), request.filters.end(),
                                    [&](const auto& f) { return f.first == filter.name; });
    if (given == request.filters.end()) continue;
    ++used;
    statement.parameters.push_back(clean(given->second));
    std::string condition = filter.sql;
    replace_all(condition, "$$", "$" + std::to_string(statement.parameters.size()) + "::text");
    where += " AND " + condition;
    statement.name += std::string(" ") + filter.name;
  }
  if (used != request.filters.size()) {
    std::string known;
    for (const Filter& filter : document.filters) known += std::string(" ") + filter.name;
    return failure(errc::kUnknownFilter, "filters of this list, each at most once:" + known);
  }
  return where;
}

Result<Statement> statement_of(const Document& document, const ports::PageRequest& request) {
  Statement statement{std::string("list ") + document.name, "", {}};
  TRY(std::string where, where_of(document, request, statement));
  const char* direction = document.newest_first ? " DESC" : "";
  std::string columns, places, order, values;
  for (const OrderColumn& column : document.order) {
    const char* comma = columns.empty() ? "" : ", ";
    columns += std::string(", ") + column.sql + "::text";
    places += std::string(comma) + column.sql;
    order += std::string(comma) + column.sql + direction;
  }
  if (request.cursor) {
    TRY(auto place, place_of(*request.cursor, document.order.size()));
    for (std::size_t i = 0; i < place.size(); ++i) {
      statement.parameters.push_back(std::move(place[i]));
      values += (i == 0 ? "$" : ", $") + std::to_string(statement.parameters.size()) +
                "::" + document.order[i].type;
    }
    where += " AND (" + places + ")" + (document.newest_first ? " < " : " > ") + "(" + values + ")";
    statement.name += " after";
  }
  const std::size_t limit = std::clamp<std::size_t>(request.limit, 1, kMaxPage);
  statement.parameters.push_back(std::to_string(limit + 1));
  statement.sql = std::string("SELECT (") + document.document + ")::text" + columns + " FROM " +
                  document.from + " WHERE true" + where + " ORDER BY " + order + " LIMIT $" +
                  std::to_string(statement.parameters.size()) + "::bigint";
  return statement;
}

ports::Page read_page(Session& session, const Statement& statement, std::size_t limit,
                      std::size_t columns) {
  pqxx::read_transaction tx(session.connection());
  const auto rows = tx.exec_prepared(session.prepared(statement.name, statement.sql),
                                     pqxx::prepare::make_dynamic_params(statement.parameters));
  ports::Page page;
  for (const auto& row : rows) {
    if (page.items.size() == limit) {
      page.next = cursor_of(rows[static_cast<int>(limit) - 1], columns);
      break;
    }
    page.items.push_back(row[0].as<std::string>());
  }
  return page;
}

}  // namespace

asio::awaitable<Result<std::optional<std::string>>> PostgresReadModel::get(ports::Resource resource,
                                                                           std::string key) {
  const Document& document = document_of(resource);
  auto work = [&document, key = clean(key)](Session& session) -> std::optional<std::string> {
    pqxx::read_transaction tx(session.connection());
    const auto rows = tx.exec_prepared(
        session.prepared(std::string("get ") + document.name,
                         std::string("SELECT (") + document.document + ")::text FROM " +
                             document.from + " WHERE " + document.key + " LIMIT 1"),
        key);
    if (rows.empty()) return std::nullopt;
    return rows[0][0].as<std::string>();
  };
  co_return co_await pool_.run(std::string("get ") + document.name, std::move(work));
}

asio::awaitable<Result<ports::Page>> PostgresReadModel::list(ports::Resource resource,
                                                             ports::PageRequest request) {
  const Document& document = document_of(resource);
  CO_TRY(Statement statement, statement_of(document, request));
  const std::size_t limit = std::clamp<std::size_t>(request.limit, 1, kMaxPage);
  auto work = [statement = std::move(statement), limit, columns = document.order.size()](
                  Session& session) { return read_page(session, statement, limit, columns); };
  Result<ports::Page> page =
      co_await pool_.run(std::string("list ") + document.name, std::move(work));
  // A cursor whose texts are no values of their columns is the caller's mistake.
  if (!page && page.error().code == errc::kRefused && request.cursor) {
    co_return failure(errc::kBadCursor, "use `next` of the page before");
  }
  co_return page;
}

asio::awaitable<bool> PostgresReadModel::wait_for(Position position, Duration timeout) {
  if (progress_ != nullptr) co_return co_await progress_->wait_for(position, timeout);
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    const Result<bool> reached = co_await checkpoint_reached(position);
    if (reached && *reached) co_return true;
    if (std::chrono::steady_clock::now() >= deadline) co_return false;
    timer.expires_after(kPoll);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<Result<bool>> PostgresReadModel::checkpoint_reached(Position position) {
  auto work = [position](Session& session) {
    pqxx::read_transaction tx(session.connection());
    const auto rows = tx.exec_prepared(
        session.prepared("checkpoint",
                         "SELECT next_sequence > $3::bigint FROM checkpoints"
                         " WHERE stream = $1 AND partition = $2::integer"),
        std::string(to_string(position.partition.stream)),
        static_cast<int>(position.partition.number), std::to_string(position.sequence.value));
    return !rows.empty() && rows[0][0].as<bool>();
  };
  co_return co_await pool_.run("read checkpoint", std::move(work));
}

}  // namespace motorcade::postgres
