// HEADS: where the event partitions ended after the last commit, in a small file beside the
// database. It is written after each commit and not synced, so it is never ahead of what is
// durable, and behind it only after a power cut. With it a lost or shortened file is told from a
// torn tail.
//
//   file = "MCHEADS1" · count u16 · count × end · CRC-32C u32 of all before it
//   end  = stream u8 · partition u16 · sequence u64
#pragma once
#include <filesystem>
#include <map>

#include "adapters/rocksdb/database.hpp"

namespace motorcade::rocks {

class HeadFile {
 public:
  explicit HeadFile(const std::filesystem::path& directory);
  ~HeadFile();
  HeadFile(const HeadFile&) = delete;
  HeadFile& operator=(const HeadFile&) = delete;

  /// kDamaged if a partition ends before where it once ended. No file, or half a one: no objection.
  [[nodiscard]] Result<void> check(const AllPlaces& places) const;
  /// A failure only makes the next check weaker.
  void write(const AllPlaces& places);

 private:
  std::filesystem::path path_;
  int fd_;
};

}  // namespace motorcade::rocks
