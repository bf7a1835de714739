// A real PostgreSQL of the test's own: made in a temporary directory, reached by a Unix socket
// there, gone with the test program. The server refuses root, so as root it runs as `postgres`.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>

namespace motorcade::testing {

class PostgresCluster {
 public:
  /// The program's only cluster, started on first use. A start that fails ends the program.
  static PostgresCluster& shared();
  ~PostgresCluster();
  PostgresCluster(const PostgresCluster&) = delete;
  PostgresCluster& operator=(const PostgresCluster&) = delete;

  /// As libpq takes it.
  [[nodiscard]] std::string uri(const std::string& database) const;
  /// Stops the server as a crash does, and starts it again.
  void crash_and_restart();
  /// Its pg_dump, with the options that a shell would take; answers what it printed.
  [[nodiscard]] std::string dump(const std::string& database, const std::string& options) const;

 private:
  PostgresCluster();
  void start();
  void stop(int signal);

  std::filesystem::path directory_;
  pid_t server_ = -1;
};

/// An empty database, dropped at the end.
class TestDatabase {
 public:
  TestDatabase();
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string uri() const { return PostgresCluster::shared().uri(name_); }

 private:
  std::string name_;
};

}  // namespace motorcade::testing
