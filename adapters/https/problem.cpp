#include "adapters/https/problem.hpp"

#include <boost/json.hpp>

namespace motorcade::https {
namespace {
Problem make(unsigned status, const char* slug, const char* title, std::string detail) {
  Problem problem;
  problem.status = status;
  problem.slug = slug;
  problem.title = title;
  problem.detail = std::move(detail);
  return problem;
}
}  // namespace

std::string to_json(const Problem& problem) {
  boost::json::object body{{"type", "urn:motorcade:problem:" + problem.slug},
                           {"title", problem.title},
                           {"status", problem.status},
                           {"detail", problem.detail}};
  if (!problem.rejection.empty()) body["rejection"] = problem.rejection;
  if (!problem.position.empty()) body["position"] = problem.position;
  if (!problem.parts.empty()) {
    boost::json::object parts;
    for (const auto& [part, why] : problem.parts) parts[part] = why;
    body["parts"] = std::move(parts);
  }
  if (!problem.faults.empty()) {
    boost::json::array errors;
    for (const auto& fault : problem.faults) {
      const char* key = fault.where.empty() || fault.where[0] == '/' ? "pointer" : "parameter";
      errors.push_back(boost::json::object{{key, fault.where}, {"detail", fault.detail}});
    }
    body["errors"] = std::move(errors);
  }
  return boost::json::serialize(body);
}

Problem malformed(std::string detail) {
  return make(400, "malformed", "The request cannot be read", std::move(detail));
}
Problem invalid(std::vector<Fault> faults) {
  std::string detail = faults.empty()
                           ? "a value is not acceptable"
                           : (faults.front().where.empty() ? "the body" : faults.front().where) +
                                 ": " + faults.front().detail;
  if (faults.size() > 1) detail += " (and " + std::to_string(faults.size() - 1) + " more)";
  auto problem = make(422, "invalid", "A value is not acceptable", std::move(detail));
  problem.faults = std::move(faults);
  return problem;
}
Problem invalid(std::string where, std::string detail) {
  std::vector<Fault> faults;
  faults.push_back({std::move(where), std::move(detail)});
  return invalid(std::move(faults));
}
Problem unauthorized(std::string detail) {
  return make(401, "unauthorized", "Who are you?", std::move(detail))
      .with_header("WWW-Authenticate", "Bearer realm=\"motorcade\"");
}
Problem forbidden(std::string detail) {
  return make(403, "forbidden", "You may not do this", std::move(detail));
}
Problem not_found(std::string detail) {
  return make(404, "not-found", "There is no such thing", std::move(detail));
}
Problem method_not_allowed(std::string allowed) {
  return make(405, "method-not-allowed", "This path does not take this method",
              "the methods of this path: " + allowed)
      .with_header("Allow", allowed);
}
Problem not_acceptable(std::string detail) {
  return make(406, "not-acceptable", "No representation that you accept", std::move(detail));
}
Problem conflict(std::string detail) {
  return make(409, "conflict", "Not as things stand", std::move(detail));
}
Problem precondition_failed(std::string detail) {
  return make(412, "precondition-failed", "It has changed since you looked", std::move(detail));
}
Problem too_large(std::string detail) {
  return make(413, "too-large", "Too large", std::move(detail));
}
Problem unsupported_media(std::string detail) {
  return make(415, "unsupported-media-type", "This content type is not read here",
              std::move(detail));
}
Problem bad_range(std::string detail, std::uint64_t size_bytes) {
  return make(416, "range-not-satisfiable", "No such range", std::move(detail))
      .with_header("Content-Range", "bytes */" + std::to_string(size_bytes));
}
Problem too_many(std::string detail) {
  return make(429, "too-many-requests", "Too much at once", std::move(detail))
      .with_header("Retry-After", "1");
}
Problem unavailable(std::string detail) {
  return make(503, "unavailable", "Not now", std::move(detail)).with_header("Retry-After", "1");
}

Problem from_error(const Error& error) {
  if (error.code == std::errc::message_size) return too_large(error.context);
  if (error.code == std::errc::invalid_argument) return invalid("", error.context);
  if (error.code == std::errc::no_such_file_or_directory) return not_found(error.context);
  return unavailable(to_string(error) + "; try again");
}

}  // namespace motorcade::https
