#include "motorcade/yaml_section.hpp"

#include <numeric>

namespace motorcade::app {
namespace {

/// Insertions, deletions and replacements that make `a` into `b` (Levenshtein).
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(const std::string& word, const std::set<std::string>& known) {
  std::string best;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const auto& candidate : known) {
    const auto far = distance(word, candidate);
    if (far < least) least = far, best = candidate;
  }
  return best;
}

Section::Section(YAML::Node node, std::string path)
    : node_(std::move(node)), path_(std::move(path)) {
  if (node_.IsDefined() && !node_.IsNull() && !node_.IsMap())
    fail(node_, path_.empty() ? "the file" : path_, "a section with keys is wanted");
}

std::string Section::name_of(const std::string& key) const {
  return path_.empty() ? key : path_ + "." + key;
}

void Section::fail(const YAML::Node& at, const std::string& name, const std::string& what) const {
  throw ConfigFault(std::to_string(at.Mark().line + 1) + ": " + name + ": " + what);
}

YAML::Node Section::find(const std::string& key) {
  known_.insert(key);
  if (node_.IsMap())
    for (const auto& entry : node_)
      if (entry.first.IsScalar() && entry.first.Scalar() == key) return entry.second;
  return YAML::Node(YAML::NodeType::Undefined);
}

std::optional<std::string> Section::scalar(const std::string& key, const std::string& wanted) {
  const auto value = find(key);
  if (!value.IsDefined()) return std::nullopt;
  if (!value.IsScalar()) fail(value, name_of(key), wanted + " is wanted");
  return value.Scalar();
}

std::optional<std::uint64_t> Section::whole(const std::string& key, Bounds bounds) {
  const auto wanted =
      "a whole number from " + std::to_string(bounds.least) + " to " + std::to_string(bounds.most);
  const auto text = scalar(key, wanted);
  if (!text) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  const bool number = error == std::errc{} && end == text->data() + text->size();
  if (!number || value < bounds.least || value > bounds.most)
    fail(find(key), name_of(key), wanted + " is wanted, not \"" + *text + '"');
  return value;
}

Section& Section::text(const std::string& key, std::string& out) {
  if (auto value = scalar(key, "a text")) out = *std::move(value);
  return *this;
}

Section& Section::uri(const std::string& key, std::string& out, const std::string& scheme) {
  const auto wanted = scheme + "HOST:PORT";
  auto value = scalar(key, wanted);
  if (value && (!value->starts_with(scheme) || value->size() == scheme.size()))
    fail(find(key), name_of(key), wanted + " is wanted, not \"" + *value + '"');
  if (value) out = *std::move(value);
  return *this;
}

Section& Section::path(const std::string& key, std::filesystem::path& out) {
  const auto value = scalar(key, "a path");
  if (value && value->empty()) fail(find(key), name_of(key), "a path is wanted");
  if (value) out = *value;
  return *this;
}

Section& Section::flag(const std::string& key, bool& out) {
  const auto value = scalar(key, "true or false");
  if (!value) return *this;
  if (*value != "true" && *value != "false")
    fail(find(key), name_of(key), "true or false is wanted, not \"" + *value + '"');
  out = *value == "true";
  return *this;
}

Section& Section::one_of(const std::string& key, std::string& out,
                         const std::vector<std::string>& words) {
  std::string wanted;
  for (const auto& word : words) wanted += (wanted.empty() ? "one of " : ", ") + word;
  const auto value = scalar(key, wanted);
  if (!value) return *this;
  if (std::find(words.begin(), words.end(), *value) == words.end())
    fail(find(key), name_of(key), wanted + " is wanted, not \"" + *value + '"');
  out = *value;
  return *this;
}

bool Section::words(const std::string& key, std::vector<std::string>& out) {
  const auto all = find(key);
  if (!all.IsDefined()) return false;
  if (!all.IsSequence()) fail(all, name_of(key), "a list is wanted, as in [a, b]");
  for (const auto& word : all) {
    if (!word.IsScalar()) fail(word, name_of(key), "a list of texts is wanted");
    out.push_back(word.Scalar());
  }
  return true;
}

void Section::refuse(const std::string& key, const std::string& what) {
  fail(find(key), name_of(key), what);
}

Section& Section::texts(const std::string& key, std::map<std::string, std::string>& out) {
  const auto all = find(key);
  if (!all.IsDefined() || all.IsNull()) return *this;
  if (!all.IsMap()) fail(all, name_of(key), "a section with keys is wanted");
  for (const auto& entry : all) {
    const auto name = name_of(key) + '.' + entry.first.Scalar();
    if (!entry.second.IsScalar()) fail(entry.second, name, "a text is wanted");
    out[entry.first.Scalar()] = entry.second.Scalar();
  }
  return *this;
}

Section Section::section(const std::string& key) {
  return {find(key), name_of(key)};
}

void Section::finish() const {
  if (!node_.IsMap()) return;
  std::set<std::string> seen;
  for (const auto& entry : node_) {
    const auto key = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
    if (!known_.contains(key)) {
      const auto meant = nearest(key, known_);
      fail(entry.first, name_of(key),
           meant.empty() ? "no such setting" : "no such setting; is " + meant + " meant?");
    }
    if (!seen.insert(key).second) fail(entry.first, name_of(key), "is there twice");
  }
}

}  // namespace motorcade::app
