#include "adapters/https/form_data.hpp"

#include <gtest/gtest.h>

namespace motorcade::https {
namespace {

/// Writes down what it gets: `file(name,file name):bytes` and `name=value`.
class Notes final : public FormDataSink {
 public:
  Checked<void> file_begins(std::string_view name, std::string_view file_name) override {
    text += "file(" + std::string(name) + ',' + std::string(file_name) + "):";
    return {};
  }
  Checked<void> file_bytes(std::string_view bytes) override {
    text += bytes;
    return {};
  }
  Checked<void> field(std::string_view name, std::string_view value) override {
    text += std::string(name) + '=' + std::string(value) + ';';
    return {};
  }
  std::string text;
};

/// What is read when the body comes in pieces that end at `cuts`; "!status" at the end if refused.
std::string read(const std::string& body, const std::vector<std::size_t>& cuts) {
  Notes notes;
  FormDataParser parser("B", notes);
  std::size_t from = 0;
  const auto feed = [&](std::size_t to) {
    const auto fed = parser.feed(std::string_view(body).substr(from, to - from));
    from = to;
    return fed;
  };
  for (const auto cut : cuts)
    if (const auto fed = feed(cut); !fed)
      return notes.text + '!' + std::to_string(fed.error().status);
  if (const auto fed = feed(body.size()); !fed)
    return notes.text + '!' + std::to_string(fed.error().status);
  if (const auto done = parser.finish(); !done)
    return notes.text + '!' + std::to_string(done.error().status);
  return notes.text;
}

const std::string kField =
    "--B\r\nContent-Disposition: form-data; name=\"version\"\r\n\r\n1.2.3\r\n";
// Bytes that look like the boundary's beginning, at every place where they may stand.
const std::string kHostile = "\r\n--\r\n--A\r\n-\r\n\r\r\n--b\n--B\r--B\r\n--";
const std::string kFile =
    "--B\r\nContent-Type: application/octet-stream\r\n"
    "content-disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\".bin\"\r\n\r\n" +
    kHostile + "\r\n";
const std::string kRead = "version=1.2.3;file(file,a \"b\".bin):" + kHostile;

TEST(FormData, ReadsFieldsAndAFile) {
  EXPECT_EQ(read(kField + kFile + "--B--\r\n", {}), kRead);
}

TEST(FormData, TheSameWhereverItIsSplitInTwo) {
  const auto body = kField + kFile + "--B--\r\nepilogue";
  for (std::size_t cut = 0; cut <= body.size(); ++cut) ASSERT_EQ(read(body, {cut}), kRead) << cut;
}

TEST(FormData, TheSameByteByByte) {
  const auto body = "preamble\r\n" + kField + kFile + "--B--";
  std::vector<std::size_t> cuts;
  for (std::size_t cut = 1; cut < body.size(); ++cut) cuts.push_back(cut);
  EXPECT_EQ(read(body, cuts), kRead);
}

TEST(FormData, TheSameWhereverItIsSplitInThree) {
  const auto body = kFile + "--B--";
  const auto whole = read(body, {});
  for (std::size_t first = 0; first <= body.size(); ++first)
    for (std::size_t second = first; second <= body.size(); second += 7)
      ASSERT_EQ(read(body, {first, second}), whole) << first << ' ' << second;
}

TEST(FormData, AnEmptyFileAndAnEmptyFieldArePartsToo) {
  EXPECT_EQ(read("--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\n\r\n\r\n"
                 "--B\r\nContent-Disposition: form-data; name=notes\r\n\r\n\r\n--B--",
                 {}),
            "file(file,):notes=;");
}

struct Bad {
  const char *why, *body, *status;
};
class BadFormData : public testing::TestWithParam<Bad> {};
TEST_P(BadFormData, IsRefusedWhereverItIsSplit) {
  const std::string body = GetParam().body;
  for (std::size_t cut = 0; cut <= body.size(); ++cut) {
    const auto seen = read(body, {cut});
    ASSERT_TRUE(seen.ends_with(std::string("!") + GetParam().status))
        << GetParam().why << ": " << seen;
  }
}
INSTANTIATE_TEST_SUITE_P(
    Table, BadFormData,
    testing::Values(
        Bad{"nothing", "", "400"}, Bad{"no boundary at all", "hello", "400"},
        Bad{"ends at once", "--B--", "400"},
        Bad{"ends in the data", "--B\r\nContent-Disposition: form-data; name=a\r\n\r\nxyz", "400"},
        Bad{"ends in the headers", "--B\r\nContent-Disposition: form-da", "400"},
        Bad{"ends in the boundary", "--B\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--B",
            "400"},
        Bad{"no disposition", "--B\r\nContent-Type: text/plain\r\n\r\nx\r\n--B--", "400"},
        Bad{"no headers", "--B\r\n\r\nx\r\n--B--", "400"},
        Bad{"no name", "--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--", "400"},
        Bad{"another disposition",
            "--B\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--B--", "400"},
        Bad{"a header without colon", "--B\r\nnonsense\r\n\r\nx\r\n--B--", "400"},
        Bad{"a boundary that goes on", "--Bx\r\n\r\nx\r\n--B--", "400"}));

TEST(FormData, HeadersFieldsAndPartsAreLimited) {
  const std::string begin = "--B\r\nContent-Disposition: form-data; name=a\r\n";
  EXPECT_EQ(read(begin + "X: " + std::string(9000, 'x') + "\r\n\r\n1\r\n--B--", {}), "!413");
  EXPECT_EQ(read(begin + "X: " + std::string(9000, 'x'), {}), "!413");
  EXPECT_EQ(read(begin + "\r\n" + std::string(17000, 'x') + "\r\n--B--", {}), "!413");
  std::string many;
  for (int i = 0; i < 33; ++i) many += begin + "\r\n1\r\n";
  EXPECT_TRUE(read(many + "--B--", {}).ends_with("!413"));
  EXPECT_EQ(read("--B" + std::string(300, ' ') + "\r\n", {}), "!400");
}

TEST(FormData, FindsTheBoundaryOfTheContentType) {
  EXPECT_EQ(form_data_boundary("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(form_data_boundary("Multipart/Form-Data; charset=utf-8; BOUNDARY=\"a b;c\""), "a b;c");
  EXPECT_EQ(form_data_boundary("multipart/form-data"), std::nullopt);
  EXPECT_EQ(form_data_boundary("multipart/form-data; boundary="), std::nullopt);
  EXPECT_EQ(form_data_boundary("multipart/form-data; boundary=\"\r\n\""), std::nullopt);
  EXPECT_EQ(form_data_boundary("multipart/mixed; boundary=abc"), std::nullopt);
  EXPECT_EQ(form_data_boundary("multipart/form-data; boundary=" + std::string(71, 'x')),
            std::nullopt);
  EXPECT_EQ(form_data_boundary("multipart/form-data; boundary=\"abc"), "abc");
  EXPECT_EQ(form_data_boundary("multipart/form-data;;;=;"), std::nullopt);
}

}  // namespace
}  // namespace motorcade::https
