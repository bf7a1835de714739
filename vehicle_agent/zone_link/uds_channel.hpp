// UDS requests over a DoIP client: waits through 0x78, drops answers to earlier requests, drives a
// flash sequence.
#pragma once
#include "vehicle_agent/doip/client.hpp"
#include "vehicle_agent/uds/flash_sequence.hpp"

namespace motorcade::in_vehicle {

namespace asio = boost::asio;

/// How long a client waits: P2 and P2* of the server plus the way there and back.
struct ResponseTiming {
  uds::Duration p2{2000};
  uds::Duration p2_star{7000};
  uds::Duration busy_pause{50};  ///< before a request that got 0x21 is sent again
};

/// The final response, positive or negative.
[[nodiscard]] asio::awaitable<doip::Result<uds::Bytes>> exchange(doip::Client& client,
                                                                 doip::Address target,
                                                                 uds::Bytes request,
                                                                 ResponseTiming timing);
/// What follows the service byte of a positive response; Errc::refused names service and NRC of a
/// negative one.
[[nodiscard]] asio::awaitable<doip::Result<uds::Bytes>> ask(doip::Client& client,
                                                            doip::Address target,
                                                            uds::Bytes request,
                                                            ResponseTiming timing);
/// 22: the identifier's value.
[[nodiscard]] asio::awaitable<doip::Result<uds::Bytes>> read_identifier(doip::Client& client,
                                                                        doip::Address target,
                                                                        std::uint16_t id,
                                                                        ResponseTiming timing);
/// 10 03, 10 02, 27: an unlocked programming session.
[[nodiscard]] asio::awaitable<doip::Result<void>> unlock(doip::Client& client, doip::Address target,
                                                         std::string secret, ResponseTiming timing);

using BlockSent = std::function<void(std::uint64_t sent_bytes, std::uint64_t size_bytes)>;
/// Runs the sequence to its end or failure; after a failure the ECU is sent back to its standard
/// session.
[[nodiscard]] asio::awaitable<void> run_flash(doip::Client& client, doip::Address target,
                                              uds::FlashSequence& sequence, BlockSent on_block,
                                              ResponseTiming timing);

}  // namespace motorcade::in_vehicle
