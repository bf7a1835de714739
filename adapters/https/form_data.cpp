#include "adapters/https/form_data.hpp"

#include <algorithm>
#include <cctype>

#include "adapters/https/whitespace.hpp"

namespace motorcade::https {
namespace {
constexpr std::string_view kCrLf = "\r\n";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// A token, or a quoted string with its backslashes taken out; `rest` begins after it.
std::string parameter_value(std::string_view& rest) {
  std::string value;
  if (rest.empty() || rest.front() != '"') {
    const auto end = std::min(rest.find(';'), rest.size());
    value = trimmed(rest.substr(0, end));
    rest.remove_prefix(end);
    return value;
  }
  rest.remove_prefix(1);
  while (!rest.empty() && rest.front() != '"') {
    if (rest.front() == '\\' && rest.size() > 1) rest.remove_prefix(1);
    value += rest.front();
    rest.remove_prefix(1);
  }
  rest.remove_prefix(std::min<std::size_t>(1, rest.size()));
  return value;
}
}  // namespace

std::map<std::string, std::string> header_parameters(std::string_view value) {
  std::map<std::string, std::string> found;
  value.remove_prefix(std::min(value.find(';'), value.size()));
  while (!value.empty()) {
    value = trimmed(value.substr(1));  // the semicolon
    const auto equals = value.find('=');
    if (equals == value.npos) break;
    auto name = lower(trimmed(value.substr(0, equals)));
    value = trimmed(value.substr(equals + 1));
    found.emplace(std::move(name), parameter_value(value));
    value.remove_prefix(std::min(value.find(';'), value.size()));
  }
  return found;
}

std::optional<std::string> form_data_boundary(std::string_view content_type) {
  const auto type = lower(trimmed(content_type.substr(0, content_type.find(';'))));
  if (type != "multipart/form-data") return std::nullopt;
  const auto parameters = header_parameters(content_type);
  const auto found = parameters.find("boundary");
  if (found == parameters.end()) return std::nullopt;
  const auto& boundary = found->second;
  const bool printable = std::ranges::all_of(boundary, [](char c) { return c >= ' ' && c <= '~'; });
  if (boundary.empty() || boundary.size() > 70 || boundary.back() == ' ' || !printable)
    return std::nullopt;
  return boundary;
}

FormDataParser::FormDataParser(std::string_view boundary, FormDataSink& sink)
    : delimiter_("\r\n--" + std::string(boundary)), sink_(sink), buffer_(kCrLf) {}

Checked<void> FormDataParser::feed(std::string_view bytes) {
  buffer_.append(bytes);
  while (true) {
    TRY(const bool more, step());
    if (!more) return {};
  }
}

Checked<void> FormDataParser::finish() const {
  if (step_ == Step::kEpilogue) return {};
  return refuse(malformed("the multipart body ends before its closing boundary"));
}

Checked<bool> FormDataParser::step() {
  switch (step_) {
    case Step::kAfterDelimiter:
      return after_delimiter();
    case Step::kHeaders:
      return headers();
    case Step::kEpilogue:
      buffer_.clear();
      return false;
    case Step::kPreamble:
    case Step::kFile:
    case Step::kField:
      return data();
  }
  return false;
}

/// Delivers what is certainly no delimiter; stays behind the last bytes, which may begin one.
Checked<bool> FormDataParser::data() {
  const auto found = buffer_.find(delimiter_);
  const auto certain = found != buffer_.npos ? found
                       : buffer_.size() < delimiter_.size()
                           ? 0
                           : buffer_.size() - (delimiter_.size() - 1);
  TRY_VOID(deliver(std::string_view(buffer_).substr(0, certain)));
  if (found == buffer_.npos) {
    buffer_.erase(0, certain);
    return false;
  }
  if (step_ == Step::kField) TRY_VOID(sink_.field(field_name_, field_value_));
  buffer_.erase(0, found + delimiter_.size());
  step_ = Step::kAfterDelimiter;
  return true;
}

Checked<void> FormDataParser::deliver(std::string_view bytes) {
  if (bytes.empty() || step_ == Step::kPreamble) return {};
  if (step_ == Step::kFile) return sink_.file_bytes(bytes);
  if (field_value_.size() + bytes.size() > kMaxFieldBytes)
    return refuse(too_large("the field \"" + field_name_ + "\" has more than " +
                            std::to_string(kMaxFieldBytes) + " bytes"));
  field_value_ += bytes;
  return {};
}

/// "--" ends the body; otherwise blanks and a line's end (RFC 2046 §5.1.1: transport-padding).
Checked<bool> FormDataParser::after_delimiter() {
  const auto start = std::min(buffer_.find_first_not_of(" \t"), buffer_.size());
  if (start > 256) return refuse(malformed("a multipart boundary is followed by too many blanks"));
  if (buffer_.size() < start + 2) return false;
  const auto next = std::string_view(buffer_).substr(start, 2);
  if (next == "--" && start == 0) {
    if (parts_ == 0) return refuse(malformed("the multipart body has no part"));
    step_ = Step::kEpilogue;
    return true;
  }
  if (next != kCrLf)
    return refuse(
        malformed("a multipart boundary is followed by something else than a line's end"));
  buffer_.erase(0, start);  // the CRLF stays: a part without headers has an empty line at once
  step_ = Step::kHeaders;
  return true;
}

Checked<bool> FormDataParser::headers() {
  const auto end = buffer_.find("\r\n\r\n");
  if (std::min(end, buffer_.size()) > kMaxHeaderBytes)
    return refuse(too_large("the headers of a multipart part have more than " +
                            std::to_string(kMaxHeaderBytes) + " bytes"));
  if (end == buffer_.npos) return false;
  if (++parts_ > kMaxParts)
    return refuse(too_large("more than " + std::to_string(kMaxParts) + " multipart parts"));
  TRY_VOID(part_begins(std::string_view(buffer_).substr(0, end + 2)));
  buffer_.erase(0, end + 4);
  return true;
}

Checked<void> FormDataParser::part_begins(std::string_view head) {
  std::optional<std::map<std::string, std::string>> disposition;
  while (head.size() > 2) {
    head.remove_prefix(2);  // CRLF
    const auto line = head.substr(0, head.find(kCrLf));
    head.remove_prefix(line.size());
    const auto colon = line.find(':');
    if (colon == line.npos) return refuse(malformed("a multipart header has no colon"));
    if (lower(line.substr(0, colon)) != "content-disposition") continue;
    const auto value = trimmed(line.substr(colon + 1));
    if (lower(value.substr(0, value.find(';'))) == "form-data")
      disposition = header_parameters(value);
  }
  if (!disposition || !disposition->contains("name"))
    return refuse(malformed("a multipart part has no Content-Disposition: form-data; name=…"));
  const auto file = disposition->find("filename");
  step_ = file != disposition->end() ? Step::kFile : Step::kField;
  if (step_ == Step::kFile) return sink_.file_begins(disposition->at("name"), file->second);
  field_name_ = disposition->at("name");
  field_value_.clear();
  return {};
}

}  // namespace motorcade::https
