// Writing: a request becomes a record, its envelope becomes the answer. What the domain refused is
// a problem that names the rejection; what is not decided in time is a 202.
#pragma once
#include "adapters/https/message.hpp"
#include "adapters/https/work.hpp"
#include "engine/edge/replies.hpp"
#include "events/campaign.hpp"
#include "events/catalog.hpp"
#include "events/vehicle.hpp"

namespace motorcade::https {

/// What this request is called: hash of principal, route with its path, `subject` (what the key
/// counts for, if not all of the path), and `Idempotency-Key`; without the header it is random.
/// 400: a key that is not 1 to 200 visible characters.
[[nodiscard]] Checked<MessageId> id_of(const Work& work, const Request& request,
                                       std::string_view subject = {});

template <class Fact, class Event>
inline constexpr bool kIsOneOf = false;
template <class Fact, class... Facts>
inline constexpr bool kIsOneOf<Fact, std::variant<Facts...>> = (std::is_same_v<Fact, Facts> || ...);

/// A request whose record was taken and whose facts are known.
struct Written {
  MessageId id;
  edge::Outcome outcome;
  std::vector<campaign::Event> campaign_facts;  // of these three, one is not empty
  std::vector<catalog::Event> catalog_facts;
  std::vector<vehicle::Event> vehicle_facts;

  /// The last of its kind; null: there is none.
  template <class Fact>
  [[nodiscard]] const Fact* find() const {
    if constexpr (kIsOneOf<Fact, campaign::Event>) return last_of<Fact>(campaign_facts);
    if constexpr (kIsOneOf<Fact, catalog::Event>) return last_of<Fact>(catalog_facts);
    if constexpr (kIsOneOf<Fact, vehicle::Event>) return last_of<Fact>(vehicle_facts);
  }

 private:
  template <class Fact, class Event>
  static const Fact* last_of(const std::vector<Event>& facts) {
    const Fact* found = nullptr;
    for (const auto& fact : facts)
      if (const auto* one = std::get_if<Fact>(&fact)) found = one;
    return found;
  }
};

/// A write under way: registered before its record is sent. Once per request.
class Write {
 public:
  Write(Work& work, const Request& request, MessageId id);

  /// Sends and waits. None: not decided in time (answer `pending`). Problems: the domain's refusal,
  /// or the world's failure.
  [[nodiscard]] asio::awaitable<Checked<std::optional<Written>>> commit(Result<InboxRecord> record);
  /// Waits, within the time that is left for the outcome, until every partition of the stream knows
  /// what was written.
  [[nodiscard]] asio::awaitable<bool> spread(Stream stream, const Written& written);

 private:
  Work& work_;
  MessageId id_;
  Slot slot_;
  edge::Replies::Ticket ticket_;
};

/// 202 with the place where the outcome will be.
[[nodiscard]] Response pending(Work& work, MessageId id);
/// With `Motorcade-Position` and, in the body, "position".
[[nodiscard]] Response written(unsigned status, const Written& written, std::string members = "");

}  // namespace motorcade::https
