// A firmware image on its way to the artifact store: hashed as it streams, kept only if it is what
// was announced.
#pragma once
#include "adapters/https/message.hpp"
#include "adapters/https/work.hpp"
#include "events/vocabulary.hpp"

namespace motorcade::https {

/// What the query, the headers (Motorcade-Ecu-Type …) or the fields of a form say beside the file.
struct UploadMeta {
  std::string ecu_type, hardware, notes, file_name;
  SemanticVersion version;
};

struct Upload {
  UploadMeta meta;
  Artifact image;
};

/// Reads the body to its end: application/octet-stream, or multipart/form-data with one file.
/// Nothing is kept unless all of it was good: 413 too large, 415 another type, 422 a digest that
/// differs, an empty file, or values that are missing or wrong.
[[nodiscard]] asio::awaitable<Checked<Upload>> receive_upload(Work& work, Request& request);

}  // namespace motorcade::https
