// What an ECU does to its storage, in which order: whoever cuts the power in between must find either
// the old state or a whole image.
#include "vehicle_agent/ecu/ecu_device.hpp"

#include <gtest/gtest.h>

namespace motorcade::in_vehicle {
namespace {

/// In memory; writes down what is asked of it. May refuse to sync.
class RecordingStorage final : public EcuStorage {
 public:
  class Bank final : public Blob {
   public:
    explicit Bank(RecordingStorage& all) : all_(all) {}
    std::uint64_t size_bytes() const override { return memory_->size_bytes(); }
    Result<void> write(std::uint64_t offset, std::span<const std::uint8_t> bytes) override {
      all_.calls.push_back("write");
      return memory_->write(offset, bytes);
    }
    Result<void> read(std::uint64_t offset, std::span<std::uint8_t> into) const override {
      return memory_->read(offset, into);
    }
    Result<void> sync() override {
      all_.calls.push_back("sync");
      if (all_.disk_fails) return failure(Errc::storage, "no sync");
      return {};
    }
    Result<void> assign(std::shared_ptr<const std::string> image) override {
      all_.calls.push_back("assign");
      return memory_->assign(std::move(image));
    }

   private:
    RecordingStorage& all_;
    std::unique_ptr<Blob> memory_ = make_memory_blob();
  };
  Blob& bank(std::size_t index) override { return banks_[index]; }
  Result<std::optional<std::string>> load() override { return state; }
  Result<void> save(std::string_view written) override {
    state = std::string(written);
    calls.push_back("save " +
                    std::to_string(static_cast<int>(Banks::decode(written)->other().state)));
    return {};
  }

  std::vector<std::string> calls;
  std::optional<std::string> state;
  bool disk_fails = false;

 private:
  Bank banks_[2] = {Bank(*this), Bank(*this)};
};

class Programming : public ::testing::Test {
 protected:
  uds::Outcome program(const std::string& image) {
    using uds::RoutineControl;
    EXPECT_EQ(device_.run_routine(RoutineControl::start, uds::routine::erase_memory, {}).nrc,
              uds::Nrc::none);
    EXPECT_EQ(device_.begin_download(0, image.size()), uds::Nrc::none);
    const uds::Bytes bytes(image.begin(), image.end());
    EXPECT_EQ(device_.write_block(0, uds::ByteView(bytes).first(2)).nrc, uds::Nrc::none);
    EXPECT_EQ(device_.write_block(2, uds::ByteView(bytes).subspan(2)).nrc, uds::Nrc::none);
    storage_.calls.clear();
    const auto digest = digest::sha256(image);
    uds::Bytes option(digest.begin(), digest.end());
    for (const char c : std::string("1.1.0")) option.push_back(static_cast<std::uint8_t>(c));
    return device_.run_routine(RoutineControl::start, uds::routine::check_programming, option);
  }

  RecordingStorage storage_;
  EcuDevice device_{
      {"ECU_001"}, {}, "secret", Banks{Bank{BankState::valid, "1.0.0", 0, {}}}, storage_};
};

TEST_F(Programming, TheImageIsOnDiskBeforeTheStateCallsItValid) {
  const auto outcome = program("image");
  EXPECT_EQ(outcome.nrc, uds::Nrc::none);
  EXPECT_TRUE(device_.banks().staged());
  EXPECT_EQ(storage_.calls, (std::vector<std::string>{"sync", "save 2"}));
}

TEST_F(Programming, WhatCannotBeSyncedIsNotStaged) {
  storage_.disk_fails = true;
  EXPECT_EQ(program("image").nrc, uds::Nrc::programming_failure);
  EXPECT_FALSE(device_.banks().staged());
  EXPECT_EQ(Banks::decode(*storage_.state)->other().state, BankState::receiving);
}

}  // namespace
}  // namespace motorcade::in_vehicle
