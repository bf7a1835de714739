#include "adapters/https/fake_owner.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "events/wire/commands.hpp"
#include "events/wire/facts.hpp"
#include "events/wire/messages.hpp"
#include "events/wire/records.hpp"
#include "events/wire/reports.hpp"

namespace motorcade::https::testing_support {

boost::asio::awaitable<void> FakeOwner::own(Partition partition) {
  auto writer = co_await log_.take_over(partition);
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  Sequence next;
  InboxPosition position;
  while (true) {
    co_await log_.wait_for_records(partition, position);
    const auto batch = co_await log_.read_inbox(partition, position, 1);
    if (!batch || batch->empty()) co_return;
    const auto record = wire::decode_record(batch->front().bytes).value();
    const auto held = [&] {
      return asleep || (deaf_to_messages && record.kind == RecordKind::kMessage);
    };
    while (held()) {
      ++waiting;
      timer.expires_after(std::chrono::milliseconds(5));
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
    position.value = batch->front().position.value + 1;
    ++records;
    log_of_records.push_back(record);
    Envelope envelope;
    envelope.partition = partition;
    envelope.sequence = next;
    envelope.position = position;
    envelope.cause = record.cause;
    envelope.correlation = record.correlation;
    envelope.actor = record.actor;
    envelope.facts.push_back(decide(record));
    const bool uploaded = envelope.facts[0].type == wire::kFactNumber<catalog::ReleaseUploaded>;
    std::vector<std::string> bytes;
    bytes.push_back(wire::encode_envelope(envelope));
    const auto appended = co_await (*writer)->append(next, bytes);
    if (appended.outcome != ports::Appended::kCommitted) co_return;
    const Position source{partition, next};
    ++next.value;
    if (uploaded) co_await tell_campaigns(source);
  }
}

boost::asio::awaitable<void> FakeOwner::tell_campaigns(Position source) {
  for (std::uint16_t number = 0; number < log_.birth().counts.campaign; ++number) {
    InboxRecord record;
    record.partition = {Stream::kCampaign, number};
    record.kind = RecordKind::kMessage;
    record.cause = MessageCause{
        log_.birth().incarnation, {source.partition, source.sequence, number}, std::nullopt};
    record.actor = "owner";
    record.content_type = ContentType::kProtobuf;
    record.body = wire::encode_message(campaign::NoteRelease{});
    const auto to = record.partition;
    std::vector<std::string> sent;
    sent.push_back(wire::encode_record(record));
    co_await log_.send(to, std::move(sent));
  }
}

StoredFact FakeOwner::decide(const InboxRecord& record) {
  if (record.kind == RecordKind::kMessage)
    return wire::encode_fact(campaign::Event(campaign::AlreadySatisfied{}));
  const auto body = keys_.open(record.subject, "inbox", record.body).value().value();
  if (record.kind == RecordKind::kCampaignCommand) return decide_campaign(body);
  if (record.kind == RecordKind::kCatalogCommand) return decide_catalog(body);
  return decide_vehicle(record, body);
}

StoredFact FakeOwner::decide_campaign(const std::string& body) {
  using namespace campaign;
  const auto refuse = [](Rejection reason) {
    return wire::encode_fact(Event(Refused{{}, reason, "the fake owner says so"}));
  };
  const auto command = wire::decode_campaign_command(body).value();
  if (const auto* create = std::get_if<Create>(&command)) {
    const auto [known, fresh] = campaigns_.emplace(create->campaign, body);
    authors_[create->campaign] = create->by;
    if (!fresh)
      return known->second == body ? wire::encode_fact(Event(AlreadySatisfied{}))
                                   : refuse(Rejection::kIdInUse);
    ++created;
    CampaignCreated fact{create->campaign, create->by, create->definition, {}, Digest{{7}}};
    return wire::encode_fact(Event(std::move(fact)));
  }
  if (const auto* propose = std::get_if<Propose>(&command)) {
    if (!campaigns_.contains(propose->campaign)) return refuse(Rejection::kNoSuchCampaign);
    return wire::encode_fact(Event(CampaignProposed{propose->campaign, propose->by}));
  }
  if (const auto* approve = std::get_if<Approve>(&command)) {
    if (authors_[approve->campaign] == approve->by) return refuse(Rejection::kOwnProposal);
    return wire::encode_fact(Event(CampaignApproved{approve->campaign, approve->by, {}}));
  }
  return refuse(Rejection::kWrongState);
}

StoredFact FakeOwner::decide_catalog(const std::string& body) {
  using namespace catalog;
  const auto command = wire::decode_catalog_command(body).value();
  if (const auto* upload = std::get_if<UploadRelease>(&command)) {
    const auto [known, fresh] = releases_.emplace(upload->release.release, body);
    if (!fresh) {
      if (known->second == body) return wire::encode_fact(Event(AlreadySatisfied{}));
      return wire::encode_fact(Event(Refused{Rejection::kIdInUse, "another body"}));
    }
    ReleaseUploaded fact{upload->release, upload->file_name, upload->notes, upload->by, 1};
    return wire::encode_fact(Event(std::move(fact)));
  }
  if (const auto* target = std::get_if<ApproveTarget>(&command))
    return wire::encode_fact(
        Event(TargetApproved{target->ecu, target->ecu_type, target->version, target->by}));
  if (const auto* gone = std::get_if<DeprecateRelease>(&command))
    return wire::encode_fact(Event(ReleaseDeprecated{gone->release, gone->by, gone->reason, 2}));
  if (const auto* wanted = std::get_if<RequestPackage>(&command))
    return wire::encode_fact(Event(PackageRequested{wanted->key, wanted->content, 1, {}}));
  return wire::encode_fact(Event(AlreadySatisfied{}));
}

StoredFact FakeOwner::decide_vehicle(const InboxRecord& record, const std::string& body) {
  using namespace vehicle;
  if (const auto* report = std::get_if<ReportCause>(&record.cause);
      report != nullptr && !places_.emplace(report->vehicle, report->place).second)
    return wire::encode_fact(Event(AlreadySatisfied{}));
  const auto command = wire::decode_report(record.kind, record.content_type, record.subject,
                                           record.sealed_vin, body);
  if (!command)
    return wire::encode_fact(
        Event(Refused{record.subject, Rejection::kUndecodable, command.error().context}));
  if (const auto* one = std::get_if<Register>(&*command))
    return wire::encode_fact(Event(
        VehicleRegistered{one->vehicle, one->model, one->year, one->vmg_id, one->sealed_vin}));
  if (const auto* vci = std::get_if<ReportVci>(&*command))
    return wire::encode_fact(Event(VciRecorded{vci->vehicle, {}, vci->boot_count}));
  return wire::encode_fact(Event(Refused{record.subject, Rejection::kUnknownCommand, "no offer"}));
}

}  // namespace motorcade::https::testing_support
