// Blobs and ECU storage: the same behaviour in memory and in files.
#include "vehicle_agent/ecu/storage.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace motorcade::in_vehicle {
namespace {

class Storage : public ::testing::Test {
 protected:
  Storage() {
    std::string name = (std::filesystem::temp_directory_path() / "storage.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    directory_ = name;
  }
  ~Storage() override { std::filesystem::remove_all(directory_); }
  std::filesystem::path directory_;
};

void behaves(Blob& blob) {
  EXPECT_EQ(blob.size_bytes(), 0u);
  const std::uint8_t hello[] = {'h', 'e', 'l', 'l', 'o'};
  ASSERT_TRUE(blob.write(0, hello));
  ASSERT_TRUE(blob.write(5, hello));
  EXPECT_EQ(blob.size_bytes(), 10u);
  std::uint8_t back[4];
  ASSERT_TRUE(blob.read(3, back));
  EXPECT_EQ(std::string(back, back + 4), "lohe");
  EXPECT_FALSE(blob.read(7, back)) << "beyond the end";
  EXPECT_EQ(sha256_of(blob).value(), digest::sha256("hellohello"));
  const auto image = std::make_shared<const std::string>("image");
  ASSERT_TRUE(blob.assign(image));
  EXPECT_EQ(blob.size_bytes(), 5u);
  ASSERT_TRUE(blob.write(0, std::span(hello).first(1)));
  EXPECT_EQ(sha256_of(blob).value(), digest::sha256("hmage"));
  EXPECT_EQ(*image, "image") << "others share it";
  ASSERT_TRUE(blob.clear());
  EXPECT_EQ(blob.size_bytes(), 0u);
}

TEST_F(Storage, BlobsBehaveAlike) {
  behaves(*make_memory_blob());
  behaves(*make_file_blob(directory_ / "blob"));
}

TEST_F(Storage, StateIsThereAgain) {
  {
    auto storage = make_file_storage(directory_ / "ecu").value();
    EXPECT_FALSE(storage->load().value());
    ASSERT_TRUE(storage->save("one"));
    ASSERT_TRUE(storage->save("two"));
  }
  auto storage = make_file_storage(directory_ / "ecu").value();
  EXPECT_EQ(storage->load().value(), "two");
  EXPECT_FALSE(std::filesystem::exists(directory_ / "ecu" / "state.bin.new"));
}

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A power cut in between finds the one or the other: nothing is written into a file that is in use.
TEST_F(Storage, AWholeImageTakesTheOldOnesPlaceInOneStep) {
  const auto path = directory_ / "installation.bin", old = directory_ / "old";
  const auto blob = make_file_blob(path);
  ASSERT_TRUE(blob->assign(std::make_shared<const std::string>("one")));
  std::filesystem::create_hard_link(path, old);
  ASSERT_TRUE(blob->assign(std::make_shared<const std::string>("two")));
  EXPECT_EQ(content(path), "two");
  EXPECT_EQ(content(old), "one");
  std::filesystem::create_directory(directory_ / "installation.bin.new");  // as if the disk failed
  EXPECT_FALSE(blob->assign(std::make_shared<const std::string>("three")));
  EXPECT_EQ(content(path), "two");
}

TEST_F(Storage, WhatCannotBeUsedSaysWhere) {
  std::ofstream(directory_ / "file") << "not a directory";
  const auto storage = make_file_storage(directory_ / "file" / "ecu");
  ASSERT_FALSE(storage);
  EXPECT_NE(doip::to_string(storage.error()).find("file"), std::string::npos);
  auto gone = make_file_storage(directory_ / "gone").value();
  std::filesystem::remove_all(directory_ / "gone");
  EXPECT_FALSE(gone->save("state"));
  EXPECT_FALSE(gone->bank(0).clear());
}

}  // namespace
}  // namespace motorcade::in_vehicle
