// The owner of every partition, as small as the edge's tests need it: one envelope per record, with
// facts that look like the real ones. Duplicates are "already satisfied".
#pragma once
#include <boost/asio/awaitable.hpp>
#include <map>
#include <set>

#include "adapters/files/key_store.hpp"
#include "adapters/memory/log.hpp"

namespace motorcade::https::testing_support {

class FakeOwner {
 public:
  FakeOwner(memory::Log& log, files::KeyFiles& keys) : log_(log), keys_(keys) {}

  boost::asio::awaitable<void> own(Partition partition);

  bool asleep = false;            ///< takes no record
  bool deaf_to_messages = false;  ///< campaign partitions leave messages unread
  std::size_t records = 0;        ///< taken so far
  std::size_t waiting = 0;        ///< times that a record had to wait
  std::size_t created = 0;        ///< campaigns
  std::vector<InboxRecord> log_of_records;

 private:
  StoredFact decide(const InboxRecord& record);
  StoredFact decide_campaign(const std::string& body);
  StoredFact decide_catalog(const std::string& body);
  StoredFact decide_vehicle(const InboxRecord& record, const std::string& body);
  boost::asio::awaitable<void> tell_campaigns(Position source);

  memory::Log& log_;
  files::KeyFiles& keys_;
  std::map<CampaignId, std::string> campaigns_, authors_;
  std::map<ReleaseId, std::string> releases_;
  std::set<std::tuple<VehicleId, ReportPlace>> places_;
};

}  // namespace motorcade::https::testing_support
