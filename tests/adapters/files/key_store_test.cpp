#include "adapters/files/key_store.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>

#include <barrier>
#include <csignal>
#include <fstream>
#include <thread>

#include "adapters/files/error.hpp"
#include "digest/digest.hpp"
#include "support/temporary_directory.hpp"

namespace motorcade::files {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kVin = "MCTESTVIN00000001", kOtherVin = "MCTESTVIN00000002";

class Keys : public testing::Test {
 protected:
  void reopen() {
    keys_.reset();
    auto opened = KeyFiles::open(directory_, Access::kWrite);
    ASSERT_TRUE(opened) << to_string(opened.error());
    keys_ = *std::move(opened);
  }
  std::string all_bytes() const {
    std::string bytes;
    for (const auto& entry : fs::directory_iterator(directory_)) {
      std::ifstream in(entry.path(), std::ios::binary);
      bytes.append(std::istreambuf_iterator<char>(in), {});
    }
    return bytes;
  }
  testing_support::TemporaryDirectory place_;
  fs::path directory_ = place_.path() / "keys";
  std::unique_ptr<KeyFiles> keys_ = *KeyFiles::open(directory_, Access::kWrite);
};

TEST_F(Keys, AVehicleIsTheHmacOfItsVin) {
  const auto vehicle = keys_->identify(kVin);
  ASSERT_TRUE(vehicle);
  const auto key = keys_->derive("vehicle-id");
  const auto mac =
      digest::hmac_sha256({reinterpret_cast<const char*>(key.data()), key.size()}, kVin);
  EXPECT_TRUE(std::equal(vehicle->bytes.begin(), vehicle->bytes.end(), mac.begin()));
  EXPECT_EQ(*keys_->identify(kVin), *vehicle);
  EXPECT_NE(*keys_->identify(kOtherVin), *vehicle);
  EXPECT_EQ(keys_->vin_of(*vehicle), kVin);
  EXPECT_EQ(keys_->vin_of(VehicleId{}), std::nullopt);
}

TEST_F(Keys, AVinThatIsAskedForLeavesNothing) {
  const auto journal = directory_ / "vehicles.keys";
  const auto before = fs::file_size(journal);
  const auto asked = keys_->id_of(kVin);
  EXPECT_EQ(fs::file_size(journal), before);
  EXPECT_EQ(keys_->vin_of(asked), std::nullopt);
  EXPECT_EQ(asked, *keys_->identify(kVin)) << "the same id as when it is heard of";
}

TEST_F(Keys, AVehicleIsRememberedWithOneWriteOrNotAtAll) {
  const auto journal = directory_ / "vehicles.keys";
  const auto before = fs::file_size(journal);
  static_cast<void>(keys_->identify(kOtherVin));
  const auto after = fs::file_size(journal);
  rlimit was{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &was), 0);
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit full{after + (after - before) - 1, was.rlim_max};  // one byte too few for both
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  const auto refused = keys_->identify(kVin);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &was), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_FALSE(refused);
  EXPECT_EQ(fs::file_size(journal), after) << "a key without its VIN was left";
  EXPECT_TRUE(keys_->identify(kVin));
}

TEST_F(Keys, OutliveTheProcess) {
  const auto vehicle = *keys_->identify(kVin);
  const auto sealed = *keys_->seal(vehicle, "inbox", "body");
  const auto command = *keys_->seal({}, "inbox", "command");
  reopen();
  EXPECT_EQ(*keys_->identify(kVin), vehicle);
  EXPECT_EQ(keys_->vin_of(vehicle), kVin);
  EXPECT_EQ(**keys_->open(vehicle, "inbox", sealed), "body");
  EXPECT_EQ(**keys_->open({}, "inbox", command), "command");
}

TEST_F(Keys, NoVinStandsInTheirFiles) {
  const auto vehicle = *keys_->identify(kVin);
  EXPECT_EQ(all_bytes().find(kVin), std::string::npos);
  EXPECT_EQ(keys_->seal(vehicle, "vin", kVin)->find(kVin), std::string::npos);
}

TEST_F(Keys, TheDirectoryIsTheOwnersAlone) {
  EXPECT_EQ(fs::status(directory_).permissions(), fs::perms::owner_all);
  for (const auto& entry : fs::directory_iterator(directory_))
    EXPECT_EQ(entry.status().permissions() & (fs::perms::group_all | fs::perms::others_all),
              fs::perms::none);
}

TEST_F(Keys, WhatWasSealedIsBoundToItsSubjectAndPurpose) {
  const auto a = *keys_->identify(kVin), b = *keys_->identify(kOtherVin);
  const auto sealed = *keys_->seal(a, "inbox", "body");
  EXPECT_EQ(keys_->open(b, "inbox", sealed).error().code, FileErrc::kAltered);
  EXPECT_EQ(keys_->open(a, "vin", sealed).error().code, FileErrc::kAltered);
  EXPECT_EQ(keys_->open({}, "inbox", sealed).error().code, FileErrc::kAltered);
  EXPECT_NE(sealed, *keys_->seal(a, "inbox", "body")) << "nonces are never the same";
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto altered = sealed;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    const auto opened = keys_->open(a, "inbox", altered);
    EXPECT_FALSE(opened && *opened) << i;
    EXPECT_FALSE(keys_->open(a, "inbox", sealed.substr(0, i))) << i;
  }
  EXPECT_EQ(**keys_->open(a, "empty", *keys_->seal(a, "empty", "")), "");
}

TEST_F(Keys, ADestroyedKeyErasesForGood) {
  const auto a = *keys_->identify(kVin), b = *keys_->identify(kOtherVin);
  const auto of_a = *keys_->seal(a, "inbox", "a"), of_b = *keys_->seal(b, "inbox", "b");
  ASSERT_TRUE(keys_->destroy(a));
  ASSERT_TRUE(keys_->destroy(a)) << "again";
  for (int round = 0; round < 2; ++round, reopen()) {
    EXPECT_EQ(keys_->vin_of(a), std::nullopt);
    EXPECT_EQ(*keys_->open(a, "inbox", of_a), std::nullopt);
    EXPECT_EQ(**keys_->open(b, "inbox", of_b), "b");
    EXPECT_EQ(keys_->vin_of(b), kOtherVin);
  }
  // It drives on: new data under a new key, the old stays erased.
  EXPECT_EQ(*keys_->identify(kVin), a);
  const auto later = *keys_->seal(a, "inbox", "later");
  for (int round = 0; round < 2; ++round, reopen()) {
    EXPECT_EQ(**keys_->open(a, "inbox", later), "later");
    EXPECT_EQ(*keys_->open(a, "inbox", of_a), std::nullopt);
    EXPECT_EQ(keys_->vin_of(a), kVin);
  }
}

TEST_F(Keys, HaveWritersOrOneAlone) {
  EXPECT_EQ(KeyFiles::open(directory_, Access::kAlone).error().code, FileErrc::kInUse);
  keys_.reset();
  auto alone = *KeyFiles::open(directory_, Access::kAlone);
  EXPECT_EQ(KeyFiles::open(directory_, Access::kWrite).error().code, FileErrc::kInUse);
  alone.reset();
  EXPECT_TRUE(KeyFiles::open(directory_, Access::kWrite));
}

/// Each with files of its own open, as processes have them.
TEST_F(Keys, OfSeveralWritersAreAllOnes) {
  const auto other = *KeyFiles::open(directory_, Access::kWrite);
  const auto vehicle = *keys_->identify(kVin);
  EXPECT_EQ(*other->identify(kVin), vehicle);
  EXPECT_EQ(other->vin_of(vehicle), kVin);
  EXPECT_EQ(**other->open(vehicle, "inbox", *keys_->seal(vehicle, "inbox", "x")), "x");
  const auto second = *other->identify(kOtherVin);
  EXPECT_EQ(**keys_->open(second, "inbox", *other->seal(second, "inbox", "y")), "y");
  const auto erased = *keys_->seal(vehicle, "inbox", "x");
  for (int round = 0; round < 3; ++round) {  // the file is replaced: an inode may come again
    ASSERT_TRUE(other->destroy(vehicle));
    EXPECT_EQ(keys_->vin_of(vehicle), std::nullopt);
    EXPECT_EQ(*keys_->open(vehicle, "inbox", erased), std::nullopt);
    EXPECT_EQ(*keys_->identify(kVin), vehicle);
    EXPECT_EQ(other->vin_of(vehicle), kVin);
  }
  reopen();
  EXPECT_EQ(keys_->vin_of(second), kOtherVin);
}

TEST_F(Keys, OfOneVehicleAreMadeOnceByWhoeverIsFirst) {
  constexpr int kVehicles = 50;
  const auto vin_of = [](int n) { return "VIN" + std::to_string(100 + n); };
  const auto journal = directory_ / "vehicles.keys";
  const auto before = fs::file_size(journal);
  ASSERT_TRUE(keys_->identify(vin_of(0)));
  const auto each = fs::file_size(journal) - before;
  std::barrier start(4);
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w)
    writers.emplace_back([this, &start, &vin_of] {
      const auto mine = *KeyFiles::open(directory_, Access::kWrite);
      for (int n = 0; n < kVehicles; ++n) {
        start.arrive_and_wait();
        EXPECT_TRUE(mine->identify(vin_of(n)));
      }
    });
  for (auto& writer : writers) writer.join();
  EXPECT_EQ(fs::file_size(journal), before + kVehicles * each) << "a vehicle got two keys";
}

TEST_F(Keys, MayHaveReaders) {
  const auto reader = *KeyFiles::open(directory_, Access::kRead);
  const auto vehicle = *keys_->identify(kVin);
  EXPECT_EQ(reader->vin_of(vehicle), kVin) << "made after the reader came";
  EXPECT_EQ(*reader->identify(kVin), vehicle);
  EXPECT_EQ(reader->identify(kOtherVin).error().code, FileErrc::kReadOnly);
  EXPECT_EQ(reader->destroy(vehicle).error().code, FileErrc::kReadOnly);
  const auto sealed = *keys_->seal(vehicle, "inbox", "x");
  EXPECT_EQ(**reader->open(vehicle, "inbox", sealed), "x");
  ASSERT_TRUE(keys_->destroy(vehicle));
  EXPECT_EQ(*reader->open(vehicle, "inbox", sealed), std::nullopt);
}

TEST_F(Keys, ATornEndIsDroppedAndDamageIsRefused) {
  const auto first = *keys_->identify(kVin);
  const auto journal = directory_ / "vehicles.keys";
  const auto before = fs::file_size(journal);
  const auto second = *keys_->identify(kOtherVin);
  const auto whole = fs::file_size(journal);
  keys_.reset();
  const auto journal_copy = place_.path() / "copy";
  fs::copy_file(journal, journal_copy);
  for (auto size = whole; size > before; --size) {
    fs::copy_file(journal_copy, journal, fs::copy_options::overwrite_existing);
    fs::resize_file(journal, size);
    auto keys = KeyFiles::open(directory_, Access::kWrite);
    ASSERT_TRUE(keys) << size;
    EXPECT_EQ((*keys)->vin_of(first), kVin);
    EXPECT_TRUE(size == whole || !(*keys)->vin_of(second)) << size;
  }
  std::fstream file(journal, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(30);
  file.put('?');
  file.close();
  EXPECT_EQ(KeyFiles::open(directory_, Access::kWrite).error().code, FileErrc::kDamaged);
}

TEST_F(Keys, WithoutTheDeploymentKeyNothingOpens) {
  static_cast<void>(keys_->identify(kVin));
  keys_.reset();
  fs::remove(directory_ / "deployment.key");
  EXPECT_EQ(KeyFiles::open(directory_, Access::kWrite).error().code, FileErrc::kNotFound)
      << "a new one would make the old data unreadable without a word";
}

TEST_F(Keys, MayBeUsedByManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([this, t] {
      for (int i = 0; i < 20; ++i) {
        const auto vin = "VIN" + std::to_string((t + i) % 8);
        const auto vehicle = *keys_->identify(vin);
        EXPECT_EQ(keys_->vin_of(vehicle), vin);
        EXPECT_EQ(**keys_->open(vehicle, "p", *keys_->seal(vehicle, "p", vin)), vin);
      }
    });
  for (auto& thread : threads) thread.join();
  reopen();
  EXPECT_EQ(keys_->vin_of(*keys_->identify("VIN3")), "VIN3");
}

}  // namespace
}  // namespace motorcade::files
