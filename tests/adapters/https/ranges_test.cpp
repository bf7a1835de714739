#include "adapters/https/ranges.hpp"

#include <gtest/gtest.h>

namespace motorcade::https {
namespace {

struct Row {
  const char* header;
  const char* expected;  ///< "first-last …", "all" (no range) or "416"
};

std::string seen(std::string_view header, std::uint64_t size) {
  const auto ranges = ranges_from(header, size);
  if (!ranges) return std::to_string(ranges.error().status);
  if (!*ranges) return "all";
  std::string text;
  for (const auto& range : **ranges)
    text +=
        (text.empty() ? "" : " ") + std::to_string(range.first) + '-' + std::to_string(range.last);
  return text;
}

class Ranges : public testing::TestWithParam<Row> {};
TEST_P(Ranges, OfAThousandBytes) {
  EXPECT_EQ(seen(GetParam().header, 1000), GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(
    Table, Ranges,
    testing::Values(
        Row{"", "all"}, Row{"bytes=0-0", "0-0"}, Row{"bytes=0-499", "0-499"},
        Row{"bytes=500-", "500-999"}, Row{"bytes=-1", "999-999"}, Row{"bytes=-2000", "0-999"},
        Row{"bytes=999-", "999-999"}, Row{"bytes=990-5000", "990-999"}, Row{"bytes=1000-", "416"},
        Row{"bytes=-0", "416"}, Row{"bytes=5000-6000", "416"}, Row{"bytes=0-0,-1", "0-0 999-999"},
        Row{"bytes=500-600,601-999", "500-999"}, Row{"bytes=0-99,50-149", "0-149"},
        Row{"bytes=900-, 0-9", "900-999 0-9"}, Row{"bytes=0-9,2000-", "0-9"},
        Row{"bytes= 0-9 ,\t20-29", "0-9 20-29"}, Row{"bytes=0-9,,20-29,", "0-9 20-29"},
        Row{"bytes=", "all"}, Row{"bytes=,", "all"}, Row{"bytes=9-0", "all"},
        Row{"bytes=a-b", "all"}, Row{"bytes=1", "all"}, Row{"bytes=--1", "all"},
        Row{"bytes=0-9;20-29", "all"}, Row{"bytes=0x0-0x9", "all"}, Row{"bytes=-", "all"},
        Row{"bytes=+1-2", "all"}, Row{"lines=0-9", "all"}, Row{"bytes 0-9", "all"},
        Row{"bytes=99999999999999999999-", "416"}, Row{"bytes=0-99999999999999999999", "0-999"},
        Row{"bytes=-99999999999999999999", "0-999"},
        Row{"bytes=0-1,3-4,6-7,9-10,12-13,15-16,18-19,21-22,24-25,27-28,30-31,33-34,"
            "36-37,39-40,42-43,45-46,48-49",
            "416"}));

TEST(RangesOfNothing, NoRangeOfAnEmptyPackageCanBeSatisfied) {
  EXPECT_EQ(seen("bytes=0-0", 0), "416");
  EXPECT_EQ(seen("bytes=-1", 0), "416");
  EXPECT_EQ(seen("", 0), "all");
}

TEST(RangesRefused, NameTheSizeInContentRange) {
  const auto refused = ranges_from("bytes=5000-", 1000);
  ASSERT_FALSE(refused);
  ASSERT_EQ(refused.error().headers.size(), 1u);
  EXPECT_EQ(refused.error().headers[0].second, "bytes */1000");
}

}  // namespace
}  // namespace motorcade::https
