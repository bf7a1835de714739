// What state machines say to each other, and where to. The shell gives each message its id and its
// place in an inbox.
#pragma once
#include <variant>

#include "events/campaign.hpp"
#include "events/catalog.hpp"
#include "events/vehicle.hpp"

namespace motorcade {

using MessageBody = std::variant<vehicle::TakeOrder, vehicle::NotePackage, vehicle::NoteRelease,
                                 campaign::TakeSurvey, campaign::TakeTally, campaign::NoteRelease,
                                 catalog::RequestPackage>;

struct Message {
  Partition to;
  MessageBody body;
  friend bool operator==(const Message&, const Message&) = default;
};

}  // namespace motorcade
