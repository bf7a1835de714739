// Firmware releases: uploaded, listed, deprecated.
#include "adapters/https/fields.hpp"
#include "adapters/https/handlers.hpp"
#include "adapters/https/reads.hpp"
#include "adapters/https/release_rows.hpp"
#include "adapters/https/upload.hpp"
#include "adapters/https/writes.hpp"
#include "engine/edge/request_body.hpp"

namespace motorcade::https {
namespace {
using ports::Resource;

Checked<ReleaseId> release_of(const Request& request) {
  if (const auto id = id_from_hex<ReleaseId>(request.params.at("id"))) return *id;
  return refuse(not_found("a release's id has 32 hexadecimal digits"));
}

std::string release_members(const ReleaseTarget& release) {
  return "\"id\":\"" + to_hex(release.release) + "\",\"version\":\"" + to_string(release.version) +
         "\",\"sha256\":\"" + to_hex(release.image) +
         "\",\"sizeBytes\":" + std::to_string(release.image_size_bytes);
}
}  // namespace

asio::awaitable<Reply> upload_firmware(Work& work, Request& request) {
  const Slot slot(work.uploads, work.limits.parallel_uploads);
  if (!slot.taken())
    co_return refuse(too_many("more than " + std::to_string(work.limits.parallel_uploads) +
                              " uploads at once; try again when one has ended"));
  CO_TRY_VOID(id_of(work, request));  // a bad key is refused before the image is received
  CO_TRY(auto upload, co_await receive_upload(work, request));
  // A key counts per ECU type: releases of two types live in partitions that do not know each
  // other.
  CO_TRY(const auto message, id_of(work, request, upload.meta.ecu_type));
  catalog::UploadRelease command;
  auto& release = command.release;
  release.release = ReleaseId{message.bytes};
  release.ecu_type = std::move(upload.meta.ecu_type);
  release.hardware = std::move(upload.meta.hardware);
  release.version = upload.meta.version;
  release.image = upload.image.digest;
  release.image_size_bytes = upload.image.size_bytes;
  command.file_name = std::move(upload.meta.file_name);
  command.notes = std::move(upload.meta.notes);
  command.by = request.who->name;
  const auto target = release;
  Write write(work, request, message);
  auto record = work.services.intake.record_of(catalog::Command(std::move(command)),
                                               target.ecu_type, message, request.who->actor());
  CO_TRY(const auto done, co_await write.commit(std::move(record)));
  if (!done) co_return pending(work, message);
  const bool fresh = done->find<catalog::ReleaseUploaded>() != nullptr;
  // A campaign that is created with the answer in hand must not meet a partition that has not yet
  // heard of the release. If that takes too long, the release is there all the same.
  if (fresh) co_await write.spread(Stream::kCampaign, *done);
  auto response = written(fresh ? 201 : 200, *done, release_members(target));
  response.headers.emplace_back("Location", "/api/v1/firmware/" + to_hex(target.release));
  co_return response;
}

asio::awaitable<Reply> list_firmware(Work& work, Request& request) {
  std::vector<std::pair<std::string, std::string>> fixed;
  std::vector<std::string> filters{"ecuType", "hardware", "version", "status"};
  co_return co_await read_page(work, request, Resource::kFirmware, std::move(fixed),
                               std::move(filters));
}

asio::awaitable<Reply> get_firmware(Work& work, Request& request) {
  CO_TRY(const auto id, release_of(request));
  co_return co_await read_one(work, request, Resource::kFirmware, to_hex(id), "such release");
}

asio::awaitable<Reply> deprecate_firmware(Work& work, Request& request) {
  CO_TRY(const auto id, release_of(request));
  catalog::DeprecateRelease command{id, request.who->name, ""};
  if (!request.body.empty()) {
    CO_TRY(const auto value, parse_json(request.body, request.json_depth));
    Faults faults;
    if (!value.is_object()) faults.push_back({"", "must be an object"});
    Fields body(value, "", faults);
    command.reason = body.text_or("reason", "", 1000);
    body.close();
    if (!faults.empty()) co_return refuse(invalid(std::move(faults)));
  }
  // The release's ECU type says which partition owns it; only the projection knows it by id alone.
  CO_TRY_VOID(co_await catch_up(work, request));
  CO_TRY(const auto row, co_await release_row(work, id));
  if (!row)
    co_return refuse(
        not_found("there is no such release (just uploaded? send the upload's position)"));
  CO_TRY(const auto key_id, id_of(work, request));
  const auto message = edge::with_body(key_id, request.body);
  Write write(work, request, message);
  auto record = work.services.intake.record_of(catalog::Command(std::move(command)),
                                               row->target.ecu_type, message, request.who->actor());
  CO_TRY(const auto done, co_await write.commit(std::move(record)));
  if (!done) co_return pending(work, message);
  co_return written(200, *done, "\"id\":\"" + to_hex(id) + '"');
}

}  // namespace motorcade::https
