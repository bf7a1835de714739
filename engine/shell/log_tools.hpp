// Looking at a log as a whole: is it sound, and its bytes for somebody else to check (docs/log.md).
#pragma once
#include <iosfwd>
#include <vector>

#include "engine/ports/log.hpp"
#include "events/wire/envelope.hpp"

namespace motorcade::shell {

namespace asio = boost::asio;

/// What stands in one partition, as far as it is sound.
struct PartitionReport {
  Partition partition;
  std::uint64_t envelopes = 0;
  std::uint64_t facts = 0;
  std::uint64_t size_bytes = 0;
  Digest head;          ///< SHA-256 of the last envelope's bytes; zero: none
  Time last_committed;  ///< of the last envelope
};

/// Checks the envelopes of one partition in order: place, chain, and that nothing runs backwards.
class ChainCheck {
 public:
  explicit ChainCheck(Partition partition) { report_.partition = partition; }
  /// An error names the place and what is wrong with it; then the report ends before it.
  [[nodiscard]] Result<void> next(const ports::StoredEnvelope& stored);
  [[nodiscard]] const PartitionReport& report() const { return report_; }

 private:
  PartitionReport report_;
  InboxPosition position_;
  std::uint64_t reacted_through_ = 0;
  wire::EnvelopeView view_;
};

struct LogReport {
  ports::LogBirth birth;
  std::vector<PartitionReport> partitions;
  std::vector<Error> problems;  ///< the first of each partition
};
/// Reads all of it, up to where it ended when the reading began.
[[nodiscard]] asio::awaitable<LogReport> verify(ports::EventLog& log);

/// Writes every envelope as it is stored, partition after partition, up to where each ended when
/// its reading began (docs/log.md, "Dump"). Fails if the log is not sound: a dump is a proof.
[[nodiscard]] asio::awaitable<Result<void>> dump(ports::EventLog& log, std::ostream& out);

}  // namespace motorcade::shell
