// multipart/form-data (RFC 7578) as it streams in: one file of any size, a few small fields, in any
// order. Wherever the bytes are split, the answer is the same; memory is bounded by the limits
// below.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/https/problem.hpp"

namespace motorcade::https {

/// Where the parts go.
class FormDataSink {
 public:
  virtual ~FormDataSink() = default;
  virtual Checked<void> file_begins(std::string_view name, std::string_view file_name) = 0;
  virtual Checked<void> file_bytes(std::string_view bytes) = 0;
  virtual Checked<void> field(std::string_view name, std::string_view value) = 0;
};

class FormDataParser {
 public:
  static constexpr std::size_t kMaxHeaderBytes = 8 * 1024;  ///< of one part
  static constexpr std::size_t kMaxFieldBytes = 16 * 1024;  ///< of one field's value
  static constexpr std::size_t kMaxParts = 32;

  FormDataParser(std::string_view boundary, FormDataSink& sink);

  /// The next bytes of the body; after a problem nothing more may be fed.
  [[nodiscard]] Checked<void> feed(std::string_view bytes);
  /// The body is at its end: whether it was complete.
  [[nodiscard]] Checked<void> finish() const;

 private:
  enum class Step { kPreamble, kAfterDelimiter, kHeaders, kFile, kField, kEpilogue };
  // Each takes what it can from the buffer, and answers whether it can go on without more bytes.
  Checked<bool> step();
  Checked<bool> data();
  Checked<bool> after_delimiter();
  Checked<bool> headers();
  Checked<void> part_begins(std::string_view head);
  Checked<void> deliver(std::string_view bytes);

  std::string delimiter_;  // CRLF "--" boundary
  FormDataSink& sink_;
  std::string buffer_;  // begins with a CRLF that the body need not have (RFC 2046 §5.1.1)
  Step step_ = Step::kPreamble;
  std::size_t parts_ = 0;
  std::string field_name_, field_value_;
};

/// The boundary of a `multipart/form-data; boundary=…` content type; none: it is another type, or
/// has no acceptable boundary (1 to 70 characters, RFC 2046 §5.1.1).
[[nodiscard]] std::optional<std::string> form_data_boundary(std::string_view content_type);

/// `name="value"` parameters after the first semicolon of a header's value, names in lower case.
[[nodiscard]] std::map<std::string, std::string> header_parameters(std::string_view value);

}  // namespace motorcade::https
