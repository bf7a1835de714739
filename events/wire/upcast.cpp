#include "events/wire/upcast.hpp"

#include "events/wire/errc.hpp"
#include "events/wire/fact_types.hpp"

namespace motorcade::wire {

Upcasters& Upcasters::add(std::uint16_t type, std::uint16_t from, Upcaster upcaster) {
  table_[{type, from}] = upcaster;
  return *this;
}

Result<std::string_view> Upcasters::raise(std::uint16_t type, std::uint16_t version,
                                          std::string_view payload, std::string& scratch) const {
  const auto* known = fact_type(type);
  if (!known)
    return failure(Errc::kUnknownType, "fact type " + std::to_string(type) +
                                           " is not in this program's table; run the version that "
                                           "wrote this log, or a newer one");
  const auto named = [&](std::uint16_t at) {
    return std::string(known->name) + " (type " + std::to_string(type) + ") of schema version " +
           std::to_string(at);
  };
  if (version > known->schema_version)
    return failure(Errc::kNewerSchema, named(version) + ": this program reads up to version " +
                                           std::to_string(known->schema_version) +
                                           "; run the version that wrote this log, or a newer one");
  for (auto at = version; at < known->schema_version; ++at) {
    const auto step = table_.find({type, at});
    if (step == table_.end())
      return failure(Errc::kUnknownType, named(at) +
                                             " has no upcaster; it was never released, or "
                                             "the log is damaged: run `motorcade log verify`");
    TRY(auto raised, step->second(payload));
    scratch = std::move(raised);
    payload = scratch;
  }
  return payload;
}

namespace {
/// The next version added fields that read as zero where they are missing.
Result<std::string> as_it_is(std::string_view payload) {
  return std::string(payload);
}
}  // namespace

const Upcasters& Upcasters::standard() {
  static const Upcasters instance = Upcasters()
                                        .add(kFactNumber<vehicle::MembersScanned>, 1, as_it_is)
                                        .add(kFactNumber<campaign::TallyTaken>, 1, as_it_is)
                                        .add(kFactNumber<campaign::WavePassed>, 1, as_it_is)
                                        .add(kFactNumber<campaign::WaveHeld>, 1, as_it_is);
  return instance;
}

}  // namespace motorcade::wire
