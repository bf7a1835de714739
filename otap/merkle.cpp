#include "otap/merkle.hpp"

#include "otap/canonical.hpp"

namespace motorcade::otap {
namespace {

digest::Sha256Stream& hasher() {
  thread_local digest::Sha256Stream stream;
  return stream;
}

digest::Sha256 node_hash(const digest::Sha256& left, const digest::Sha256& right) {
  auto& stream = hasher();
  stream.update(std::string_view("\x01", 1));
  stream.update(view(left));
  stream.update(view(right));
  return stream.finish();
}

}  // namespace

digest::Sha256 leaf_hash(std::string_view chunk) {
  auto& stream = hasher();
  stream.update(std::string_view("\0", 1));
  stream.update(chunk);
  return stream.finish();
}

digest::Sha256 merkle_root(std::vector<digest::Sha256> leaves) {
  if (leaves.empty()) return digest::sha256("");
  // Pairing neighbours and promoting an odd last one gives the same tree as RFC 6962's split at the
  // largest power of two.
  for (std::size_t count = leaves.size(); count > 1; count = (count + 1) / 2) {
    for (std::size_t i = 0; i + 1 < count; i += 2)
      leaves[i / 2] = node_hash(leaves[i], leaves[i + 1]);
    if (count % 2 == 1) leaves[count / 2] = leaves[count - 1];
  }
  return leaves.front();
}

}  // namespace motorcade::otap
