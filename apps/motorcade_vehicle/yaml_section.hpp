// One mapping of a YAML file, read strictly: what is missing, of the wrong kind or unknown is an
// error that names its place.
#pragma once
#include <yaml-cpp/yaml.h>

#include <set>
#include <string>

#include "events/result.hpp"

namespace motorcade::app {

class Section {
 public:
  /// `where`: "vehicle.yaml: broker". A node that is not there counts as empty.
  Section(YAML::Node node, std::string where);

  /// Without a default the key must be there. The first error is kept; see finish().
  [[nodiscard]] std::string text(const std::string& key);
  [[nodiscard]] std::string text(const std::string& key, const std::string& otherwise);
  [[nodiscard]] std::uint64_t number(const std::string& key, std::uint64_t least,
                                     std::uint64_t most);
  [[nodiscard]] std::uint64_t number(const std::string& key, std::uint64_t least,
                                     std::uint64_t most, std::uint64_t otherwise);
  [[nodiscard]] bool flag(const std::string& key, bool otherwise);
  [[nodiscard]] bool has(const std::string& key) const;
  [[nodiscard]] Section section(const std::string& key);
  [[nodiscard]] std::vector<Section> list(const std::string& key);
  [[nodiscard]] std::vector<std::string> texts(const std::string& key);

  void complain(const std::string& key, const std::string& what);
  /// The first complaint of this section, or a key that nobody asked for.
  [[nodiscard]] Result<void> finish() const;

 private:
  [[nodiscard]] YAML::Node take(const std::string& key);

  YAML::Node node_;
  std::string where_;
  std::set<std::string> asked_;
  std::string complaint_;
};

/// A file's root. Errors: it cannot be read, or is no YAML mapping.
[[nodiscard]] Result<Section> read_yaml(const std::string& path);

}  // namespace motorcade::app
