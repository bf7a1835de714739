#include "support/postgres_fixture.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <pqxx/pqxx>
#include <thread>
#include <vector>

namespace motorcade::testing {
namespace {

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "postgres fixture: %s\n", why.c_str());
  std::exit(1);
}

/// The newest server's programs (Debian keeps them out of PATH).
std::filesystem::path programs() {
  std::vector<std::pair<int, std::filesystem::path>> found;
  const std::filesystem::path root = "/usr/lib/postgresql";
  if (std::filesystem::exists(root)) {
    for (const auto& entry : std::filesystem::directory_iterator(root)) {
      const auto bin = entry.path() / "bin";
      if (std::filesystem::exists(bin / "initdb")) {
        found.emplace_back(std::atoi(entry.path().filename().c_str()), bin);
      }
    }
  }
  if (found.empty()) give_up("no PostgreSQL below /usr/lib/postgresql; run ./dev setup");
  return std::max_element(found.begin(), found.end())->second;
}

const passwd* server_user() {
  if (geteuid() != 0) return nullptr;
  const passwd* user = getpwnam("postgres");
  if (user == nullptr) give_up("no user postgres; run ./dev setup");
  return user;
}

/// Runs a program as the server's user; it ends with us.
pid_t spawn(const std::vector<std::string>& command, const std::filesystem::path& directory) {
  const passwd* user = server_user();
  const std::string log = directory / "log";
  std::vector<char*> argv;
  for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child != 0) return child;
  if (user != nullptr &&
      (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) {
    _exit(126);
  }
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (getppid() != parent || chdir(directory.c_str()) != 0) _exit(126);
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  execv(argv[0], argv.data());
  _exit(127);
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

void print_log(const std::filesystem::path& directory) {
  std::ifstream log(directory / "log");
  for (std::string line; std::getline(log, line);) std::fprintf(stderr, "%s\n", line.c_str());
}

}  // namespace

PostgresCluster& PostgresCluster::shared() {
  static PostgresCluster cluster;
  return cluster;
}

PostgresCluster::PostgresCluster() {
  std::string pattern = std::filesystem::temp_directory_path() / "motorcade_pg_XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) give_up("cannot make " + pattern);
  directory_ = pattern;
  if (const passwd* user = server_user()) {
    if (chown(directory_.c_str(), user->pw_uid, user->pw_gid) != 0) give_up("chown " + pattern);
  }
  const std::vector<std::string> command{programs() / "initdb",
                                         "-D",
                                         directory_ / "data",
                                         "-U",
                                         "motorcade",
                                         "--auth=trust",
                                         "-N",
                                         "-E",
                                         "UTF8",
                                         "--locale=C"};
  if (wait_for(spawn(command, directory_)) != 0) {
    print_log(directory_);
    give_up("initdb failed");
  }
  start();
}

PostgresCluster::~PostgresCluster() {
  stop(SIGQUIT);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void PostgresCluster::start() {
  server_ = spawn({programs() / "postgres", "-D", directory_ / "data", "-k", directory_, "-c",
                   "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=50", "-c",
                   "shared_buffers=32MB"},
                  directory_);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (;;) {
    try {
      const pqxx::connection connection(uri("postgres"));
      return;
    } catch (const pqxx::broken_connection& refused) {
      if (waitpid(server_, nullptr, WNOHANG) != 0 || std::chrono::steady_clock::now() > deadline) {
        print_log(directory_);
        give_up(std::string("the server does not start: ") + refused.what());
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

void PostgresCluster::stop(int signal) {
  kill(server_, signal);
  wait_for(server_);
}

void PostgresCluster::crash_and_restart() {
  stop(SIGQUIT);
  start();
}

std::string PostgresCluster::uri(const std::string& database) const {
  return "host=" + directory_.string() + " user=motorcade dbname=" + database;
}

std::string PostgresCluster::dump(const std::string& database, const std::string& options) const {
  const std::string command =
      programs().string() + "/pg_dump '--dbname=" + uri(database) + "' " + options;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) give_up("cannot run pg_dump");
  std::string out;
  std::array<char, 65536> buffer;
  for (std::size_t n; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    out.append(buffer.data(), n);
  }
  if (pclose(pipe) != 0) give_up("pg_dump failed: " + command);
  return out;
}

TestDatabase::TestDatabase() {
  static int count = 0;
  name_ = "test_" + std::to_string(++count);
  pqxx::connection connection(PostgresCluster::shared().uri("postgres"));
  pqxx::nontransaction(connection).exec0("CREATE DATABASE " + name_);
}

TestDatabase::~TestDatabase() {
  pqxx::connection connection(PostgresCluster::shared().uri("postgres"));
  pqxx::nontransaction(connection).exec0("DROP DATABASE " + name_ + " WITH (FORCE)");
}

}  // namespace motorcade::testing
