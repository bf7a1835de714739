#include "simulation/watcher.hpp"

#include "engine/shell/replay.hpp"

namespace motorcade::simulation {

namespace {
template <core::Machine M>
std::vector<shell::Fold<M>> folds(const ports::LogBirth& birth) {
  std::vector<shell::Fold<M>> made;
  const auto stream = shell::Codec<M>::kStream;
  for (std::uint16_t n = 0; n < birth.counts.of(stream); ++n)
    made.emplace_back(core::Context{{stream, n}, birth.counts, birth.incarnation});
  return made;
}

/// Not a repetition, and not refused because of its place: a fact of its own.
bool is_own_fact(const vehicle::Event& event) {
  if (std::holds_alternative<vehicle::AlreadySatisfied>(event)) return false;
  const auto* refused = std::get_if<vehicle::Refused>(&event);
  return refused == nullptr || (refused->reason != vehicle::Rejection::kLowerEpoch &&
                                refused->reason != vehicle::Rejection::kForeignOutbox &&
                                refused->reason != vehicle::Rejection::kBeyondWindow);
}
}  // namespace

Watcher::Watcher(std::shared_ptr<memory::Store> store)
    : store_(std::move(store)),
      shards_(folds<core::shard::Shard>(store_->birth())),
      campaigns_(folds<core::campaigns::Campaigns>(store_->birth())),
      catalogs_(folds<core::catalogs::Catalog>(store_->birth())) {}

void Watcher::look() {
  for (auto& shard : shards_) fold(shard);
  for (auto& catalog : catalogs_) fold(catalog);
  for (auto& campaign : campaigns_) fold(campaign);
}

template <core::Machine M>
void Watcher::fold(shell::Fold<M>& fold) {
  const auto self = fold.context().self;
  const auto& events = store_->events(self);
  while (fold.next().value < events.size() && problems_.empty()) {
    const auto at = fold.next();
    if (const auto applied = fold.apply({at, events[at.value]}); !applied) {
      problems_.push_back(to_string(applied.error()));
      return;
    }
    auto& [position, reacted] = places_[self];
    const auto& view = fold.view();
    const bool tick = std::holds_alternative<TickCause>(view.cause);
    const auto where = to_string(Position{self, at});
    if (view.position.value != position + (tick ? 0 : 1))
      problems_.push_back(where + ": an inbox record was passed over, or taken twice");
    if (view.reacted_through < reacted || view.reacted_through > at.value)
      problems_.push_back(where + ": reacted_through runs backwards or ahead");
    position = view.position.value;
    reacted = view.reacted_through;
    note(fold);
  }
}

void Watcher::note(const shell::Fold<core::shard::Shard>& fold) {
  const auto& view = fold.view();
  if (const auto* report = std::get_if<ReportCause>(&view.cause))
    reports_[report->vehicle][report->place] += is_own_fact(fold.events().front()) ? 1U : 0U;
  for (const auto& event : fold.events()) note_fact(event);
  auto& counts = counts_[{view.partition.number, view.sequence.value}];
  for (const auto& [id, campaign] : fold.state().campaigns) counts[id] = campaign.counts;
  if (keep_vehicle_facts)
    vehicle_facts_.insert(vehicle_facts_.end(), fold.events().begin(), fold.events().end());
}

void Watcher::note_fact(const vehicle::Event& event) {
  if (const auto* e = std::get_if<vehicle::VehiclesMatched>(&event)) {
    auto& all = matched_[e->campaign];
    all.insert(all.end(), e->vehicles.begin(), e->vehicles.end());
  }
  if (const auto* e = std::get_if<vehicle::Offered>(&event))
    waves_[{e->campaign, e->wave.value}].reached.insert(e->vehicle);
  if (const auto* e = std::get_if<vehicle::AssignmentEnded>(&event); e && e->command.is_zero())
    waves_[{e->campaign, e->wave.value}].reached.insert(e->vehicle);
}

void Watcher::note(const shell::Fold<core::campaigns::Campaigns>& fold) {
  for (const auto& event : fold.events()) {
    if (const auto* e = std::get_if<campaign::TallyTaken>(&event)) check_tally(e->tally);
    story_.push_back(event);
  }
}

/// A tally says what its shard's facts say, up to the sequence that it names.
void Watcher::check_tally(const Tally& tally) {
  const auto found = counts_.find({tally.shard.number, tally.sequence.value});
  if (found != counts_.end() && found->second[tally.campaign] == tally.waves) return;
  problems_.push_back("a tally of " + to_string(Position{tally.shard, tally.sequence}) +
                      " is not what its shard's facts say");
}

const core::campaigns::Campaign* Watcher::campaign(const CampaignId& id) const {
  for (const auto& fold : campaigns_)
    if (const auto found = fold.state().campaigns.find(id); found != fold.state().campaigns.end())
      return &found->second;
  return nullptr;
}

bool Watcher::knows_release(const ReleaseId& id) const {
  const auto knows = [&](const auto& fold) { return fold.state().releases.contains(id); };
  return std::all_of(shards_.begin(), shards_.end(), knows) &&
         std::all_of(campaigns_.begin(), campaigns_.end(), knows);
}

const core::shard::Vehicle* Watcher::vehicle(const VehicleId& id) const {
  return shards_[partition_of(id, static_cast<std::uint16_t>(shards_.size()))].state().find(id);
}

const core::shard::State& Watcher::shard(std::uint16_t number) const {
  return shards_[number].state();
}

std::vector<ports::OwnerState> Watcher::states() const {
  std::vector<ports::OwnerState> states;
  const auto add = [&](const auto& fold) {
    states.push_back({fold.context().self, fold.next(), fold.state_hash()});
  };
  for (const auto& fold : shards_) add(fold);
  for (const auto& fold : campaigns_) add(fold);
  for (const auto& fold : catalogs_) add(fold);
  return states;
}

const ReportFacts& Watcher::reports(const VehicleId& id) const {
  static const ReportFacts kNone;
  const auto found = reports_.find(id);
  return found == reports_.end() ? kNone : found->second;
}

namespace {
template <core::Machine M>
Result<ports::OwnerState> replay_as(const ports::Snapshot& snapshot, memory::Store& store) {
  shell::Fold<M> fold({snapshot.partition, store.birth().counts, store.birth().incarnation});
  if (!fold.restore(snapshot)) return failure(std::errc::bad_message, "a snapshot is not read");
  const auto& events = store.events(snapshot.partition);
  while (fold.next().value < events.size())
    TRY_VOID(fold.apply({fold.next(), events[fold.next().value]}));
  return ports::OwnerState{snapshot.partition, fold.next(), fold.state_hash()};
}
}  // namespace

Result<ports::OwnerState> replay_from(const ports::Snapshot& snapshot, memory::Store& store) {
  switch (snapshot.partition.stream) {
    case Stream::kVehicle:
      return replay_as<core::shard::Shard>(snapshot, store);
    case Stream::kCampaign:
      return replay_as<core::campaigns::Campaigns>(snapshot, store);
    case Stream::kCatalog:
      break;
  }
  return replay_as<core::catalogs::Catalog>(snapshot, store);
}

}  // namespace motorcade::simulation
