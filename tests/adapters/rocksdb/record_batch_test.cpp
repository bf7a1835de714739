#include "adapters/rocksdb/record_batch.hpp"

#include <gtest/gtest.h>

#include "adapters/rocksdb/crc32c.hpp"
#include "adapters/rocksdb/keys.hpp"

namespace motorcade::rocks {
namespace {

using Envelopes = std::vector<std::string>;

TEST(Crc32c, HasTheValuesOfRfc3720) {
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
  std::string rising;
  for (char c = 0; c < 32; ++c) rising.push_back(c);
  EXPECT_EQ(crc32c(rising), 0x46dd794eU);
  EXPECT_EQ(crc32c("56789", crc32c("1234")), crc32c("123456789"));
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
}

TEST(RecordBatch, GivesBackWhatWasPacked) {
  const Envelopes envelopes{"one", "", std::string(70'000, 'x')};
  const auto bytes = pack({41}, envelopes);
  const auto batch = RecordBatch::check({41}, bytes);
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->end().value, 44U);
  Envelopes found;
  batch->each([&](Sequence sequence, std::string_view envelope) {
    EXPECT_EQ(sequence.value, 41 + found.size());
    found.emplace_back(envelope);
    return true;
  });
  EXPECT_EQ(found, envelopes);
}

TEST(RecordBatch, BelongsToItsPlace) {
  EXPECT_FALSE(RecordBatch::check({1}, pack({2}, Envelopes{"x"})));
}

TEST(RecordBatch, NoAlteredByteAndNoPrefixPasses) {
  const auto bytes = pack({7}, Envelopes{"alpha", "beta"});
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_FALSE(RecordBatch::check({7}, std::string_view(bytes).substr(0, i))) << i;
    for (int bit = 0; bit < 8; ++bit) {
      auto altered = bytes;
      altered[i] = static_cast<char>(altered[i] ^ 1 << bit);
      EXPECT_FALSE(RecordBatch::check({7}, altered)) << i << '.' << bit;
    }
  }
  EXPECT_FALSE(RecordBatch::check({7}, bytes + '\0'));
}

TEST(RecordBatch, SizesThatLieAreRefusedEvenWithARightChecksum) {
  auto bytes = pack({7}, Envelopes{"alpha", "beta"});
  for (const char* size : {"\xff\xff\xff\xff", "\x00\x00\x00\x06", "\x00\x00\x00\x00"}) {
    auto lying = bytes;
    lying.replace(17, 4, std::string(size, 4));
    std::string checksum;
    put_integer(checksum, crc32c(std::string_view(lying).substr(5)));
    lying.replace(1, 4, checksum);
    EXPECT_FALSE(RecordBatch::check({7}, lying));
  }
}

TEST(Keys, OrderAsPlacesDo) {
  const Partition a{Stream::kVehicle, 1}, b{Stream::kVehicle, 2}, c{Stream::kCampaign, 0};
  EXPECT_LT(key_of(a, 255), key_of(a, 256));
  EXPECT_LT(end_key_of(a), key_of(b, 0));
  EXPECT_LT(end_key_of(b), key_of(c, 0));
  EXPECT_EQ(place_in(a, key_of(a, 77)), 77U);
  EXPECT_FALSE(place_in(b, key_of(a, 77)));
}

}  // namespace
}  // namespace motorcade::rocks
