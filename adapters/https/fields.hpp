// Reading JSON bodies strictly: every fault is noted with its pointer, so that one answer names all
// of them. Fields that nobody asked for are faults too.
//
//   Faults faults;
//   Fields body(document, "", faults);
//   auto name = body.text("name", 1, 100);
//   body.close();
//   if (!faults.empty()) …
#pragma once
#include <boost/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "adapters/https/limits.hpp"
#include "adapters/https/problem.hpp"
#include "events/ids.hpp"
#include "events/version.hpp"

namespace motorcade::https {

namespace json = boost::json;
using Faults = std::vector<Fault>;

/// UTF-8, nothing after the value, not nested deeper than that; the problem says where it broke.
[[nodiscard]] Checked<json::value> parse_json(std::string_view text,
                                              std::size_t most_depth = Limits{}.json_depth);

struct WholeBounds {
  std::uint64_t least = 0, most = 0;
};

/// The members of one object. What is absent or wrong reads as a default value, and is noted.
class Fields {
 public:
  Fields(const json::value& value, std::string pointer, Faults& faults);

  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::string text(std::string_view name, std::size_t least, std::size_t most);
  [[nodiscard]] std::string text_or(std::string_view name, std::string fallback, std::size_t most);
  [[nodiscard]] std::uint64_t whole(std::string_view name, WholeBounds bounds);
  [[nodiscard]] std::uint64_t whole_or(std::string_view name, std::uint64_t fallback,
                                       WholeBounds bounds);
  /// A percentage with at most two decimals, in basis points: 12.5 reads as 1250.
  [[nodiscard]] std::uint32_t percent_or(std::string_view name, std::uint32_t fallback);
  [[nodiscard]] bool flag_or(std::string_view name, bool fallback);
  [[nodiscard]] SemanticVersion version(std::string_view name);
  template <class IdType>
  [[nodiscard]] IdType id(std::string_view name) {
    const auto hex = text(name, IdType{}.bytes.size() * 2, IdType{}.bytes.size() * 2);
    const auto parsed = id_from_hex<IdType>(hex);
    if (!parsed && !hex.empty()) fault(name, "is not lower-case hexadecimal");
    return parsed.value_or(IdType{});
  }
  /// An object within; absent: empty, and noted only if it must be there.
  [[nodiscard]] Fields object(std::string_view name, bool required);
  /// Each element of an array with its pointer; absent counts as empty.
  template <class F>
  void each(std::string_view name, std::size_t least, std::size_t most, F&& element) {
    const auto* array = array_of(name, least, most);
    if (array == nullptr) return;
    for (std::size_t i = 0; i < array->size(); ++i)
      element((*array)[i], pointer_to(name) + '/' + std::to_string(i));
  }
  void fault(std::string_view name, std::string detail);
  /// Notes the members that nobody asked for.
  void close();

  [[nodiscard]] Faults& faults() { return *faults_; }
  [[nodiscard]] std::string pointer_to(std::string_view name) const;

 private:
  [[nodiscard]] const json::value* find(std::string_view name);
  [[nodiscard]] const json::value* require(std::string_view name);
  [[nodiscard]] const json::array* array_of(std::string_view name, std::size_t least,
                                            std::size_t most);

  const json::object* object_ = nullptr;  // null: it was no object, which has been noted
  std::string pointer_;
  Faults* faults_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace motorcade::https
