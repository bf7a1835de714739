// What an edge says about its own running (structured, for people and machines). Never a secret,
// never a VIN.
#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace motorcade::edge {

enum class Severity { kInfo, kWarning, kError };
using JournalFields = std::vector<std::pair<std::string, std::string>>;
/// `event` is a short fixed phrase; what varies stands in the fields. Called on any thread.
using Journal =
    std::function<void(Severity severity, const char* event, const JournalFields& fields)>;

}  // namespace motorcade::edge
