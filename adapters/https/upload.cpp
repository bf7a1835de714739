#include "adapters/https/upload.hpp"

#include "adapters/https/content_digest.hpp"
#include "adapters/https/form_data.hpp"
#include "digest/digest.hpp"
#include "events/names.hpp"
#include "events/wire/commands.hpp"
#include "events/wire/text.hpp"

namespace motorcade::https {
namespace {
/// One value of an upload: as a query parameter or a form's field, and as a header.
struct MetaName {
  const char *name, *header;
};
constexpr MetaName kNames[] = {
    {"ecuType", "Motorcade-Ecu-Type"},   {"version", "Motorcade-Version"},
    {"hardware", "Motorcade-Hardware"},  {"notes", "Motorcade-Notes"},
    {"fileName", "Motorcade-File-Name"}, {"sha256", "Motorcade-Sha256"}};

/// Takes the file's bytes wherever they come from.
class ImageSink final : public FormDataSink {
 public:
  ImageSink(std::unique_ptr<ports::ArtifactWriter> writer, Parameters& values)
      : writer_(std::move(writer)), values_(values) {}

  Checked<void> file_begins(std::string_view name, std::string_view file_name) override {
    if (name != "file")
      return refuse(invalid(std::string(name), "the file's part must be called \"file\""));
    if (begun_) return refuse(invalid("file", "is there twice; upload one file at a time"));
    begun_ = true;
    values_.emplace("fileName", file_name);
    return {};
  }
  Checked<void> file_bytes(std::string_view bytes) override {
    size_bytes_ += bytes.size();
    hash_.update(bytes);
    if (auto written = writer_->write(bytes); !written) return refuse(from_error(written.error()));
    return {};
  }
  Checked<void> field(std::string_view name, std::string_view value) override {
    for (const auto& known : kNames)
      if (name == known.name) {
        if (values_.emplace(name, value).second) return {};
        return refuse(invalid(std::string(name), "is there twice"));
      }
    return refuse(invalid(std::string(name), "is no field of an upload"));
  }

  /// Publishes the image, unless it is empty or another than `expected`.
  Checked<Artifact> finish(std::optional<Digest> expected) {
    if (!begun_)
      return refuse(invalid("file", "is missing: the form has no part with a file name"));
    if (size_bytes_ == 0) return refuse(invalid("file", "is empty"));
    const Digest actual{hash_.finish()};
    if (expected && *expected != actual)
      return refuse(invalid("sha256", "the bytes received have SHA-256 " + to_hex(actual) +
                                          ", another than announced; nothing was kept"));
    auto published = writer_->finish(actual);
    if (!published) return refuse(from_error(published.error()));
    return *std::move(published);
  }
  void begin_raw() { begun_ = true; }

 private:
  std::unique_ptr<ports::ArtifactWriter> writer_;
  Parameters& values_;
  digest::Sha256Stream hash_;
  std::uint64_t size_bytes_ = 0;
  bool begun_ = false;
};

Checked<Parameters> values_of(const Request& request) {
  Parameters values;
  for (const auto& [name, value] : request.query) {
    const auto known = std::find_if(std::begin(kNames), std::end(kNames),
                                    [&](const MetaName& n) { return name == n.name; });
    if (known == std::end(kNames)) return refuse(invalid(name, "is no parameter of an upload"));
    values.emplace(name, value);
  }
  for (const auto& [name, header] : kNames)
    if (request.headers.count(header) > 0 && !values.emplace(name, request.header(header)).second)
      return refuse(invalid(name, "is there twice: as a parameter and as a header"));
  return values;
}

Checked<UploadMeta> meta_from(const Parameters& values) {
  std::vector<Fault> faults;
  const auto text = [&](const char* name, bool required, std::size_t most) {
    const auto found = values.find(name);
    auto value = found == values.end() ? std::string() : found->second;
    if (required && value.empty()) faults.push_back({name, "is missing"});
    if (const char* wrong = wire::wrong_with_text(value, most)) faults.push_back({name, wrong});
    return value;
  };
  UploadMeta meta;
  meta.ecu_type = text("ecuType", true, wire::kMaxNameBytes);
  if (!meta.ecu_type.empty() && !is_ecu_type(meta.ecu_type))
    faults.push_back({"ecuType", "must be 1 to 64 of A-Z a-z 0-9 _ . -"});
  meta.hardware = text("hardware", false, wire::kMaxNameBytes);
  meta.notes = text("notes", false, wire::kMaxTextBytes);
  meta.file_name = text("fileName", false, wire::kMaxNameBytes);
  const auto version = text("version", true, 40);
  const auto parsed = version_from(version);
  if (!parsed && !version.empty())
    faults.push_back({"version", "must be a version: 1, 1.2 or 1.2.3"});
  meta.version = parsed.value_or(SemanticVersion{});
  if (!faults.empty()) return refuse(invalid(std::move(faults)));
  return meta;
}

Checked<std::optional<Digest>> announced(const Parameters& values) {
  const auto found = values.find("sha256");
  if (found == values.end()) return std::optional<Digest>();
  const auto digest = id_from_hex<Digest>(found->second);
  if (!digest) return refuse(invalid("sha256", "must be 64 hexadecimal digits"));
  return digest;
}

/// Feeds the body through `take`; answers the digest of all of it.
template <class Take>
asio::awaitable<Checked<Digest>> drain(BodySource& body, Take& take) {
  digest::Sha256Stream hash;
  while (true) {
    CO_TRY(const auto bytes, co_await body.next());
    if (bytes.empty()) co_return Digest{hash.finish()};
    hash.update(bytes);
    CO_TRY_VOID(take(bytes));
  }
}

Checked<void> check_content_digest(const Request& request, const Digest& body) {
  TRY(const auto expected, content_digest_from(request.header("Content-Digest")));
  if (!expected || *expected == body) return {};
  return refuse(invalid("Content-Digest", "the body received has SHA-256 " + to_hex(body) +
                                              ", another than announced; nothing was kept"));
}
}  // namespace

asio::awaitable<Checked<Upload>> receive_upload(Work& work, Request& request) {
  const auto type = request.header("Content-Type");
  const auto boundary = form_data_boundary(type);
  const bool raw = type.substr(0, type.find(';')) == "application/octet-stream";
  if (!raw && !boundary)
    co_return refuse(
        unsupported_media("send application/octet-stream, or multipart/form-data with a boundary"));
  CO_TRY(auto values, values_of(request));
  if (raw) {  // all is known: refuse before the body, not after it
    CO_TRY_VOID(meta_from(values));
    CO_TRY_VOID(announced(values));
  }
  auto writer = work.services.artifacts.create();
  if (!writer) co_return refuse(from_error(writer.error()));
  ImageSink sink(*std::move(writer), values);

  Digest body;
  if (raw) {
    sink.begin_raw();
    auto take = [&](std::string_view bytes) { return sink.file_bytes(bytes); };
    CO_TRY(body, co_await drain(*request.upload, take));
  } else {
    FormDataParser form(*boundary, sink);
    auto take = [&](std::string_view bytes) { return form.feed(bytes); };
    CO_TRY(body, co_await drain(*request.upload, take));
    CO_TRY_VOID(form.finish());
  }
  CO_TRY_VOID(check_content_digest(request, body));
  Upload upload;
  CO_TRY(upload.meta, meta_from(values));
  CO_TRY(const auto expected, announced(values));
  CO_TRY(upload.image, sink.finish(expected));
  co_return upload;
}

}  // namespace motorcade::https
