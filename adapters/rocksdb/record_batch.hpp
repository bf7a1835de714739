// A record batch: the envelopes of one append as one value (docs/log.md, "Record batch").
//
//   batch    = format u8 (1) · checksum u32 · base u64 · count u32 · count × envelope
//   checksum = CRC-32C of all that follows it
//   envelope = size u32 · bytes
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "events/ids.hpp"

namespace motorcade::rocks {

/// Envelopes are dense from `base`.
[[nodiscard]] std::string pack(Sequence base, std::span<const std::string> envelopes);

/// A batch whose checksum and structure were found right. Views the bytes that it was made from.
class RecordBatch {
 public:
  /// None: these bytes are not a batch that begins at `base`.
  static std::optional<RecordBatch> check(Sequence base, std::string_view bytes);
  [[nodiscard]] Sequence base() const { return base_; }
  [[nodiscard]] Sequence end() const { return {base_.value + count_}; }

  /// Calls visit(sequence, bytes) for each envelope in order, until it returns false.
  template <class Visit>
  void each(Visit visit) const {
    auto rest = envelopes_;
    for (std::uint32_t i = 0; i < count_; ++i) {
      const auto size = size_at(rest);
      if (!visit(Sequence{base_.value + i}, rest.substr(4, size))) return;
      rest.remove_prefix(4 + size);
    }
  }

 private:
  RecordBatch(Sequence base, std::uint32_t count, std::string_view envelopes)
      : base_(base), count_(count), envelopes_(envelopes) {}
  static std::size_t size_at(std::string_view rest);

  Sequence base_;
  std::uint32_t count_;
  std::string_view envelopes_;
};

}  // namespace motorcade::rocks
