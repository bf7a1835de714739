// One golden file per fact and schema version, kept for ever: what was once written is read to the
// same value.
//
// A file has two lines: the payload in hex, and what it says (events/wire, fact_as_text) once it is
// raised to the newest version. For a new version: MOTORCADE_WRITE_GOLDEN=1 writes files that do
// not exist; nothing ever overwrites one.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "events/examples.hpp"
#include "events/wire/facts.hpp"

namespace motorcade::wire {
namespace {

const std::filesystem::path kFolder = MOTORCADE_GOLDEN_DIR;

std::filesystem::path file_of(const FactType& type, std::uint16_t version) {
  return kFolder / (std::string(type.name) + ".v" + std::to_string(version) + ".hex");
}

std::string bytes_of(const std::string& hex) {
  std::string bytes(hex.size() / 2, '\0');
  EXPECT_TRUE(hex_into(hex, reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()));
  return bytes;
}

struct Golden {
  std::string payload, text;
};
/// Fails the test if the file is not there.
Golden read(const FactType& type, std::uint16_t version) {
  std::ifstream in(file_of(type, version));
  std::string hex, text;
  std::getline(in, hex);
  std::getline(in, text);
  EXPECT_FALSE(!in && !in.eof()) << file_of(type, version)
                                 << " is missing: see the top of this test";
  return {bytes_of(hex), text};
}

/// The example of a fact, encoded; the golden file of the newest version holds exactly it.
StoredFact example_of(const FactType& type) {
  const auto find = [&](const auto& events) -> std::optional<StoredFact> {
    for (const auto& event : events)
      if (auto stored = encode_fact(event); stored.type == type.number) return stored;
    return std::nullopt;
  };
  if (auto found = find(examples::all<vehicle::Event>())) return *found;
  if (auto found = find(examples::all<campaign::Event>())) return *found;
  return find(examples::all<catalog::Event>()).value();
}

/// What a program reads of it today: decoded into our struct, encoded again, as text.
std::string told(const FactType& type, std::uint16_t version, const std::string& payload) {
  const auto encode_again = [&](const auto& decoded) -> std::string {
    if (!decoded) return to_string(decoded.error());
    return fact_as_text(type.number, type.schema_version, encode_fact(*decoded).payload).value();
  };
  switch (type.stream) {
    case Stream::kVehicle:
      return encode_again(decode_vehicle_fact(type.number, version, payload));
    case Stream::kCampaign:
      return encode_again(decode_campaign_fact(type.number, version, payload));
    case Stream::kCatalog:
      return encode_again(decode_catalog_fact(type.number, version, payload));
  }
  return {};
}

void write_if_missing(const FactType& type) {
  const auto file = file_of(type, type.schema_version);
  if (!std::getenv("MOTORCADE_WRITE_GOLDEN") || std::filesystem::exists(file)) return;
  std::filesystem::create_directories(kFolder);
  const auto payload = example_of(type).payload;
  std::ofstream(file) << to_hex(payload) << '\n'
                      << told(type, type.schema_version, payload) << '\n';
}

TEST(Golden, EveryVersionOfEveryFactIsReadToTheSameValue) {
  for (const auto& type : fact_types()) {
    write_if_missing(type);
    for (std::uint16_t version = 1; version <= type.schema_version; ++version) {
      const auto golden = read(type, version);
      EXPECT_EQ(told(type, version, golden.payload), golden.text) << type.name;
    }
  }
}

TEST(Golden, TheNewestVersionIsWhatIsWritten) {
  for (const auto& type : fact_types())
    EXPECT_EQ(to_hex(read(type, type.schema_version).payload), to_hex(example_of(type).payload))
        << type.name
        << ": its schema changed; raise its version, write an upcaster, keep this file";
}

TEST(FactTypes, AreListedInTheDocumentation) {
  std::ifstream in(std::filesystem::path(MOTORCADE_DOCS_DIR) / "log.md");
  const std::string document{std::istreambuf_iterator<char>(in), {}};
  for (const auto& type : fact_types()) {
    const auto row = "| " + std::to_string(type.number) + " | " + std::string(type.name) + " | " +
                     std::to_string(type.schema_version) + " |";
    EXPECT_NE(document.find(row), std::string::npos) << "docs/log.md has no row " << row;
  }
}

}  // namespace
}  // namespace motorcade::wire
