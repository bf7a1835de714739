// A whole HTTPS edge on a free port: real TLS with keys made at run time, the log in memory, keys
// and artifacts in files, a fake owner and fake rows. It runs on a thread of its own; the test
// talks to it over its socket, and looks inside by `inside`.
#pragma once
#include <boost/json/value.hpp>
#include <functional>
#include <memory>

#include "adapters/https/client.hpp"
#include "adapters/https/fake_owner.hpp"
#include "adapters/https/fake_rows.hpp"
#include "adapters/https/server.hpp"

namespace motorcade::https::testing_support {

inline constexpr auto kVin = "WVWZZZ1KZAW000001";
inline constexpr auto kOtherVin = "WVWZZZ1KZAW000002";

struct RigOptions {
  Limits limits;
  edge::TlsPolicy policy;
  bool allow_simulator = false;
  std::function<Readiness()> readiness = {};
  std::string no_edge = {};
  bool backups_never_end = false;
};

class Rig {
 public:
  explicit Rig(RigOptions options = {});
  ~Rig();

  [[nodiscard]] Connect connect() const;
  [[nodiscard]] Client client() const { return Client(connect()); }
  /// With the certificate of a vehicle.
  [[nodiscard]] Client vehicle(const std::string& vin);
  /// Authorization of "alice" (operator, viewer), "bob" (approver, operator), "audrey" (auditor),
  /// "carol" (admin), "sim" (simulator), "simone" (operator, simulator).
  [[nodiscard]] static std::pair<std::string, std::string> as(const std::string& name) {
    return {"Authorization", "Bearer token-of-" + name};
  }

  /// Runs on the server's thread, and waits.
  void inside(std::function<void(FakeOwner&, FakeRows&)> what);
  /// Puts bytes into the artifact store.
  Digest store(std::string_view bytes);
  [[nodiscard]] std::string link_token(const Digest& digest, std::chrono::seconds validity) const;
  /// SIGTERM's part: completes when the server is at rest.
  void stop();
  [[nodiscard]] const edge::PresignedLinks& links() const;
  [[nodiscard]] std::string metrics() const;
  [[nodiscard]] int hanging() const;
  [[nodiscard]] std::filesystem::path directory() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

inline const Headers kJson{{"Content-Type", "application/json"}};
[[nodiscard]] inline Headers plus(Headers headers, const Headers& more) {
  headers.insert(headers.end(), more.begin(), more.end());
  return headers;
}
[[nodiscard]] Headers json_as(const std::string& name);
[[nodiscard]] boost::json::value json_of(const Answer& answer);
/// A member of an object, as text ("" if it is not there).
[[nodiscard]] std::string member(const Answer& answer, const std::string& name);

}  // namespace motorcade::https::testing_support
