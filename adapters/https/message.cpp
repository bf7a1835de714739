#include "adapters/https/message.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/beast/core/string.hpp>

namespace motorcade::https {
namespace {
int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Checked<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? nibble(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? nibble(text[i + 2]) : -1;
    if (high < 0 || low < 0 || (high == 0 && low == 0))
      return refuse(
          malformed("the request target has a percent sign without two hexadecimal "
                    "digits behind it, or a zero byte"));
    out += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return out;
}
/// The path and query of the absolute form, with its slash; whatever else is left as it is.
std::string_view without_authority(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!boost::beast::iequals(text.substr(0, scheme.size()), scheme)) continue;
    const auto rest = text.substr(scheme.size());
    const auto end = std::min(rest.find_first_of("/?#"), rest.size());
    if (end == 0) return text;  // no host: refused
    return end == rest.size() ? std::string_view("/") : rest.substr(end);
  }
  return text;
}
}  // namespace

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::shared_ptr<File> File::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  return descriptor < 0 ? nullptr : std::make_shared<File>(descriptor);
}

std::uint64_t File::size_bytes() const {
  struct stat status {};
  return ::fstat(descriptor_, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

std::size_t File::read_at(std::uint64_t offset, char* into, std::size_t size) const {
  const auto got = ::pread(descriptor_, into, size, static_cast<off_t>(offset));
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

Checked<Target> target_from(std::string_view text) {
  const auto absolute = without_authority(text);
  const bool stripped = absolute.data() != text.data();
  text = absolute;
  if (!text.starts_with('/') && !(stripped && text.starts_with('?')))
    return refuse(
        malformed("the request target must be a path that begins with a slash, or the absolute "
                  "form of this server's URL"));
  const auto question = text.find('?');
  Target target;
  TRY(target.path, decoded(text.substr(0, question)));
  if (target.path.empty()) target.path = "/";
  if (question == text.npos) return target;
  auto rest = text.substr(question + 1);
  while (!rest.empty()) {
    const auto pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    TRY(auto name, decoded(pair.substr(0, equals)));
    TRY(auto value, decoded(pair.substr(std::min(equals + 1, pair.size()))));
    if (!target.query.emplace(name, std::move(value)).second)
      return refuse(malformed("the query parameter \"" + name + "\" is there twice"));
  }
  return target;
}

}  // namespace motorcade::https
