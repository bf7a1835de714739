#include "events/wire/fact_types.hpp"

#include <algorithm>

namespace motorcade::wire {
namespace {

constexpr Stream stream_of(std::string_view name) {
  return name[1] == 'e' ? Stream::kVehicle : name[2] == 'm' ? Stream::kCampaign : Stream::kCatalog;
}

#define MOTORCADE_ROW_(stream, fact, number, version) \
  FactType{stream_of(#stream), number, version, #stream "." #fact},
constexpr FactType kTypes[] = {MOTORCADE_FACTS(MOTORCADE_ROW_)};
#undef MOTORCADE_ROW_
static_assert(std::ranges::is_sorted(kTypes, std::less_equal<>{}, &FactType::number) ||
              std::size(kTypes) == 0);

}  // namespace

std::span<const FactType> fact_types() {
  return kTypes;
}

const FactType* fact_type(std::uint16_t number) {
  const auto* found = std::ranges::lower_bound(kTypes, number, {}, &FactType::number);
  return found != std::end(kTypes) && found->number == number ? found : nullptr;
}

}  // namespace motorcade::wire
