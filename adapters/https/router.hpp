// The table of routes: method, path, who may, what body, which handler. Everything else about an
// endpoint stands in docs/api.md and openapi.json, and a test compares them with this table.
#pragma once
#include <span>

#include "adapters/https/message.hpp"
#include "adapters/https/work.hpp"

namespace motorcade::https {

enum class Body {
  kNone,
  kJson,      ///< application/json, bounded, in memory
  kOptional,  ///< as kJson; it may also be absent
  kReport,    ///< of a vehicle: JSON or Protobuf, as it was received
  kUpload,    ///< streamed to the handler
};

using Handler = asio::awaitable<Reply> (*)(Work&, Request&);

struct Route {
  http::verb method{};
  std::string_view pattern;  ///< "/a/{name}": a segment in braces takes any text without a slash
  edge::Roles roles;         ///< any of them; empty: the handler itself looks who it is, or anybody
  Body body{};
  Handler handler = nullptr;
  bool everywhere = false;  ///< also where the process is no edge
};

[[nodiscard]] std::span<const Route> routes();

struct Match {
  const Route* route = nullptr;
  Parameters params;
};
/// 404: no such path. 405, with Allow: the path takes other methods. HEAD is answered by GET's
/// route.
[[nodiscard]] Checked<Match> route_for(http::verb method, std::string_view path);

/// Whoever reads what the projections know: any role that an operator's token has.
[[nodiscard]] bool is_reader(const edge::Principal& who);

/// 401 without an identity, 403 with one that may not.
[[nodiscard]] Checked<void> may(const std::optional<edge::Principal>& who, edge::Roles roles);

}  // namespace motorcade::https
