#include "adapters/https/negotiation.hpp"

#include <boost/beast/core/string.hpp>

#include "adapters/https/whitespace.hpp"

namespace motorcade::https {
namespace {
bool is_zero_quality(std::string_view parameters) {
  const auto q = parameters.find("q=0");
  if (q == parameters.npos) return false;
  return parameters.substr(q + 3).find_first_of("123456789") == parameters.npos;
}
}  // namespace

bool accepts(std::string_view accept, const Route& route) {
  const bool json = route.pattern.starts_with("/api/v1/") && !route.pattern.ends_with("{sha256}");
  if (!json || trimmed(accept).empty()) return true;
  while (!accept.empty()) {
    const auto one = accept.substr(0, accept.find(','));
    accept.remove_prefix(std::min(one.size() + 1, accept.size()));
    const auto type = trimmed(one.substr(0, one.find(';')));
    const bool fits = type == "*/*" || boost::beast::iequals(type, "application/*") ||
                      boost::beast::iequals(type, "application/json");
    if (fits && !is_zero_quality(one.substr(type.size()))) return true;
  }
  return false;
}

}  // namespace motorcade::https
