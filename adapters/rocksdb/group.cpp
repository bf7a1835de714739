#include "adapters/rocksdb/group.hpp"

#include "adapters/rocksdb/keys.hpp"
#include "adapters/rocksdb/record_batch.hpp"
#include "adapters/rocksdb/telemetry.hpp"

namespace motorcade::rocks {
namespace {

using ports::Appended;
using ports::AppendOutcome;

std::size_t total(const std::vector<std::string>& parts) {
  std::size_t bytes = 0;
  for (const auto& part : parts) bytes += part.size();
  return bytes;
}

Appended outcome_of(Fate fate) {
  return fate == Fate::kWritten      ? Appended::kCommitted
         : fate == Fate::kNotWritten ? Appended::kAborted
                                     : Appended::kUnknown;
}

}  // namespace

std::size_t size_of(const Request& request) {
  return std::visit(Match{[](const Append& r) { return total(*r.envelopes); },
                          [](const Send& r) { return total(r.records); },
                          [](const RecordTelemetry& r) { return r.record.body.size(); },
                          [](const auto&) { return std::size_t{0}; }},
                    request) +
         64;
}

void refuse(Request& request, const Error& error) {
  std::visit(Match{[&](Append& r) {
                     r.answer(AppendOutcome{Appended::kAborted, error});
                   },
                   [&](auto& r) { r.answer(tl::unexpected(error)); }},
             request);
}

void Group::add(Request request) {
  std::visit([this](auto& one) { stage(std::move(one)); }, request);
}

void Group::settle(Fate fate, const Error& error) {
  for (const auto& answer : answers_) answer(fate, error);
}

Result<void> Group::check(const Append& append) const {
  const auto place = to_string(Position{append.partition, append.next});
  if (append.envelopes->empty()) return log_failure(LogErrc::kBadRequest, place + ": no envelope");
  for (const auto& envelope : *append.envelopes)
    if (envelope.size() > kMaxEnvelopeBytes)
      return log_failure(LogErrc::kTooLarge,
                         place + ": an envelope of " + std::to_string(envelope.size()) + " bytes");
  if (const auto bytes = total(*append.envelopes); bytes > options_.max_group_bytes)
    return log_failure(LogErrc::kTooLarge,
                       place + ": an append of " + std::to_string(bytes) + " bytes");
  return {};
}

void Group::stage(Append append) {
  if (auto checked = check(append); !checked)
    return append.answer({Appended::kAborted, std::move(checked).error()});
  auto& end = places_[append.partition].events_end;
  if (append.epoch != epochs_[append.partition] || append.next.value != end) {
    auto place = to_string(Position{append.partition, append.next});
    return append.answer(
        {Appended::kFenced, {LogErrc::kFenced, place + ", the end is " + std::to_string(end)}});
  }
  batch_.Put(database_.events(), key_of(append.partition, end),
             pack(append.next, *append.envelopes));
  end += append.envelopes->size();
  std::string head;
  put_integer(head, end);
  batch_.Put(database_.meta(), head_key_of(append.partition), head);
  has_append_ = true;
  answers_.push_back([answer = std::move(append.answer)](Fate fate, const Error& error) {
    answer({outcome_of(fate), error});
  });
}

Result<void> Group::check(const Send& send) const {
  if (send.records.empty())
    return log_failure(LogErrc::kBadRequest, "sending nothing to " + to_string(send.partition));
  for (const auto& record : send.records)
    if (record.size() > options_.max_record_bytes)
      return log_failure(LogErrc::kTooLarge, "a record of " + std::to_string(record.size()) +
                                                 " bytes for " + to_string(send.partition));
  return {};
}

void Group::stage(Send send) {
  if (auto checked = check(send); !checked)
    return send.answer(tl::unexpected(std::move(checked).error()));
  auto& places = places_[send.partition];
  const InboxPosition first{places.inbox_end};
  for (const auto& record : send.records)
    batch_.Put(database_.inbox(), key_of(send.partition, places.inbox_end++), record);
  batch_.Put(database_.meta(), inbox_key_of(send.partition), encode_inbox_places(places));
  answers_.push_back([answer = std::move(send.answer), first](Fate fate, const Error& error) {
    if (fate == Fate::kWritten)
      answer(first);
    else
      answer(tl::unexpected(error));
  });
}

void Group::stage(Trim trim) {
  auto& places = places_[trim.partition];
  const auto through = std::min(trim.through.value, places.inbox_end);
  if (through > places.inbox_begin) {
    batch_.DeleteRange(database_.inbox(), key_of(trim.partition, places.inbox_begin),
                       key_of(trim.partition, through));
    places.inbox_begin = through;
    batch_.Put(database_.meta(), inbox_key_of(trim.partition), encode_inbox_places(places));
  }
  answers_.push_back([answer = std::move(trim.answer)](Fate fate, const Error& error) {
    if (fate == Fate::kWritten)
      answer({});
    else
      answer(tl::unexpected(error));
  });
}

void Group::stage(TakeOver take_over) {
  const auto epoch = ++epochs_[take_over.partition];
  answers_.push_back([answer = std::move(take_over.answer), epoch](Fate fate, const Error& error) {
    if (fate == Fate::kUnknown)
      answer(tl::unexpected(error));
    else
      answer(epoch);
  });
}

void Group::stage(RecordTelemetry telemetry) {
  const auto& record = telemetry.record;
  if (record.body.size() > options_.max_record_bytes)
    return telemetry.answer(log_failure(
        LogErrc::kTooLarge, "telemetry of " + std::to_string(record.body.size()) + " bytes"));
  batch_.Put(database_.telemetry(), telemetry_key(record, telemetry_count_++),
             telemetry_value(record));
  answers_.push_back([answer = std::move(telemetry.answer)](Fate fate, const Error& error) {
    if (fate == Fate::kWritten)
      answer({});
    else
      answer(tl::unexpected(error));
  });
}

}  // namespace motorcade::rocks
