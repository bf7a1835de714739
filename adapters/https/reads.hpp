// Reading the projections: a read that brings a position waits for the projector, lists come in
// pages, documents have an ETag.
#pragma once
#include <initializer_list>

#include "adapters/https/message.hpp"
#include "adapters/https/services.hpp"
#include "adapters/https/work.hpp"

namespace motorcade::https {

/// Waits for `?position=` or the `Motorcade-Position` header, if there is one. 503: the projector
/// is behind.
[[nodiscard]] asio::awaitable<Checked<void>> catch_up(Work& work, const Request& request);

/// The document, or 404 with `what` in its detail.
[[nodiscard]] asio::awaitable<Checked<std::string>> document(Work& work, ports::Resource resource,
                                                             std::string key, std::string what);

/// GET of one document, with its ETag; 304 if the client has it.
[[nodiscard]] asio::awaitable<Reply> read_one(Work& work, const Request& request,
                                              ports::Resource resource, std::string key,
                                              std::string what);

/// GET of a page: {"items": […], "next": cursor or null}. `filters` are the query parameters that
/// this resource takes beside cursor, limit and position; any other is a 422.
[[nodiscard]] asio::awaitable<Reply> read_page(
    Work& work, const Request& request, ports::Resource resource,
    std::vector<std::pair<std::string, std::string>> fixed, std::vector<std::string> filters);

[[nodiscard]] std::string etag_of(std::string_view document);
/// RFC 9110 §13.1: whether a list of entity tags names this one ("*" names all).
[[nodiscard]] bool names_etag(std::string_view list, std::string_view etag);

}  // namespace motorcade::https
