#include "adapters/kafka/feed.hpp"

namespace motorcade::kafka {

std::string topic_of(const std::string& prefix, Kind kind, Stream stream) {
  return prefix + "." + std::string(to_string(stream)) +
         (kind == Kind::kEvents ? ".events" : ".inbox");
}

std::string to_string(const Feed& feed) {
  return (feed.kind == Kind::kInbox ? "inbox " : "") + motorcade::to_string(feed.partition);
}

std::string key_of(std::uint64_t sequence) {
  std::string key(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) key[i] = static_cast<char>(sequence >> (56 - 8 * i));
  return key;
}

std::uint64_t base_of(const InboxBases& bases, const Feed& feed) {
  const auto found = bases.find(feed.partition);
  return feed.kind == Kind::kInbox && found != bases.end() ? found->second : 0;
}

std::optional<std::uint64_t> place_of(Kind kind, const rd_kafka_message_t& message,
                                      std::uint64_t base) {
  if (kind == Kind::kInbox) return base + static_cast<std::uint64_t>(message.offset);
  if (message.key_len != 8) return std::nullopt;
  std::uint64_t place = 0;
  for (std::size_t i = 0; i < 8; ++i)
    place = place << 8 | static_cast<const std::uint8_t*>(message.key)[i];
  return place;
}

}  // namespace motorcade::kafka
