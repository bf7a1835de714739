// Responses onto the wire: a text at once, a file in pieces through one bounded buffer.
#pragma once
#include "adapters/https/session.hpp"

namespace motorcade::https {

struct SendOptions {
  const Limits* limits = nullptr;
  bool head_only = false, keep_alive = false;
};

/// False: the peer is gone, or the file is not as long as it was.
[[nodiscard]] asio::awaitable<bool> send(TlsStream& stream, const Response& response,
                                         SendOptions options);
/// All of it, within the time that the stream has. False: the peer is gone.
[[nodiscard]] asio::awaitable<bool> write_text(TlsStream& stream, std::string_view text);
/// application/problem+json, with the problem's headers.
[[nodiscard]] Response as_response(const Problem& problem);

}  // namespace motorcade::https
