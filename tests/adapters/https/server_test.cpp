// What every endpoint has in common: routes, identity, errors, limits, keep-alive, shutdown.
#include "adapters/https/server.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <future>
#include <set>

#include "adapters/https/rig.hpp"
#include "adapters/https/router.hpp"

namespace motorcade::https::testing_support {
namespace {

class HttpsServer : public testing::Test {
 protected:
  Rig rig_;
  Client client_ = rig_.client();
};

TEST_F(HttpsServer, AnswersManyRequestsOnOneConnection) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(client_.send("GET", "/healthz").body, "alive\n");
    EXPECT_EQ(client_.send("GET", "/readyz").status, 200u);
    EXPECT_EQ(client_.send("HEAD", "/healthz").header("content-length"), "6");
    EXPECT_NE(client_.send("GET", "/").body.find("/api/v1/openapi.json"), std::string::npos);
  }
}

TEST_F(HttpsServer, ProblemsAreProblems) {
  const auto nowhere = client_.send("GET", "/api/v1/nowhere", {Rig::as("alice")});
  EXPECT_EQ(nowhere.status, 404u);
  EXPECT_EQ(nowhere.header("content-type"), "application/problem+json");
  EXPECT_EQ(member(nowhere, "type"), "urn:motorcade:problem:not-found");
  EXPECT_EQ(member(nowhere, "status"), "404");
  EXPECT_NE(member(nowhere, "title"), "");
  EXPECT_NE(member(nowhere, "detail"), "");

  const auto method = client_.send("DELETE", "/api/v1/campaigns", {Rig::as("alice")});
  EXPECT_EQ(method.status, 405u);
  EXPECT_EQ(method.header("allow"), "POST, GET, HEAD");
  EXPECT_EQ(client_.send("PUT", "/healthz").status, 405u);
  EXPECT_EQ(client_.send("GET", "/api/v1/vehicles/register", {Rig::as("alice")}).status, 405u);
  EXPECT_EQ(
      client_.send("GET", "/api/v1/campaigns", plus({{"Accept", "text/html"}}, {Rig::as("alice")}))
          .status,
      406u);
  EXPECT_EQ(client_
                .send("POST", "/api/v1/campaigns",
                      plus({{"Content-Type", "text/xml"}}, {Rig::as("alice")}), "<a/>")
                .status,
            415u);
}

TEST_F(HttpsServer, EachEndpointAsksForARole) {
  const auto stranger = client_.send("GET", "/api/v1/vehicles");
  EXPECT_EQ(stranger.status, 401u);
  EXPECT_NE(stranger.header("www-authenticate"), "");
  EXPECT_EQ(client_.send("GET", "/api/v1/vehicles", {{"Authorization", "Bearer nonsense"}}).status,
            401u);
  EXPECT_EQ(client_.send("GET", "/api/v1/vehicles", {{"Authorization", "Basic YTpi"}}).status,
            401u);
  EXPECT_EQ(client_.send("GET", "/api/v1/vehicles", {Rig::as("audrey")}).status, 200u);
  EXPECT_EQ(client_.send("POST", "/api/v1/campaigns", json_as("audrey"), "{}").status, 403u);
  EXPECT_EQ(client_.send("GET", "/api/v1/admin/state", {Rig::as("alice")}).status, 403u);
  const std::string id(32, '0');
  EXPECT_EQ(client_.send("POST", "/api/v1/campaigns/" + id + "/approve", {Rig::as("alice")}).status,
            403u);
  for (const auto& route : routes()) {
    if (route.roles.empty()) continue;
    std::string path(route.pattern);
    for (auto at = path.find('{'); at != path.npos; at = path.find('{'))
      path.replace(at, path.find('}') - at + 1, "x");
    EXPECT_EQ(client_.send(std::string(http::to_string(route.method)), path).status, 401u) << path;
  }
}

TEST_F(HttpsServer, ASimulatorsTokenIsRefusedUnlessTheServerAllowsSimulators) {
  const auto path = "/api/v1/ota/check?vin=" + std::string(kVin);
  for (const char* name : {"sim", "simone"}) {
    const auto answer = client_.send("POST", path, {Rig::as(name)});
    EXPECT_EQ(answer.status, 403u) << name;
    EXPECT_NE(answer.body.find("https.allow_simulator"), answer.body.npos) << answer.body;
  }
  EXPECT_EQ(client_.send("GET", "/api/v1/vehicles", {Rig::as("simone")}).status, 403u);
  RigOptions options;
  options.allow_simulator = true;
  Rig open(options);
  auto client = open.client();
  EXPECT_EQ(client.send("POST", path, {Rig::as("sim")}).status, 404u) << "no such vehicle";
  EXPECT_EQ(client.send("GET", "/api/v1/vehicles", {Rig::as("sim")}).status, 403u);
}

TEST(Readiness, NamesThePartsThatAreNotReady) {
  RigOptions options;
  std::atomic<bool> ready{false};
  options.readiness = [&ready]() -> Readiness {
    if (ready) return {};
    return {{{"database", "cannot be reached"}, {"edge", "not subscribed"}}};
  };
  Rig rig(options);
  auto client = rig.client();
  const auto answer = client.send("GET", "/readyz");
  EXPECT_EQ(answer.status, 503u);
  EXPECT_EQ(member(answer, "parts"), R"({"database":"cannot be reached","edge":"not subscribed"})");
  EXPECT_EQ(answer.header("retry-after"), "1");
  ready = true;
  EXPECT_EQ(client.send("GET", "/readyz").status, 200u);
}

TEST_F(HttpsServer, AdminsBackUpUnderANameThatLeadsNowhereElse) {
  const auto made =
      client_.send("POST", "/api/v1/admin/backup", json_as("carol"), R"({"name":"2026-11-21"})");
  EXPECT_EQ(made.status, 201u) << made.body;
  EXPECT_EQ(member(made, "directory"), rig_.directory() / "backups" / "2026-11-21");
  const auto again =
      client_.send("POST", "/api/v1/admin/backup", json_as("carol"), R"({"name":"2026-11-21"})");
  EXPECT_EQ(again.status, 409u);
  for (const char* bad :
       {R"({"name":"../keys"})", R"({"name":""})", R"({"name":".."})", R"({"name":"a/b"})",
        R"({"name":7})", R"({})", R"({"name":"x","to":"/etc"})", R"([])"})
    EXPECT_EQ(client_.send("POST", "/api/v1/admin/backup", json_as("carol"), bad).status, 422u)
        << bad;
  EXPECT_EQ(
      client_.send("POST", "/api/v1/admin/backup", json_as("alice"), R"({"name":"x"})").status,
      403u);
}

TEST_F(HttpsServer, AdminsEraseVehicles) {
  const auto path = std::string("/api/v1/vehicles/") + kVin;
  EXPECT_EQ(client_.send("DELETE", path, {Rig::as("alice")}).status, 403u);
  auto itself = rig_.vehicle(kVin);
  EXPECT_EQ(itself.send("DELETE", path).status, 403u);
  const auto erased = client_.send("DELETE", path, {Rig::as("carol")});
  EXPECT_EQ(erased.status, 200u) << erased.body;
  EXPECT_EQ(member(erased, "erased"), "true");
  EXPECT_EQ(member(erased, "vehicleId").size(), 32u);
  EXPECT_EQ(client_.send("DELETE", "/api/v1/vehicles/short", {Rig::as("carol")}).status, 422u);
}

TEST_F(HttpsServer, TheAbsoluteFormOfATargetIsAccepted) {
  EXPECT_EQ(client_.send("GET", "https://localhost/healthz").body, "alive\n");
  EXPECT_EQ(client_.send("GET", "https:///healthz").status, 400u);
}

TEST(HttpsLimits, OfNestingAndPagesAreSettings) {
  RigOptions options;
  options.limits.json_depth = 4;
  options.limits.page_items = 5;
  Rig rig(options);
  auto client = rig.client();
  const auto deep = client.send("POST", "/api/v1/campaigns", json_as("alice"), "[[[[[]]]]]");
  EXPECT_EQ(deep.status, 400u);
  EXPECT_NE(member(deep, "detail").find("4 levels"), std::string::npos) << deep.body;
  EXPECT_EQ(client.send("GET", "/api/v1/vehicles?limit=5", {Rig::as("alice")}).status, 200u);
  EXPECT_EQ(client.send("GET", "/api/v1/vehicles?limit=6", {Rig::as("alice")}).status, 422u);
}

TEST_F(HttpsServer, TheDescriptionNamesEveryRouteAndNoOther) {
  const auto answer = client_.send("GET", "/api/v1/openapi.json");
  EXPECT_EQ(answer.status, 200u);
  const auto description = json_of(answer);
  EXPECT_EQ(description.at("openapi").as_string(), "3.1.0");
  std::set<std::string> described, routed;
  for (const auto& [path, item] : description.at("paths").as_object())
    for (const auto& [method, operation] : item.as_object())
      if (method != "parameters") {
        described.insert(std::string(method) + ' ' + std::string(path));
        EXPECT_TRUE(operation.at("responses").as_object().size() > 0) << path;
        EXPECT_TRUE(operation.as_object().contains("summary")) << path;
      }
  for (const auto& route : routes()) {
    std::string method(http::to_string(route.method));
    for (char& c : method) c = static_cast<char>(std::tolower(c));
    routed.insert(method + ' ' + std::string(route.pattern));
  }
  EXPECT_EQ(described, routed);
}

TEST_F(HttpsServer, MetricsPassPromtool) {
  client_.send("GET", "/healthz");
  client_.send("GET", "/api/v1/nowhere?\"x\\");
  const auto answer = client_.send("GET", "/metrics");
  EXPECT_EQ(answer.status, 200u);
  EXPECT_NE(answer.body.find(
                "motorcade_https_handshakes_total{group=\"X25519MLKEM768\",result=\"agreed\"} 1"),
            std::string::npos)
      << answer.body;
  const auto file = rig_.directory() / "metrics";
  std::ofstream(file) << answer.body;
  EXPECT_EQ(std::system(("promtool check metrics < " + file.string()).c_str()), 0) << answer.body;
}

struct Raw {
  const char *why, *bytes;
  unsigned status;
};
class RawRequest : public HttpsServer, public testing::WithParamInterface<Raw> {};
TEST_P(RawRequest, GetsAClearAnswer) {
  client_.write(GetParam().bytes);
  const auto answer = client_.read();
  EXPECT_EQ(answer.status, GetParam().status) << GetParam().why;
  EXPECT_EQ(answer.header("content-type"), "application/problem+json") << GetParam().why;
  EXPECT_EQ(rig_.client().send("GET", "/healthz").status, 200u) << "alive after " << GetParam().why;
}
INSTANTIATE_TEST_SUITE_P(
    Table, RawRequest,
    testing::Values(
        Raw{"no HTTP", "hello there\r\n\r\n", 400}, Raw{"HTTP/3", "GET / HTTP/3.0\r\n\r\n", 400},
        Raw{"a header without name", "GET / HTTP/1.1\r\n: x\r\n\r\n", 400},
        Raw{"two lengths", "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            400},
        Raw{"a negative length", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400},
        Raw{"length and chunks",
            "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        Raw{"an absolute target without a host", "GET https:/// HTTP/1.1\r\n\r\n", 400},
        Raw{"a bad escape", "GET /%zz HTTP/1.1\r\n\r\n", 400},
        Raw{"a zero byte", "GET /%00 HTTP/1.1\r\n\r\n", 400},
        Raw{"a parameter twice", "GET /?a=1&a=2 HTTP/1.1\r\n\r\n", 400},
        Raw{"an unknown method", "BREW / HTTP/1.1\r\n\r\n", 405},
        Raw{"an expectation", "GET / HTTP/1.1\r\nExpect: miracles\r\n\r\n", 417},
        Raw{"a bad chunk",
            "POST /api/v1/campaigns HTTP/1.1\r\nAuthorization: Bearer "
            "token-of-alice\r\nContent-Type: "
            "application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            400}));

TEST_F(HttpsServer, HeadersAndBodiesAreLimited) {
  EXPECT_EQ(rig_.client().send("GET", "/", {{"X", std::string(17'000, 'x')}}).status, 431u);
  EXPECT_EQ(rig_.client().send("GET", "/" + std::string(17'000, 'x')).status, 431u);
  const std::string large(1'100'000, ' ');
  EXPECT_EQ(rig_.client().send("POST", "/api/v1/campaigns", json_as("alice"), large).status, 413u);
  EXPECT_EQ(rig_.vehicle(kVin)
                .send("POST", "/api/v1/vehicles/" + std::string(kVin) + "/vci",
                      {{"Content-Type", "application/json"}}, std::string(300'000, ' '))
                .status,
            413u);
  auto chunked = rig_.client();
  chunked.write(
      "POST /api/v1/campaigns HTTP/1.1\r\nAuthorization: Bearer token-of-alice\r\n"
      "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 20; ++i) chunked.write("10000\r\n" + std::string(0x10000, ' ') + "\r\n");
  EXPECT_EQ(chunked.read().status, 413u);
  EXPECT_TRUE(chunked.closed());
}

TEST(HttpsLimits, ConnectionsThatAreTooManyAreClosed) {
  RigOptions options;
  options.limits.connections = 2;
  Rig rig(options);
  auto first = rig.client(), second = rig.client();
  EXPECT_EQ(first.send("GET", "/healthz").status, 200u);
  EXPECT_FALSE(rig.client().connected());
  EXPECT_EQ(second.send("GET", "/healthz").status, 200u);
}

TEST(HttpsLimits, ASilentConnectionIsClosed) {
  RigOptions options;
  options.limits.idle = std::chrono::milliseconds(50);
  Rig rig(options);
  auto client = rig.client();
  client.write("GET /healthz HTTP/1.1\r\nHo");
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpsServer, ReadsComeInPagesAndWaitForThePosition) {
  rig_.inside([](FakeOwner&, FakeRows& rows) {
    for (const char* key : {"a", "b", "c"})
      rows.documents[ports::Resource::kVehicles][key] = "{\"id\":\"" + std::string(key) + "\"}";
    rows.projected = Sequence{5};
  });
  const auto first = client_.send("GET", "/api/v1/vehicles?limit=2", {Rig::as("alice")});
  EXPECT_EQ(first.body, R"({"items":[{"id":"a"},{"id":"b"}],"next":"b"})");
  const auto second = client_.send("GET", "/api/v1/vehicles?limit=2&cursor=b", {Rig::as("alice")});
  EXPECT_EQ(second.body, R"({"items":[{"id":"c"}],"next":null})");
  EXPECT_EQ(client_.send("GET", "/api/v1/vehicles?limit=0", {Rig::as("alice")}).status, 422u);
  EXPECT_EQ(client_.send("GET", "/api/v1/vehicles?limit=x", {Rig::as("alice")}).status, 422u);
  EXPECT_EQ(client_.send("GET", "/api/v1/vehicles?colour=red", {Rig::as("alice")}).status, 422u);
  EXPECT_EQ(
      client_.send("GET", "/api/v1/vehicles/a?position=vehicle/0@5", {Rig::as("alice")}).status,
      200u);
  EXPECT_EQ(
      client_.send("GET", "/api/v1/vehicles/a?position=vehicle/0@6", {Rig::as("alice")}).status,
      503u);
  EXPECT_EQ(client_.send("GET", "/api/v1/vehicles/a?position=6", {Rig::as("alice")}).status, 422u);
  const auto one = client_.send("GET", "/api/v1/vehicles/a", {Rig::as("alice")});
  EXPECT_EQ(client_
                .send("GET", "/api/v1/vehicles/a",
                      plus({{"If-None-Match", one.header("etag")}}, {Rig::as("alice")}))
                .status,
            304u);
  rig_.inside([](FakeOwner&, FakeRows& rows) { rows.broken = true; });
  EXPECT_EQ(client_.send("GET", "/api/v1/vehicles/a", {Rig::as("alice")}).status, 503u);
}

TEST_F(HttpsServer, StopsWhenTheRequestUnderWayHasBeenAnswered) {
  rig_.inside([](FakeOwner& owner, FakeRows&) { owner.asleep = true; });
  auto busy = std::async(std::launch::async, [&] {
    return client_.send("PUT", "/api/v1/ecus/ECU_001/version", json_as("alice"),
                        R"({"version":"2.0.0"})");
  });
  while (rig_.metrics().find("motorcade_https_connections 1") == std::string::npos)
    std::this_thread::yield();
  bool sent = false;
  while (!sent) rig_.inside([&](FakeOwner& owner, FakeRows&) { sent = owner.waiting > 0; });
  auto stopped = std::async(std::launch::async, [&] { rig_.stop(); });
  rig_.inside([](FakeOwner& owner, FakeRows&) { owner.asleep = false; });
  EXPECT_EQ(busy.get().status, 200u);
  stopped.get();
  EXPECT_TRUE(client_.closed());
  EXPECT_FALSE(rig_.client().connected());
}

TEST(HttpsServerAtItsEnd, LeavesARequestThatNobodyAnswers) {
  RigOptions options;
  options.backups_never_end = true;
  options.limits.shutdown = std::chrono::seconds(0);
  Rig rig(options);
  Client client = rig.client();
  auto hanging = std::async(std::launch::async, [&] {
    return client.send("POST", "/api/v1/admin/backup", json_as("carol"), R"({"name":"x"})");
  });
  while (rig.hanging() == 0) std::this_thread::yield();
  rig.stop();  // and goes on: this test's own limit is the bound
  EXPECT_EQ(hanging.get().status, 0u) << "its connection was closed";
}

TEST(HttpsServerOfNoEdge, AnswersWhatEveryProcessAnswers) {
  RigOptions options;
  options.no_edge = "this process has no role edge";
  Rig rig(options);
  Client client = rig.client();
  for (const auto* path : {"/", "/healthz", "/readyz", "/metrics", "/api/v1/openapi.json"})
    EXPECT_EQ(client.send("GET", path).status, 200u) << path;
  const auto refused = client.send("GET", "/api/v1/campaigns", {Rig::as("alice")});
  EXPECT_EQ(refused.status, 503u);
  EXPECT_EQ(member(refused, "detail"), options.no_edge);
  EXPECT_EQ(client.send("GET", "/api/v1/nowhere").status, 404u);
  EXPECT_EQ(client.send("GET", "/api/v1/admin/state", {Rig::as("alice")}).status, 403u);
}

}  // namespace
}  // namespace motorcade::https::testing_support
