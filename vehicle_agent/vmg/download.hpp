// A package over HTTPS into a file, going on after the bytes that are there (RFC 9110 §14).
//
// `<file>` grows; `<file>.etag` keeps the entity tag that its bytes belong to, for If-Range. The
// file is whole, synced and hashed when download() succeeds.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <functional>

#include "events/ids.hpp"
#include "vehicle_agent/vmg/https_settings.hpp"

namespace motorcade::vmg {

struct DownloadRequest {
  std::string url, token;
  std::filesystem::path file;
  Digest digest;
  std::uint64_t size_bytes{};
};
struct DownloadSettings : HttpsSettings {
  std::size_t chunk_bytes = 64 * 1024;
  std::uint64_t most_bytes = std::uint64_t{4} << 30;  ///< larger offers are refused
};
/// Bytes on disk so far. False: cut the connection now, as a lost link would (a fault on request).
using OnBytes = std::function<bool(std::uint64_t)>;

/// Errors: kLink and kTls (later, from where it is), kLinkExpired (the same with another token),
/// kDamaged (the file is gone), kRefused and kPinMismatch, kStorage. Hashes on `pool`.
[[nodiscard]] boost::asio::awaitable<Result<void>> download(DownloadRequest request,
                                                            std::shared_ptr<DownloadSettings> how,
                                                            boost::asio::thread_pool& pool,
                                                            OnBytes on_bytes);

}  // namespace motorcade::vmg
