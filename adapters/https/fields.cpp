#include "adapters/https/fields.hpp"

#include <cmath>

namespace motorcade::https {
namespace {
std::string between(std::uint64_t least, std::uint64_t most) {
  return std::to_string(least) + " to " + std::to_string(most);
}

std::optional<std::uint64_t> whole_of(const json::value& value) {
  if (value.is_uint64()) return value.get_uint64();
  if (value.is_int64() && value.get_int64() >= 0)
    return static_cast<std::uint64_t>(value.get_int64());
  return std::nullopt;
}
}  // namespace

Checked<json::value> parse_json(std::string_view text, std::size_t most_depth) {
  json::parse_options options;
  options.max_depth = most_depth;
  json::stream_parser parser({}, options);
  boost::system::error_code error;
  const auto read = parser.write_some(text.data(), text.size(), error);
  if (!error && read < text.size()) error = json::error::extra_data;
  if (!error) parser.finish(error);
  if (!error) return parser.release();
  if (error == json::error::too_deep)
    return refuse(
        malformed("the JSON body is nested deeper than " + std::to_string(most_depth) + " levels"));
  return refuse(malformed("the JSON body breaks off or is wrong near byte " + std::to_string(read) +
                          ": " + error.message()));
}

Fields::Fields(const json::value& value, std::string pointer, Faults& faults)
    : object_(value.if_object()), pointer_(std::move(pointer)), faults_(&faults) {
  if (object_ == nullptr && !value.is_null()) faults.push_back({pointer_, "must be an object"});
}

std::string Fields::pointer_to(std::string_view name) const {
  std::string escaped = pointer_ + '/';  // RFC 6901 §3
  for (const char c : name) {
    if (c == '~')
      escaped += "~0";
    else if (c == '/')
      escaped += "~1";
    else
      escaped += c;
  }
  return escaped;
}

void Fields::fault(std::string_view name, std::string detail) {
  faults_->push_back({pointer_to(name), std::move(detail)});
}

bool Fields::has(std::string_view name) const {
  return object_ != nullptr && object_->contains(name);
}

const json::value* Fields::find(std::string_view name) {
  asked_.emplace(name);
  return object_ == nullptr ? nullptr : object_->if_contains(name);
}

const json::value* Fields::require(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) fault(name, "is missing");
  return value;
}

std::string Fields::text(std::string_view name, std::size_t least, std::size_t most) {
  const auto* value = require(name);
  if (value == nullptr) return {};
  const auto* text = value->if_string();
  if (text == nullptr) return fault(name, "must be a string"), std::string();
  if (text->size() < least || text->size() > most)
    return fault(name, least == most ? "must have " + std::to_string(least) + " characters"
                                     : "must have " + between(least, most) + " bytes"),
           std::string();
  return std::string(*text);
}

std::string Fields::text_or(std::string_view name, std::string fallback, std::size_t most) {
  if (find(name) == nullptr) return fallback;
  return text(name, 0, most);
}

std::uint64_t Fields::whole(std::string_view name, WholeBounds bounds) {
  const auto* value = require(name);
  if (value == nullptr) return bounds.least;
  const auto whole = whole_of(*value);
  if (whole && *whole >= bounds.least && *whole <= bounds.most) return *whole;
  fault(name, "must be a whole number from " + between(bounds.least, bounds.most));
  return bounds.least;
}

std::uint64_t Fields::whole_or(std::string_view name, std::uint64_t fallback, WholeBounds bounds) {
  return find(name) == nullptr ? fallback : whole(name, bounds);
}

std::uint32_t Fields::percent_or(std::string_view name, std::uint32_t fallback) {
  const auto* value = find(name);
  if (value == nullptr) return fallback;
  boost::system::error_code error;
  const double percent = value->is_number() ? value->to_number<double>(error) : -1;
  const double points = std::round(percent * 100);
  if (!error && percent >= 0 && percent <= 100 && std::abs(percent * 100 - points) < 1e-6)
    return static_cast<std::uint32_t>(points);
  fault(name, "must be a percentage from 0 to 100 with at most two decimals");
  return fallback;
}

bool Fields::flag_or(std::string_view name, bool fallback) {
  const auto* value = find(name);
  if (value == nullptr) return fallback;
  if (value->is_bool()) return value->get_bool();
  fault(name, "must be true or false");
  return fallback;
}

SemanticVersion Fields::version(std::string_view name) {
  const auto words = text(name, 1, 40);
  const auto parsed = version_from(words);
  if (!parsed && !words.empty()) fault(name, "must be a version: 1, 1.2 or 1.2.3");
  return parsed.value_or(SemanticVersion{});
}

Fields Fields::object(std::string_view name, bool required) {
  static const json::value kNothing;
  const auto* value = required ? require(name) : find(name);
  if (value != nullptr && value->is_null()) fault(name, "must be an object");
  return Fields(value == nullptr ? kNothing : *value, pointer_to(name), *faults_);
}

const json::array* Fields::array_of(std::string_view name, std::size_t least, std::size_t most) {
  const auto* value = least > 0 ? require(name) : find(name);
  if (value == nullptr) return nullptr;
  const auto* array = value->if_array();
  if (array == nullptr) return fault(name, "must be an array"), nullptr;
  if (array->size() < least || array->size() > most)
    return fault(name, "must have " + between(least, most) + " elements"), nullptr;
  return array;
}

void Fields::close() {
  if (object_ == nullptr) return;
  for (const auto& member : *object_)
    if (!asked_.contains(std::string_view(member.key())))
      fault(member.key(), "is not known here; leave it out");
}

}  // namespace motorcade::https
