// The tester's side against the server's, without sockets; and against servers that misbehave.
#include "vehicle_agent/uds/flash_sequence.hpp"

#include "vehicle_agent/uds/fake_device.hpp"

namespace motorcade::uds {
namespace {

Bytes image(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7);
  return bytes;
}

FlashSequence sequence_of(const Bytes& bytes, Finish finish = Finish::reset, Bytes check = {0x2A}) {
  FlashPlan plan;
  plan.size_bytes = bytes.size();
  plan.check_option = std::move(check);
  plan.finish = finish;
  return {plan,
          [](ByteView seed) {
            Bytes key(seed.begin(), seed.end());
            for (auto& byte : key) byte ^= 0xFF;
            return key;
          },
          [bytes](std::uint64_t offset, std::span<std::uint8_t> into) {
            std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), into.size(),
                        into.begin());
            return true;
          }};
}

/// Runs it against the ECU; the services in the order in which they were asked for.
std::string run(FlashSequence& sequence, FakeEcu& ecu) {
  std::string services;
  while (sequence.running()) {
    const auto request = sequence.next_request();
    const auto service = to_hex(ByteView(request).first(request[0] == 0x31 ? 4 : 1));
    if (!services.ends_with(service)) services += (services.empty() ? "" : ", ") + service;
    const auto answers = ecu.ask(to_hex(request));
    sequence.on_response(from_hex(
        answers.substr(answers.rfind(", ") == std::string::npos ? 0 : answers.rfind(", ") + 2)));
  }
  return services;
}

TEST(FlashSequence, ProgramsAnEcuInTheOrderOfTheStandard) {
  ServerSettings settings;
  settings.max_block_bytes = 34;
  FakeEcu ecu(settings);
  ecu.device.routine_takes = Duration(6000);
  const auto bytes = image(10'000);  // 313 blocks: the counter wraps
  auto sequence = sequence_of(bytes);
  EXPECT_EQ(run(sequence, ecu), "10, 85, 28, 10, 27, 31 01 FF 00, 34, 36, 37, 31 01 FF 01, 11");
  EXPECT_FALSE(sequence.failure());
  EXPECT_EQ(sequence.step(), FlashStep::done);
  EXPECT_EQ(sequence.sent_bytes(), 10'000u);
  EXPECT_EQ(ecu.device.memory, bytes);
  EXPECT_EQ(ecu.server.take_reset(), 0x01);
}

TEST(FlashSequence, MayStayOrGoBackToTheStandardSession) {
  for (const auto finish : {Finish::stay, Finish::standard_session}) {
    FakeEcu ecu;
    auto sequence = sequence_of(image(10), finish);
    run(sequence, ecu);
    EXPECT_FALSE(sequence.failure());
    EXPECT_FALSE(ecu.server.take_reset());
    EXPECT_EQ(ecu.server.session(ecu.now) == Session::programming, finish == Finish::stay);
  }
}

TEST(FlashSequence, SaysAtWhichStepAndWhyItFailed) {
  FakeEcu broken;
  broken.device.write_fails = true;
  auto writing = sequence_of(image(10));
  run(writing, broken);
  ASSERT_TRUE(writing.failure());
  EXPECT_EQ(writing.failure()->step, FlashStep::transfer);
  EXPECT_EQ(writing.failure()->nrc, Nrc::programming_failure);

  FakeEcu fine;
  auto altered = sequence_of(image(10), Finish::reset, {0x2B});
  run(altered, fine);
  ASSERT_TRUE(altered.failure());
  EXPECT_EQ(altered.failure()->step, FlashStep::check);
  EXPECT_NE(altered.failure()->what.find("digest"), std::string::npos);
  EXPECT_FALSE(fine.server.take_reset()) << "what failed its check is never booted";
}

TEST(FlashSequence, ABusyEcuIsAskedAgainButNotForEver) {
  auto sequence = sequence_of(image(10));
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(to_hex(sequence.next_request()), "10 03");
    sequence.on_response(from_hex("7F 10 21"));
    EXPECT_TRUE(sequence.running());
  }
  sequence.on_response(from_hex("7F 10 21"));
  EXPECT_FALSE(sequence.running());
  EXPECT_EQ(sequence.failure()->nrc, Nrc::busy_repeat_request);
}

TEST(FlashSequence, AnswersThatMakeNoSenseEndIt) {
  const struct {
    FlashStep step;
    const char* answer;
  } cases[] = {{FlashStep::extended_session, "7F"},
               {FlashStep::request_seed, "67 01"},
               {FlashStep::request_download, "74 00"},
               {FlashStep::request_download, "74 90 01"},
               {FlashStep::request_download, "74 10 02"},
               {FlashStep::transfer, "76 09"},
               {FlashStep::transfer, "76"},
               {FlashStep::check, "71 01 FF"}};
  for (const auto& c : cases) {
    FakeEcu ecu;
    auto sequence = sequence_of(image(10));
    while (sequence.running() && sequence.step() != c.step)
      sequence.on_response(from_hex(ecu.ask(to_hex(sequence.next_request()))));
    ASSERT_EQ(sequence.step(), c.step);
    (void)sequence.next_request();
    sequence.on_response(from_hex(c.answer));
    ASSERT_TRUE(sequence.failure()) << c.answer;
    EXPECT_EQ(sequence.failure()->step, c.step);
  }
  auto empty = sequence_of(image(10));
  empty.on_response({});
  EXPECT_TRUE(empty.failure());
  auto lost = sequence_of(image(10));
  lost.on_lost("link");
  EXPECT_EQ(lost.failure()->what, "link");
}

TEST(FlashSequence, AnUnreadableImageEndsIt) {
  FakeEcu ecu;
  FlashPlan plan;
  plan.size_bytes = 10;
  FlashSequence sequence(
      plan, [](ByteView) { return from_hex("FE FD FC FB"); },
      [](std::uint64_t, std::span<std::uint8_t>) { return false; });
  while (sequence.running()) {
    const auto request = sequence.next_request();
    if (!sequence.running()) break;
    sequence.on_response(from_hex(ecu.ask(to_hex(request))));
  }
  ASSERT_TRUE(sequence.failure());
  EXPECT_EQ(sequence.failure()->step, FlashStep::transfer);
}

}  // namespace
}  // namespace motorcade::uds
