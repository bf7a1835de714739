#include "adapters/https/release_rows.hpp"

#include "adapters/https/fields.hpp"

namespace motorcade::https {

asio::awaitable<Checked<std::optional<ReleaseRow>>> release_row(Work& work, ReleaseId id) {
  const auto found = co_await work.services.rows.get(ports::Resource::kFirmware, to_hex(id));
  if (!found) co_return refuse(from_error(found.error()));
  if (!*found) co_return std::optional<ReleaseRow>();
  CO_TRY(const auto value, parse_json(**found));
  Faults faults;
  Fields row(value, "", faults);
  ReleaseRow out;
  out.target.release = id;
  out.target.ecu_type = row.text("ecuType", 1, SIZE_MAX);
  out.target.hardware = row.text_or("hardware", "", SIZE_MAX);
  out.target.version = row.version("version");
  out.target.image = row.id<Digest>("sha256");
  out.target.image_size_bytes = row.whole("sizeBytes", {0, UINT64_MAX});
  out.deprecated = row.text("status", 1, 40) == "deprecated";
  if (!faults.empty())
    co_return refuse(unavailable("the read model's release " + to_hex(id) +
                                 " is not understood at " + faults.front().where));
  co_return std::optional(std::move(out));
}

}  // namespace motorcade::https
