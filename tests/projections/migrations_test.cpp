#include <fstream>
#include <sstream>

#include "projections/database.hpp"

namespace motorcade::postgres {
namespace {

/// Without comments, blank lines and settings of the session.
std::string normalised(const std::string& dump) {
  std::istringstream in(dump);
  std::string out;
  for (std::string line; std::getline(in, line);) {
    const bool noise = line.empty() || line.starts_with("--") || line.starts_with("SET ") ||
                       line.starts_with("SELECT pg_catalog") || line.starts_with("\\");
    if (!noise) out += line + "\n";
  }
  return out;
}

using Migrations = DatabaseTest;

TEST_F(Migrations, ReplayedTheyMakeTheGoldenSchema) {
  const std::string dump = normalised(testing::PostgresCluster::shared().dump(
      database.name(), "--schema-only --no-owner --no-privileges --schema=motorcade"));
  std::ifstream file(MOTORCADE_SOURCE_DIR "/migrations/schema.sql");
  std::stringstream golden;
  golden << file.rdbuf();
  if (dump != golden.str()) {
    std::ofstream("schema.sql.actual") << dump;
    FAIL() << "migrations/schema.sql is not what the migrations make; that is in "
           << std::filesystem::absolute("schema.sql.actual")
           << ". Compare, and copy it if the change is meant.";
  }
}

TEST_F(Migrations, TheSecondTimeNothingIsApplied) {
  EXPECT_EQ(migrate(pool).value(), 0u);
}

TEST_F(Migrations, AChangedOneIsRefused) {
  auto migrations = embedded_migrations();
  migrations[1].sql += "\n-- edited";
  const auto refused = migrate(pool, migrations);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::kMigrationChanged);
  EXPECT_NE(refused.error().context.find(migrations[1].name), std::string::npos);
}

TEST_F(Migrations, AMissingOneIsRefusedAndANewOneIsApplied) {
  auto migrations = embedded_migrations();
  migrations.push_back({"9999_more", "CREATE TABLE more (x integer)"});
  EXPECT_EQ(migrate(pool, migrations).value(), 1u);
  const auto refused = migrate(pool);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::kMigrationChanged);
}

TEST_F(Migrations, OneThatFailsLeavesNothing) {
  auto migrations = embedded_migrations();
  migrations.push_back({"9999_broken", "CREATE TABLE half (x integer); SELECT nonsense"});
  ASSERT_FALSE(migrate(pool, migrations));
  EXPECT_EQ(query("SELECT to_regclass('half')"), "");
  EXPECT_EQ(migrate(pool).value(), 0u);
}

TEST_F(Migrations, TwoProcessesAtOnceApplyEachOnce) {
  testing::TestDatabase fresh;
  Options options;
  options.uri = fresh.uri();
  Pool first(options), second(options);
  Result<std::size_t> by_first, by_second;
  std::thread other([&] { by_second = migrate(second); });
  by_first = migrate(first);
  other.join();
  ASSERT_TRUE(by_first) << to_string(by_first.error());
  ASSERT_TRUE(by_second) << to_string(by_second.error());
  EXPECT_EQ(*by_first + *by_second, embedded_migrations().size());
}

}  // namespace
}  // namespace motorcade::postgres
