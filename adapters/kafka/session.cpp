#include "adapters/kafka/session.hpp"

#include "adapters/kafka/error.hpp"

namespace motorcade::kafka {

using ports::Appended;
using ports::AppendOutcome;

namespace {

AppendOutcome aborted(LogErrc code, std::string why) {
  return {Appended::kAborted, {make_error_code(code), std::move(why)}};
}

bool is_fenced(const Error& error) {
  return error.code == make_error_code(LogErrc::kFenced);
}

/// A fatal error hides what caused it.
Error cause_of(rd_kafka_t* producer, rd_kafka_error_t* error, const std::string& tried) {
  auto made = error_of(error, tried);
  char why[256];
  const auto fatal = rd_kafka_fatal_error(producer, why, sizeof why);
  return fatal ? error_of(fatal, tried + ": " + why) : made;
}

}  // namespace

Result<void> Session::connect() {
  callbacks_.delivered = [this](const rd_kafka_message_t& message) {
    if (message.err && !undelivered_) undelivered_ = message.err;
    if (!message.err && !first_offset_) first_offset_ = message.offset;
  };
  auto settings = producer_settings(options_);
  settings.emplace_back("transactional.id", options_.prefix + "." +
                                                std::string(to_string(partition_.stream)) + "." +
                                                std::to_string(partition_.number));
  settings.emplace_back("transaction.timeout.ms",
                        std::to_string(options_.transaction_timeout.count()));
  TRY(producer_, make_client(RD_KAFKA_PRODUCER, options_, settings, &callbacks_));
  const auto topic = topic_of(options_.prefix, Kind::kEvents, partition_.stream);
  topic_.reset(rd_kafka_topic_new(producer_.get(), topic.c_str(), nullptr));
  return {};
}

Result<std::uint64_t> Session::take_over() {
  TRY_VOID(connect());
  const auto tried = "taking over " + to_string(partition_);
  auto* error =
      rd_kafka_init_transactions(producer_.get(), milliseconds(options_.operation_timeout));
  rd_kafka_poll(producer_.get(), 0);  // hears why, if it is refused
  if (error) return tl::unexpected(cause_of(producer_.get(), error, tried));
  TRY(next_, tail_.catch_up({Kind::kEvents, partition_}));
  read_to_ = tail_.offset({Kind::kEvents, partition_});
  return next_;
}

std::optional<AppendOutcome> Session::refuse(Sequence next,
                                             const std::vector<std::string>& envelopes) const {
  const auto where = to_string(Position{partition_, next});
  std::size_t bytes = 0;
  for (const auto& envelope : envelopes) {
    bytes += envelope.size();
    if (envelope.size() > kMaxEnvelopeBytes)
      return aborted(LogErrc::kTooLarge,
                     "an envelope of " + std::to_string(envelope.size()) + " bytes for " + where);
  }
  if (envelopes.empty() || bytes > options_.max_append_bytes)
    return aborted(LogErrc::kTooLarge, "an append of " + std::to_string(envelopes.size()) +
                                           " envelopes, " + std::to_string(bytes) + " bytes, to " +
                                           where);
  if (ended_) return AppendOutcome{Appended::kFenced, *ended_};
  if (next.value != next_)
    return AppendOutcome{
        Appended::kFenced,
        {make_error_code(LogErrc::kFenced), where + ", but the next is " + std::to_string(next_)}};
  return std::nullopt;
}

AppendOutcome Session::append(const std::vector<std::string>& envelopes) {
  auto outcome = attempt(envelopes);
  // After records that a broker refused, librdkafka 2.0.2 counts on from their sequence numbers; it
  // notices in the next transaction, which it purges, and begins anew.
  if (outcome.outcome == Appended::kAborted && undelivered_ == RD_KAFKA_RESP_ERR__PURGE_QUEUE)
    outcome = attempt(envelopes);
  return outcome;
}

AppendOutcome Session::attempt(const std::vector<std::string>& envelopes) {
  undelivered_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  first_offset_.reset();
  const auto where = to_string(Position{partition_, {next_}});
  if (auto* error = rd_kafka_begin_transaction(producer_.get()))
    return end_as(Appended::kUnknown, cause_of(producer_.get(), error, "beginning at " + where));
  if (auto error = produce(envelopes)) return abort(*std::move(error));
  const auto flushed = rd_kafka_flush(producer_.get(), milliseconds(options_.transaction_timeout));
  if (flushed || undelivered_)
    return abort(error_of(undelivered_ ? undelivered_ : flushed, "appending at " + where));
  if (read_to_ && first_offset_ && *first_offset_ > *read_to_) return forked(where);
  if (options_.before_commit) options_.before_commit(partition_);
  return commit(envelopes.size());
}

std::optional<Error> Session::produce(const std::vector<std::string>& envelopes) {
  auto sequence = next_;
  for (const auto& envelope : envelopes) {
    const auto key = key_of(sequence);
    const auto code = rd_kafka_producev(
        producer_.get(), RD_KAFKA_V_RKT(topic_.get()), RD_KAFKA_V_PARTITION(partition_.number),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key.data(), key.size()),
        RD_KAFKA_V_VALUE(const_cast<char*>(envelope.data()), envelope.size()),
        RD_KAFKA_V_TIMESTAMP(timestamp_of(sequence)), RD_KAFKA_V_END);
    if (code) return error_of(code, "appending " + to_string(Position{partition_, {sequence}}));
    ++sequence;
  }
  return std::nullopt;
}

/// Between what the takeover read and our first record stands something that it did not read: the
/// broker that told it the end led the partition no more. Who takes over again reads it.
AppendOutcome Session::forked(const std::string& where) {
  auto outcome = abort({make_error_code(LogErrc::kUnreachable),
                        where + ": the takeover read to offset " + std::to_string(*read_to_) +
                            ", but the first record got " + std::to_string(*first_offset_)});
  return end_as(Appended::kUnknown, std::move(outcome.error));
}

/// No commit was asked for: once the coordinator has confirmed the abort, nothing was applied.
/// (librdkafka's own "remaining time", -1, has no end while the coordinator is silent.)
AppendOutcome Session::abort(Error why) {
  read_to_.reset();  // an abort's marker takes an offset too
  if (is_fenced(why)) return end_as(Appended::kFenced, std::move(why));
  auto* error =
      rd_kafka_abort_transaction(producer_.get(), milliseconds(options_.transaction_timeout));
  if (!error) return {Appended::kAborted, std::move(why)};
  auto failed = cause_of(producer_.get(), error, why.context + "; then aborting");
  const auto outcome = is_fenced(failed) ? Appended::kFenced : Appended::kUnknown;
  return end_as(outcome, std::move(failed));
}

/// After this question an error proves nothing, not even an abort that is confirmed later: the
/// first request may still be under way, or have been answered to nobody.
AppendOutcome Session::commit(std::size_t count) {
  const auto where = to_string(Position{partition_, {next_}});
  if (auto* error = rd_kafka_commit_transaction(producer_.get(),
                                                milliseconds(options_.transaction_timeout))) {
    auto failed = cause_of(producer_.get(), error, "committing at " + where);
    const auto outcome = is_fenced(failed) ? Appended::kFenced : Appended::kUnknown;
    return end_as(outcome, std::move(failed));
  }
  // The coordinator has decided; the partition learns of it a moment later, by a marker.
  auto visible = tail_.wait_for({Kind::kEvents, partition_}, next_ + count);
  if (!visible) return end_as(Appended::kUnknown, std::move(visible).error());
  read_to_.reset();
  next_ += count;
  return {Appended::kCommitted, {}};
}

AppendOutcome Session::end_as(Appended outcome, Error why) {
  ended_ = why;
  return {outcome, std::move(why)};
}

}  // namespace motorcade::kafka
