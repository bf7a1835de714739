// A migrated schema in a database of the test's own, and a way to await in a test.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "adapters/postgres/migrations.hpp"
#include "adapters/postgres/read_model.hpp"
#include "adapters/postgres/row_sink.hpp"
#include "support/postgres_fixture.hpp"

namespace motorcade::postgres {

/// Runs it to its end on the calling thread.
template <class T>
T await(boost::asio::awaitable<T> awaited) {
  boost::asio::io_context context;
  auto answer = boost::asio::co_spawn(context, std::move(awaited), boost::asio::use_future);
  context.run();
  return answer.get();
}

inline projections::Batch batch_of(projections::Slice slice) {
  return std::make_shared<const std::vector<projections::Slice>>(
      std::vector<projections::Slice>{std::move(slice)});
}

class DatabaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto applied = migrate(pool);
    ASSERT_TRUE(applied) << to_string(applied.error());
  }

  Options options() const {
    Options made;
    made.uri = database.uri();
    made.connections = 2;
    return made;
  }
  /// One text; "" for null.
  std::string query(const std::string& sql) {
    auto work = [&](Session& session) -> std::string {
      pqxx::work tx(session.connection());
      const auto rows = tx.exec(sql);
      tx.commit();
      return rows.empty() || rows[0].empty() || rows[0][0].is_null() ? "" : rows[0][0].c_str();
    };
    const auto answer = pool.run_here("test query", work);
    EXPECT_TRUE(answer) << to_string(answer.error());
    return answer.value_or("");
  }

  testing::TestDatabase database;
  Pool pool{options()};
  PostgresRowSink sink{pool};
  PostgresReadModel model{pool};
};

}  // namespace motorcade::postgres
