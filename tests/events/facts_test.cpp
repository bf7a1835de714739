// Every fact survives its encoding, has a number of its own, and names its aggregate.
#include "events/wire/facts.hpp"

#include <gtest/gtest.h>

#include <set>

#include "events/examples.hpp"
#include "events/wire/errc.hpp"

namespace motorcade::wire {
namespace {

Result<vehicle::Event> decode(const vehicle::Event&, const StoredFact& f) {
  return decode_vehicle_fact(f.type, f.schema_version, f.payload);
}
Result<campaign::Event> decode(const campaign::Event&, const StoredFact& f) {
  return decode_campaign_fact(f.type, f.schema_version, f.payload);
}
Result<catalog::Event> decode(const catalog::Event&, const StoredFact& f) {
  return decode_catalog_fact(f.type, f.schema_version, f.payload);
}

template <class Event>
class Facts : public testing::Test {};
using Streams = testing::Types<vehicle::Event, campaign::Event, catalog::Event>;
TYPED_TEST_SUITE(Facts, Streams);

TYPED_TEST(Facts, EveryFactSurvivesItsEncoding) {
  for (const auto& event : examples::all<TypeParam>()) {
    const auto stored = encode_fact(event);
    const auto decoded = decode(event, stored);
    ASSERT_TRUE(decoded) << to_string(decoded.error());
    EXPECT_TRUE(*decoded == event) << fact_type(stored.type)->name;
  }
}

TYPED_TEST(Facts, EveryFactIsEncodedTheSameWayTwice) {
  for (const auto& event : examples::all<TypeParam>())
    EXPECT_EQ(encode_fact(event), encode_fact(event));
}

TYPED_TEST(Facts, AParseObjectRemembersNothingOfTheFactBefore) {
  using First = std::variant_alternative_t<0, TypeParam>;
  const auto full = encode_fact(TypeParam(examples::example(examples::Of<First>{})));
  const auto empty = encode_fact(TypeParam(First{}));
  ASSERT_TRUE(decode(TypeParam{}, full));
  const auto decoded = decode(TypeParam{}, empty);
  ASSERT_TRUE(decoded);
  EXPECT_TRUE(*decoded == TypeParam(First{}));
}

TYPED_TEST(Facts, AnyBytesAreAFactOrAnError) {
  for (const auto& event : examples::all<TypeParam>()) {
    const auto stored = encode_fact(event);
    for (std::size_t length = 0; length < stored.payload.size(); ++length)
      (void)decode(event,
                   {stored.aggregate, "", {}, stored.type, 1, stored.payload.substr(0, length)});
    for (std::size_t bit = 0; bit < stored.payload.size() * 8; ++bit) {
      auto flipped = stored;
      flipped.payload[bit / 8] = static_cast<char>(flipped.payload[bit / 8] ^ (1 << bit % 8));
      (void)decode(event, flipped);
    }
  }
}

TEST(FactTypes, AreSortedAndTheirNamesAreUnique) {
  std::set<std::string_view> names;
  std::uint16_t before = 0;
  for (const auto& type : fact_types()) {
    EXPECT_LT(before, type.number);
    EXPECT_TRUE(names.insert(type.name).second) << type.name;
    EXPECT_EQ(to_string(type.stream), type.name.substr(0, type.name.find('.')));
    EXPECT_EQ(fact_type(type.number), &type);
    before = type.number;
  }
  EXPECT_EQ(names.size(), std::variant_size_v<vehicle::Event> +
                              std::variant_size_v<campaign::Event> +
                              std::variant_size_v<catalog::Event>);
  EXPECT_EQ(fact_type(0), nullptr);
  EXPECT_EQ(fact_type(100), nullptr);
  EXPECT_EQ(fact_type(65535), nullptr);
}

TEST(FactErrors, AnUnknownTypeSaysItsNumberAndWhatToDo) {
  const auto unknown = decode_vehicle_fact(9999, 1, "");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::kUnknownType);
  EXPECT_NE(unknown.error().context.find("9999"), std::string::npos);
  EXPECT_NE(unknown.error().context.find("newer"), std::string::npos);
}

TEST(FactErrors, ANewerSchemaSaysTypeAndVersions) {
  const auto newer = decode_vehicle_fact(kFactNumber<vehicle::StepReported>, 2, "");
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, Errc::kNewerSchema);
  EXPECT_NE(newer.error().context.find("vehicle.StepReported"), std::string::npos);
  EXPECT_NE(newer.error().context.find("up to version 1"), std::string::npos);
}

TEST(FactErrors, AFactOfAnotherStreamIsRefused) {
  const auto fact = encode_fact(vehicle::Event(vehicle::AlreadySatisfied{}));
  EXPECT_FALSE(decode_campaign_fact(fact.type, fact.schema_version, fact.payload));
  EXPECT_FALSE(decode_catalog_fact(fact.type, fact.schema_version, fact.payload));
}

TEST(FactErrors, AValueThatCannotBeNamesItsField) {
  // Partition number 65536 in WaiterAdded: field 2 { field 2: 0x10000 }.
  const auto decoded = decode_catalog_fact(kFactNumber<catalog::WaiterAdded>, 1,
                                           std::string("\x12\x04\x10\x80\x80\x04", 6));
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, Errc::kInvalid);
  EXPECT_NE(decoded.error().context.find("number is out of range"), std::string::npos)
      << decoded.error().context;
}

TEST(Facts, TextThatIsNotUtf8StaysReadable) {
  const vehicle::Event event = vehicle::Refused{{}, vehicle::Rejection::kUndecodable, "half \xc3"};
  const auto stored = encode_fact(event);
  const auto decoded = decode(event, stored);
  ASSERT_TRUE(decoded);
  EXPECT_TRUE(*decoded == event);
}

TEST(Aggregates, AreNamedAsTheEnvelopeStoresThem) {
  using examples::example;
  using examples::Of;
  const auto of = [](const vehicle::Event& event) { return aggregate_of(event); };
  const auto offered = example(Of<vehicle::Offered>{});
  EXPECT_EQ(of(offered), (Aggregate{AggregateType::kVehicle, std::string(offered.vehicle.view())}));
  const auto order = example(Of<vehicle::OrderTaken>{});
  EXPECT_EQ(of(order),
            (Aggregate{AggregateType::kOrder, std::string(order.order.campaign.view())}));
  const auto planned = example(Of<vehicle::PackagePlanned>{});
  EXPECT_EQ(of(planned), (Aggregate{AggregateType::kOrder, std::string(planned.campaign.view())}));
  const auto noted = example(Of<vehicle::PackageNoted>{});
  EXPECT_EQ(of(noted), (Aggregate{AggregateType::kPackage, std::string(noted.key.view())}));
  EXPECT_EQ(of(example(Of<vehicle::Refused>{})), Aggregate{});
  EXPECT_EQ(of(example(Of<vehicle::ConfigurationInterned>{})), Aggregate{});
  EXPECT_EQ(of(example(Of<vehicle::AlreadySatisfied>{})), Aggregate{});
  EXPECT_EQ(aggregate_of(catalog::Event(example(Of<catalog::TargetApproved>{}))),
            (Aggregate{AggregateType::kTarget, "ECU_011"}));
  EXPECT_EQ(aggregate_of(campaign::Event(example(Of<campaign::TallyTaken>{}))),
            (Aggregate{AggregateType::kCampaign, std::string(examples::kTally.campaign.view())}));
}

TEST(FactText, ShowsIdsAsHexAndTextAsText) {
  const auto stored = encode_fact(vehicle::Event(vehicle::StepReported{
      examples::id<VehicleId>(35), {}, vehicle::ReportedStep::kFailed, "flash"}));
  const auto text = fact_as_text(stored.type, stored.schema_version, stored.payload);
  ASSERT_TRUE(text) << to_string(text.error());
  EXPECT_EQ(*text, "vehicle: " + to_hex(examples::id<VehicleId>(35)) +
                       " step: REPORTED_STEP_FAILED reason: \"flash\"");
}

}  // namespace
}  // namespace motorcade::wire
