// A section of the configuration file, read key by key. What is there must be of the right type and
// within its bounds; what nobody asked for is refused, with the nearest name that there is. Errors
// are ConfigFault: the line, the setting's whole name, what is wanted.
#pragma once
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace motorcade::app {

/// The text is "LINE: setting: what is wanted".
class ConfigFault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Bounds {
  std::uint64_t least = 0, most = std::numeric_limits<std::int64_t>::max();
};

class Section {
 public:
  /// `path` names it in errors: "limits.https"; empty: the file's root.
  Section(YAML::Node node, std::string path);

  Section& text(const std::string& key, std::string& out);
  /// A text that begins with the scheme, "ssl://", and names something there.
  Section& uri(const std::string& key, std::string& out, const std::string& scheme);
  Section& path(const std::string& key, std::filesystem::path& out);
  Section& flag(const std::string& key, bool& out);
  Section& one_of(const std::string& key, std::string& out, const std::vector<std::string>& words);
  /// A list of texts; false: it is not there.
  bool words(const std::string& key, std::vector<std::string>& out);
  /// What is there is well-formed, but not what is wanted.
  [[noreturn]] void refuse(const std::string& key, const std::string& what);
  /// A section whose keys are not ours.
  Section& texts(const std::string& key, std::map<std::string, std::string>& out);
  template <class T>
  Section& number(const std::string& key, T& out, Bounds bounds) {
    bounds.most = std::min<std::uint64_t>(
        bounds.most, static_cast<std::uint64_t>(std::numeric_limits<T>::max()));
    if (const auto value = whole(key, bounds)) out = static_cast<T>(*value);
    return *this;
  }
  template <class Rep, class Period>
  Section& seconds(const std::string& key, std::chrono::duration<Rep, Period>& out, Bounds bounds) {
    if (const auto value = whole(key, bounds)) out = std::chrono::seconds(*value);
    return *this;
  }
  [[nodiscard]] Section section(const std::string& key);
  /// After all keys have been asked for: refuses the others, and keys that are there twice.
  void finish() const;

 private:
  [[nodiscard]] YAML::Node find(const std::string& key);
  [[nodiscard]] std::optional<std::string> scalar(const std::string& key,
                                                  const std::string& wanted);
  [[nodiscard]] std::optional<std::uint64_t> whole(const std::string& key, Bounds bounds);
  [[nodiscard]] std::string name_of(const std::string& key) const;
  [[noreturn]] void fail(const YAML::Node& at, const std::string& name,
                         const std::string& what) const;

  YAML::Node node_;
  std::string path_;
  std::set<std::string> known_;
};

/// The word of `known` that `word` is most likely meant to be; empty: none is near.
[[nodiscard]] std::string nearest(const std::string& word, const std::set<std::string>& known);

}  // namespace motorcade::app
