// The codec: every message both ways, in pieces of any size, and every way in which bytes can be
// wrong.
#include <gtest/gtest.h>

#include <random>

#include "vehicle_agent/doip/codec.hpp"

namespace motorcade::doip {
namespace {

const std::string vin = "WMOTORCADE0000001";

std::vector<Message> one_of_each() {
  const EntityId eid{1, 2, 3, 4, 5, 6};
  return {GenericNack{GenericNackCode::out_of_memory},
          IdentificationRequest{},
          IdentificationRequestEid{eid},
          IdentificationRequestVin{vin},
          Announcement{vin, gateway_address(1), eid, {6, 5, 4, 3, 2, 1}, 0x10, 0x00},
          Announcement{vin, gateway_address(1), eid, {6, 5, 4, 3, 2, 1}, 0x10, {}},
          ActivationRequest{vmg_address, 0, {}},
          ActivationRequest{vmg_address, 1, 0xAABBCCDD},
          ActivationResponse{vmg_address, ecu_address(7), ActivationCode::success, {}},
          ActivationResponse{vmg_address, ecu_address(7), ActivationCode::needs_tls, 1},
          AliveCheckRequest{},
          AliveCheckResponse{tester_address},
          EntityStatusRequest{},
          EntityStatusResponse{1, 8, 2, {}},
          EntityStatusResponse{1, 8, 2, 4096},
          PowerModeRequest{},
          PowerModeResponse{1},
          Diagnostic{vmg_address, ecu_address(1), {0x22, 0xF1, 0x90}},
          DiagnosticAck{ecu_address(1), vmg_address},
          DiagnosticNack{ecu_address(1), vmg_address, DiagnosticNackCode::target_unreachable},
          VendorReport{PayloadType::vci_report, {1, 2, 3}},
          VendorReport{PayloadType::readiness_report, {1}}};
}

Bytes concatenated(std::uint8_t version = version_2019) {
  Bytes all;
  for (const auto& message : one_of_each()) {
    const auto bytes = encode(message, version);
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  return all;
}

std::optional<Rejected> rejection(const Bytes& bytes, Limits limits = {}) {
  Decoder decoder(limits);
  decoder.feed(bytes);
  const auto decoded = decoder.next();
  if (!decoded || std::holds_alternative<Message>(*decoded)) return std::nullopt;
  return std::get<Rejected>(*decoded);
}

TEST(DoipCodec, ARoutingActivationLooksAsTheStandardSays) {
  EXPECT_EQ(encode(ActivationRequest{tester_address, 0, {}}),
            (Bytes{0x03, 0xFC, 0x00, 0x05, 0, 0, 0, 7, 0x0E, 0x80, 0x00, 0, 0, 0, 0}));
  EXPECT_EQ(encode(Diagnostic{vmg_address, ecu_address(1), {0x3E, 0x00}}, version_2012),
            (Bytes{0x02, 0xFD, 0x80, 0x01, 0, 0, 0, 6, 0x02, 0x00, 0x10, 0x01, 0x3E, 0x00}));
}

TEST(DoipCodec, EveryMessageSurvivesInPiecesOfAnySizeAndBothVersions) {
  for (const auto version : {version_2012, version_2019}) {
    const auto bytes = concatenated(version);
    for (std::size_t piece : {1ul, 2ul, 3ul, 7ul, 64ul, bytes.size()}) {
      Decoder decoder;
      std::vector<Message> got;
      for (std::size_t at = 0; at < bytes.size(); at += piece) {
        decoder.feed(ByteView(bytes).subspan(at, std::min(piece, bytes.size() - at)));
        while (auto decoded = decoder.next()) got.push_back(std::get<Message>(*decoded));
      }
      EXPECT_EQ(got, one_of_each());
      EXPECT_EQ(decoder.peer_version(), version);
    }
  }
}

TEST(DoipCodec, ATruncatedMessageIsNoMessageYet) {
  for (const auto& message : one_of_each()) {
    const auto bytes = encode(message);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      Decoder decoder;
      decoder.feed(ByteView(bytes).first(size));
      EXPECT_FALSE(decoder.next());
    }
  }
}

TEST(DoipCodec, AWrongPatternClosesTheConnection) {
  for (const auto& bytes :
       {Bytes{0x03, 0xFD, 0, 7, 0, 0, 0, 0}, Bytes{0x01, 0xFE, 0, 7, 0, 0, 0, 0},
        Bytes{0xFF, 0x00, 0, 1, 0, 0, 0, 0}, Bytes{'G', 'E', 'T', ' ', '/', ' ', 'H', 'T'}}) {
    const auto refused = rejection(bytes);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, GenericNackCode::incorrect_pattern);
    EXPECT_TRUE(refused->close);
  }
}

TEST(DoipCodec, AWrongLengthForItsTypeClosesTheConnection) {
  for (const auto& message : one_of_each()) {
    auto bytes = encode(message);
    const bool open = bytes[2] >= 0x80;
    bytes[7] = static_cast<std::uint8_t>(open ? 0 : bytes[7] + 100);
    const auto refused = rejection(bytes);
    ASSERT_TRUE(refused) << bytes[2] << bytes[3];
    EXPECT_EQ(refused->code, GenericNackCode::invalid_payload_length);
    EXPECT_TRUE(refused->close);
  }
  EXPECT_TRUE(rejection({0x03, 0xFC, 0x00, 0x05, 0, 0, 0, 8}));  // between the two lengths
}

TEST(DoipCodec, AnUnknownTypeOrATooLargeMessageIsSkipped) {
  auto unknown = Bytes{0x03, 0xFC, 0x40, 0x05, 0, 0, 0, 3, 9, 9, 9};
  const auto alive = encode(AliveCheckRequest{});
  unknown.insert(unknown.end(), alive.begin(), alive.end());
  Decoder decoder;
  decoder.feed(unknown);
  const auto first = decoder.next();
  EXPECT_EQ(std::get<Rejected>(*first).code, GenericNackCode::unknown_payload_type);
  EXPECT_FALSE(std::get<Rejected>(*first).close);
  EXPECT_EQ(std::get<Message>(*decoder.next()), Message(AliveCheckRequest{}));

  Decoder small({100});
  auto large = encode(Diagnostic{vmg_address, ecu_address(1), Bytes(200, 0x36)});
  large.insert(large.end(), alive.begin(), alive.end());
  std::vector<Decoded> got;
  for (const auto byte : large) {
    small.feed({&byte, 1});
    while (auto decoded = small.next()) got.push_back(*decoded);
  }
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(std::get<Rejected>(got[0]).code, GenericNackCode::message_too_large);
  EXPECT_EQ(std::get<Message>(got[1]), Message(AliveCheckRequest{}));
}

TEST(DoipCodec, AnnouncedGigabytesAreNeverHeld) {
  Decoder decoder;
  decoder.feed(Bytes{0x03, 0xFC, 0x80, 0x01, 0xFF, 0xFF, 0xFF, 0xFF});
  EXPECT_EQ(std::get<Rejected>(*decoder.next()).code, GenericNackCode::message_too_large);
  for (int i = 0; i < 1000; ++i) {
    decoder.feed(Bytes(64 * 1024));
    EXPECT_FALSE(decoder.next());
  }
}

TEST(DoipCodec, NothingFollowsAClosingRefusal) {
  Decoder decoder;
  decoder.feed(Bytes{0, 0, 0, 0, 0, 0, 0, 0});
  ASSERT_TRUE(decoder.next());
  decoder.feed(encode(AliveCheckRequest{}));
  EXPECT_FALSE(decoder.next());
}

TEST(DoipCodec, MutationsNeverCrashAndWhatIsReadCanBeWritten) {
  std::mt19937 random(13400);
  const auto good = concatenated();
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = good;
    for (unsigned i = 0; i < 1 + random() % 4; ++i)
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    bytes.resize(random() % (bytes.size() + 1));
    Decoder decoder({4096});
    decoder.feed(bytes);
    while (auto decoded = decoder.next()) {
      if (const auto* message = std::get_if<Message>(&*decoded)) {
        EXPECT_EQ(std::get<Message>(decode_datagram(encode(*message))), *message);
      } else if (std::get<Rejected>(*decoded).close) {
        break;
      }
    }
    (void)decode_datagram(bytes);
  }
}

TEST(DoipCodec, ADatagramIsExactlyOneMessage) {
  for (const auto& message : one_of_each()) {
    auto bytes = encode(message);
    EXPECT_EQ(std::get<Message>(decode_datagram(bytes)), message);
    bytes.push_back(0);
    EXPECT_TRUE(std::holds_alternative<Rejected>(decode_datagram(bytes)));
    bytes.resize(bytes.size() - 2);
    EXPECT_TRUE(std::holds_alternative<Rejected>(decode_datagram(bytes)));
  }
  auto any_version = encode(IdentificationRequest{}, version_any);
  EXPECT_TRUE(std::holds_alternative<Message>(decode_datagram(any_version)));
  auto not_for_this = encode(PowerModeRequest{}, version_any);
  EXPECT_TRUE(std::holds_alternative<Rejected>(decode_datagram(not_for_this)));
}

}  // namespace
}  // namespace motorcade::doip
