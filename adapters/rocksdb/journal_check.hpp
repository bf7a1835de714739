// RocksDB takes a record of its write-ahead log or manifest that does not fit its file for a write
// torn by a crash, and drops it and what follows. A damaged length looks the same. This check, made
// before RocksDB opens the files, tells the two apart: a torn record is a prefix, so no other
// length makes its checksum right.
#pragma once
#include <filesystem>

#include "events/result.hpp"

namespace motorcade::rocks {

/// Of the write-ahead logs and the current manifest in `directory`, which nobody writes meanwhile.
/// kDamaged names the file.
[[nodiscard]] Result<void> check_journals(const std::filesystem::path& directory);

}  // namespace motorcade::rocks
