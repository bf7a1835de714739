#include "vehicle_agent/core/vmg_core.hpp"

namespace motorcade::agent {

namespace {
// A record is a row of changes, each after its tag; the outbox has the tags below these.
constexpr std::uint8_t kState = 16, kResult = 17;

std::string encoded(const State& state) {
  digest::CanonicalWriter out;
  encode_state(state, out);
  return out.take();
}
}  // namespace

VmgCore::VmgCore(Settings settings, OutboxSettings outbox_settings, OutboxId outbox,
                 EncodeReport encode)
    : agent_(std::move(settings)), outbox_(outbox, outbox_settings), encode_(std::move(encode)) {}

Result<void> VmgCore::restore(std::span<const std::string> records) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    digest::CanonicalReader reader(records[i]);
    while (!reader.at_end()) {
      if (!apply(reader))
        return failure(std::errc::bad_message,
                       "record " + std::to_string(i) + " of the agent's journal");
    }
    identified_ = true;
  }
  stored_state_ = identified_ ? encoded(agent_.state()) : std::string{};
  return {};
}

bool VmgCore::apply(digest::CanonicalReader& record) {
  const auto tag = record.u8();
  if (tag == kState) return decode_state(record, agent_.restored());
  if (tag == kResult) {
    CommandId command;
    StoredResult result;
    if (!decode_result(record, command, result)) return false;
    agent_.restored().results[command] = std::move(result);
    return true;
  }
  return outbox_.apply(tag, record);
}

Step VmgCore::handle(const Input& input, Time now) {
  digest::CanonicalWriter record;
  if (!std::exchange(identified_, true)) outbox_.identify(record);
  if (const auto* ack = std::get_if<AckReceived>(&input)) outbox_.take(ack->ack, record);
  if (std::holds_alternative<LinkUp>(input)) outbox_.link_up(now);
  if (std::holds_alternative<LinkDown>(input)) outbox_.link_down();

  auto outcome = agent_.handle(input, now);
  for (const auto& command : agent_.take_changed_results()) {
    record.u8(kResult);
    encode_result(command, agent_.state().results.at(command), record);
  }
  if (auto bytes = encoded(agent_.state()); bytes != stored_state_) {
    record.u8(kState);
    record.raw(bytes);
    stored_state_ = std::move(bytes);
  }
  for (auto& said : outcome.reports) enqueue(std::move(said), record);

  Step step;
  for (auto& report : outbox_.due(now)) step.actions.emplace_back(Publish{std::move(report)});
  step.actions.insert(step.actions.end(), std::make_move_iterator(outcome.actions.begin()),
                      std::make_move_iterator(outcome.actions.end()));
  step.record = record.take();
  return step;
}

void VmgCore::enqueue(Agent::Outcome::Said said, digest::CanonicalWriter& record) {
  auto body = encode_(said.report);
  if (said.again && outbox_.holds(said.channel, body)) return;
  outbox_.enqueue(said.channel, std::move(body), record);
}

std::string VmgCore::snapshot() const {
  digest::CanonicalWriter record;
  outbox_.snapshot(record);
  for (const auto& [command, result] : agent_.state().results) {
    record.u8(kResult);
    encode_result(command, result, record);
  }
  record.u8(kState);
  record.raw(encoded(agent_.state()));
  return record.take();
}

std::optional<Time> VmgCore::deadline() const {
  const auto a = agent_.deadline(), b = outbox_.deadline();
  return a && b ? std::min(*a, *b) : a ? a : b;
}

}  // namespace motorcade::agent
