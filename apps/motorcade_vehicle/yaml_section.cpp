#include "motorcade_vehicle/yaml_section.hpp"

#include <charconv>

namespace motorcade::app {

namespace {
std::optional<std::uint64_t> integer(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}
}  // namespace

Section::Section(YAML::Node node, std::string where) : node_(node), where_(std::move(where)) {
  if (node_.IsDefined() && !node_.IsNull() && !node_.IsMap())
    complaint_ = where_ + " must be a mapping of keys to values";
}

void Section::complain(const std::string& key, const std::string& what) {
  if (complaint_.empty()) complaint_ = where_ + "." + key + " " + what;
}

bool Section::has(const std::string& key) const {
  return node_.IsMap() && node_[key].IsDefined();
}

YAML::Node Section::take(const std::string& key) {
  asked_.insert(key);
  return has(key) ? node_[key] : YAML::Node(YAML::NodeType::Undefined);
}

std::string Section::text(const std::string& key) {
  const auto node = take(key);
  if (node.IsDefined() && node.IsScalar() && !node.Scalar().empty()) return node.Scalar();
  complain(key, "is missing; see config/vehicle.yaml.example");
  return {};
}

std::string Section::text(const std::string& key, const std::string& otherwise) {
  asked_.insert(key);
  return has(key) ? text(key) : otherwise;
}

std::uint64_t Section::number(const std::string& key, std::uint64_t least, std::uint64_t most) {
  const auto value = integer(text(key));
  if (value && *value >= least && *value <= most) return *value;
  complain(key, "must be a number from " + std::to_string(least) + " to " + std::to_string(most));
  return least;
}

std::uint64_t Section::number(const std::string& key, std::uint64_t least, std::uint64_t most,
                              std::uint64_t otherwise) {
  asked_.insert(key);
  return has(key) ? number(key, least, most) : otherwise;
}

bool Section::flag(const std::string& key, bool otherwise) {
  const auto value = text(key, otherwise ? "true" : "false");
  if (value != "true" && value != "false") complain(key, "must be true or false");
  return value == "true";
}

Section Section::section(const std::string& key) {
  return {take(key), where_ + "." + key};
}

std::vector<Section> Section::list(const std::string& key) {
  const auto node = take(key);
  std::vector<Section> out;
  if (!node.IsDefined() || node.IsNull()) return out;
  if (!node.IsSequence()) complain(key, "must be a list");
  for (std::size_t i = 0; node.IsSequence() && i < node.size(); ++i)
    out.emplace_back(node[i], where_ + "." + key + "[" + std::to_string(i) + "]");
  return out;
}

std::vector<std::string> Section::texts(const std::string& key) {
  const auto node = take(key);
  std::vector<std::string> out;
  if (!node.IsDefined() || !node.IsSequence() || node.size() == 0) {
    complain(key, "must be a list with something in it");
    return out;
  }
  for (const auto& item : node) {
    if (!item.IsScalar()) complain(key, "must be a list of texts");
    if (item.IsScalar()) out.push_back(item.Scalar());
  }
  return out;
}

Result<void> Section::finish() const {
  if (!complaint_.empty()) return failure(std::errc::invalid_argument, complaint_);
  if (!node_.IsMap()) return {};
  for (const auto& entry : node_)
    if (const auto key = entry.first.as<std::string>(""); !asked_.contains(key))
      return failure(std::errc::invalid_argument, where_ + "." + key + " is no setting");
  return {};
}

Result<Section> read_yaml(const std::string& path) {
  try {
    Section root(YAML::LoadFile(path), path);
    return root;
  } catch (const YAML::BadFile&) {
    return failure(std::errc::no_such_file_or_directory, path);
  } catch (const YAML::Exception& broken) {
    return failure(std::errc::invalid_argument, path + ": " + broken.what());
  }
}

}  // namespace motorcade::app
