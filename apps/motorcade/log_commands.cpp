#include <unistd.h>
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <optional>

#include "adapters/rocksdb/log.hpp"
#include "engine/shell/log_move.hpp"
#include "engine/shell/log_tools.hpp"
#include "engine/shell/replay.hpp"
#include "events/wire/facts.hpp"
#include "motorcade/any_log.hpp"
#include "motorcade/commands.hpp"
#include "motorcade/run_here.hpp"

namespace motorcade::app {
namespace {

namespace asio = boost::asio;

struct LogOptions {
  std::string directory = "var/log", config, other;
  std::vector<std::string> at;
  bool raw = false, state_hash = false;
  std::string partition;
};

/// A follower of the log; what it needs beside goes into a directory that is removed afterwards.
struct Opened {
  std::filesystem::path scratch;
  std::shared_ptr<ports::EventLog> log;
  Opened() = default;
  Opened(Opened&&) = default;
  Opened& operator=(Opened&&) = default;
  ~Opened() {
    log.reset();
    std::error_code ignored;
    if (!scratch.empty()) std::filesystem::remove_all(scratch, ignored);
  }
};

Result<Opened> open_to_read(const LogOptions& options) {
  Config config;
  config.log.directory = options.directory;
  if (!options.config.empty()) {
    TRY(config, load_config(options.config));
  }
  if (config.log.kind == "embedded" && !std::filesystem::is_directory(config.log.directory))
    return failure(std::errc::no_such_file_or_directory,
                   "the log's directory " + config.log.directory.string());
  Opened opened;
  opened.scratch =
      std::filesystem::temp_directory_path() / ("motorcade-log-" + std::to_string(::getpid()));
  TRY(opened.log, follow_log(config, opened.scratch));
  return opened;
}

template <class Work>
Result<void> each_partition(ports::EventLog& log, const LogOptions& options, Work work) {
  auto all = [&]() -> asio::awaitable<Result<void>> {
    for (const auto& partition : shell::all_partitions(log.birth().counts)) {
      if (!options.partition.empty() && to_string(partition) != options.partition) continue;
      const Result<void> done = co_await work(partition);
      if (!done) co_return done;
    }
    co_return Result<void>{};
  };
  return run_here(all());
}

std::string text_of(const Cause& cause) {
  return std::visit(Match{[](const TickCause&) { return std::string("tick"); },
                          [](const RequestCause& c) { return "request " + to_hex(c.id); },
                          [](const ReportCause& c) {
                            return "report " + to_hex(c.vehicle) + " " +
                                   std::to_string(c.place.epoch) + "/" + to_hex(c.place.outbox) +
                                   "/" + std::to_string(c.place.sequence);
                          },
                          [](const MessageCause& c) {
                            return "message " + to_string(Position{c.id.source, c.id.sequence}) +
                                   "#" + std::to_string(c.id.index);
                          }},
                    cause);
}

std::string text_of(Time time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t t = std::chrono::system_clock::to_time_t(seconds);
  std::tm utc{};
  gmtime_r(&t, &utc);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ", utc.tm_year + 1900,
                utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                static_cast<long>((time - seconds).count()));
  return text;
}

std::string_view name_of(std::uint16_t type) {
  const auto* known = wire::fact_type(type);
  return known != nullptr ? known->name : std::string_view("unknown fact");
}

void print(const wire::EnvelopeView& view) {
  std::cout << to_string(Position{view.partition, view.sequence}) << ' '
            << text_of(view.committed_at) << " inbox " << view.position.value << " reacted "
            << view.reacted_through << " by " << view.actor << " cause " << text_of(view.cause)
            << '\n';
  for (const auto& fact : view.facts) {
    const auto text = wire::fact_as_text(fact.type, fact.schema_version, fact.payload);
    std::cout << "  " << name_of(fact.type) << " v" << fact.schema_version << ' '
              << to_hex(fact.aggregate_id) << '#' << fact.version.value << ' '
              << (text ? *text : to_string(text.error())) << '\n';
  }
}

/// Every envelope of a partition, in order, to `see`.
template <class See>
asio::awaitable<Result<void>> read_all(ports::EventLog& log, Partition partition, See& see) {
  Sequence next;
  for (;;) {
    const auto batch = co_await log.read(partition, next, 4 << 20);
    if (!batch) co_return tl::unexpected(batch.error());
    if (batch->empty()) co_return Result<void>{};
    for (const auto& stored : *batch) {
      const Result<void> seen = see(stored);
      if (!seen) co_return seen;
      next = {stored.sequence.value + 1};
    }
  }
}

Result<void> cat(const LogOptions& options) {
  TRY(const auto opened, open_to_read(options));
  if (options.raw) return run_here(shell::dump(*opened.log, std::cout));
  return each_partition(*opened.log, options,
                        [&](Partition partition) -> asio::awaitable<Result<void>> {
                          wire::EnvelopeView view;
                          auto see = [&](const ports::StoredEnvelope& stored) -> Result<void> {
                            TRY_VOID(wire::view_envelope(stored.bytes, view));
                            print(view);
                            return {};
                          };
                          co_return co_await read_all(*opened.log, partition, see);
                        });
}

Result<void> verify(const LogOptions& options) {
  TRY(const auto opened, open_to_read(options));
  const auto report = run_here(shell::verify(*opened.log));
  std::uint64_t envelopes = 0, facts = 0;
  for (const auto& partition : report.partitions) {
    std::cout << to_string(partition.partition) << ' ' << partition.envelopes << " envelopes, head "
              << to_hex(partition.head) << '\n';
    envelopes += partition.envelopes;
    facts += partition.facts;
  }
  for (const auto& problem : report.problems)
    std::cerr << "motorcade: " << to_string(problem) << '\n';
  if (!report.problems.empty()) return failure(std::errc::bad_message, "the log is not sound");
  std::cout << envelopes << " envelopes, " << facts << " facts: dense, chained and in order\n";
  return {};
}

Result<void> replay(const LogOptions& options) {
  TRY(const auto opened, open_to_read(options));
  std::map<Partition, Sequence> at;
  for (const auto& text : options.at) {
    const auto position = position_from(text);
    if (!position)
      return failure(std::errc::invalid_argument,
                     "--at " + text + ": stream/partition@sequence is wanted");
    at[position->partition] = position->sequence;
  }
  std::vector<ports::OwnerState> states;
  const auto replayed = each_partition(
      *opened.log, options, [&](Partition partition) -> asio::awaitable<Result<void>> {
        std::optional<Sequence> end;
        if (const auto found = at.find(partition); found != at.end()) end = found->second;
        const auto state = co_await shell::replay(*opened.log, partition, end);
        if (!state) co_return tl::unexpected(state.error());
        states.push_back(*state);
        if (!options.state_hash)
          std::cout << to_string(partition) << ": " << state->next.value << " envelopes folded\n";
        co_return Result<void>{};
      });
  if (!replayed) return replayed;
  if (options.state_hash)
    std::cout << shell::state_lines(states) << "state " << to_hex(shell::combined_hash(states))
              << '\n';
  return {};
}

/// Cold: the engine's own process backs up hot.
Result<void> backup(const LogOptions& options) {
  if (!std::filesystem::exists(std::filesystem::path(options.directory) / "CURRENT"))
    return failure(std::errc::no_such_file_or_directory, "a log in " + options.directory);
  rocks::Options existing;
  existing.directory = options.directory;
  auto log = rocks::Log::open(existing);
  if (!log)
    return failure(log.error().code,
                   log.error().context +
                       " (while the engine runs, ask it: POST /api/v1/admin/backup, as an admin)");
  TRY_VOID(run_here((*log)->checkpoint(options.other)));
  std::cout << "backed up to " << options.other << '\n';
  return {};
}

Result<void> restore(const LogOptions& options) {
  TRY(const auto birth, rocks::restore(options.other, options.directory));
  std::cout << "restored to " << options.directory << " as incarnation "
            << to_hex(birth.incarnation)
            << "\nrebuild the rows before the engine starts: motorcade projections rebuild\n";
  return {};
}

/// Between two configurations, each of which names a log.
Result<void> copy(const LogOptions& options) {
  TRY(const auto source, load_config(options.config));
  TRY(const auto target, load_config(options.other));
  TRY_VOID(check_place_for_log(target));
  TRY(const auto from, open_log_to_move(source));
  TRY(auto heritage, run_here(shell::close_for_move(*from.it)));
  TRY(const auto to, make_log(target, std::move(heritage)));
  TRY(const auto moved, run_here(shell::move_log(*from.it, *to.it)));
  std::cout << moved.envelopes << " envelopes, " << moved.facts << " facts and " << moved.records
            << " waiting records moved; the old log is closed for good\n";
  return {};
}

using Run = Result<void> (*)(const LogOptions&);
CLI::App* add_one(CLI::App& parent, const char* name, const char* help, Run run,
                  const std::shared_ptr<LogOptions>& options, int& exit_code) {
  auto* command = parent.add_subcommand(name, help);
  command->add_option("--directory", options->directory, "the embedded log's directory")
      ->capture_default_str();
  command->callback([run, options, &exit_code] {
    const auto done = run(*options);
    std::cout.flush();
    exit_code = done ? 0 : complain(done.error());
  });
  return command;
}

/// A command that only reads: any log, named by a configuration file, or the embedded one in a
/// directory.
CLI::App* add_reader(CLI::App& parent, const char* name, const char* help, Run run,
                     const std::shared_ptr<LogOptions>& options, int& exit_code) {
  auto* command = add_one(parent, name, help, run, options, exit_code);
  command->add_option("--config", options->config, "the log that this configuration file names")
      ->excludes("--directory");
  return command;
}

void add_copies(CLI::App& log, const std::shared_ptr<LogOptions>& options, int& exit_code) {
  add_one(log, "backup",
          "Copy the log, while no engine runs. (The running engine does it itself: POST "
          "/api/v1/admin/backup.)",
          backup, options, exit_code)
      ->add_option("--to", options->other, "a directory that is not there yet")
      ->required();
  auto* moving = log.add_subcommand(
      "copy",
      "Move the log, while no engine runs, to where another configuration names one: between a "
      "directory and Kafka, either way. Sequences, ids, chain and state stay; the old log is "
      "closed. Keys, artifacts and all else stay where they are; raw telemetry is not moved.");
  moving->add_option("--from", options->config, "a configuration that names the log")->required();
  moving->add_option("--to", options->other, "a configuration that names where none is yet")
      ->required();
  moving->callback([options, &exit_code] {
    const auto done = copy(*options);
    std::cout.flush();
    exit_code = done ? 0 : complain(done.error());
  });
  add_one(log, "restore",
          "Make a backup the log, under a new incarnation: what the lost log wrote after it is "
          "gone, and nobody takes the one for the other.",
          restore, options, exit_code)
      ->add_option("--from", options->other, "the backup")
      ->required();
}

}  // namespace

void add_log(CLI::App& app, int& exit_code) {
  auto* log = app.add_subcommand(
                     "log", "Read the log, also while an engine runs on it; copy it, restore it.")
                  ->require_subcommand(1);
  auto options = std::make_shared<LogOptions>();
  const auto one_partition = [&options](CLI::App* command) {
    command->add_option("--partition", options->partition, "only this one, for example vehicle/3");
    return command;
  };
  add_copies(*log, options, exit_code);
  add_reader(*log, "verify",
             "Check that every partition is dense, chained and in order; name the first envelope "
             "that is not.",
             verify, options, exit_code);
  one_partition(
      add_reader(
          *log, "cat",
          "Print every envelope and its facts, or dump the stored bytes for another verifier "
          "(docs/log.md).",
          cat, options, exit_code))
      ->add_flag("--raw", options->raw, "the stored bytes, as docs/log.md describes a dump");
  auto* again = one_partition(add_reader(
      *log, "replay", "Fold the log from its beginning: the same state as live, on every build.",
      replay, options, exit_code));
  again->add_flag("--state-hash", options->state_hash,
                  "print per partition its next sequence and the SHA-256 of its state");
  again->add_option("--at", options->at,
                    "up to this position only: stream/partition@next_sequence; repeatable");
  add_log_telemetry(*log, exit_code);
}

}  // namespace motorcade::app
