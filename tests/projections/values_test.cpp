#include "adapters/postgres/values.hpp"

#include <gtest/gtest.h>

namespace motorcade::postgres {
namespace {

constexpr auto kMark = "\xEF\xBF\xBD";

TEST(CleanText, KeepsWellFormedText) {
  EXPECT_EQ(clean("Größe 漢字 \xF0\x9F\x9A\x97"), "Größe 漢字 \xF0\x9F\x9A\x97");
}

TEST(CleanText, ReplacesNulAndWhatIsNotUtf8) {
  using namespace std::string_literals;
  EXPECT_EQ(clean("a\0b"s), "a"s + kMark + "b");
  EXPECT_EQ(clean("\xC0\x80"), std::string(kMark) + kMark);  // overlong
  EXPECT_EQ(clean("\xED\xA0\x80").size(), 9u);               // a surrogate
  EXPECT_EQ(clean("\xF5x"), std::string(kMark) + "x");       // beyond U+10FFFF
  EXPECT_EQ(clean("\xE6\xBC"), std::string(kMark) + kMark);  // cut off
}

TEST(CleanText, IsBoundedAtWholeCharacters) {
  EXPECT_EQ(clean("漢漢", 5), "漢");
  EXPECT_EQ(short_text(std::string(1000, 'x')).size(), 255u);
}

TEST(Timestamp, IsRfc3339InUtc) {
  EXPECT_EQ(timestamp(Time(std::chrono::microseconds(1'700'000'000'000'001))),
            "2023-11-14T22:13:20.000001Z");
}

}  // namespace
}  // namespace motorcade::postgres
