"""Bad input over real sockets: a clear problem, or a refusal in the log; nothing is lost, nothing falls over."""

import errno
import json
import socket
import ssl

import by_hand
from by_hand import Vehicle, reports
from motorcade_rig import http

NOBODY = "ab" * 16
CAMPAIGN = {"name": "x", "releases": [NOBODY], "waves": [{"rest": True}]}
# method, path, body, status
REQUESTS = [
    ("POST", "/api/v1/campaigns", b"{", 400),
    ("POST", "/api/v1/campaigns", b"\xff\xfe\x00", 400),
    ("POST", "/api/v1/campaigns", b"[" * 5000, 400),
    ("POST", "/api/v1/campaigns", b"[]", 422),
    ("POST", "/api/v1/campaigns", b"null", 422),
    ("POST", "/api/v1/campaigns", {**CAMPAIGN, "name": 7}, 422),
    ("POST", "/api/v1/campaigns", {**CAMPAIGN, "waves": "all"}, 422),
    ("POST", "/api/v1/campaigns", {**CAMPAIGN, "waves": [{"percent": 150}]}, 422),
    ("POST", "/api/v1/campaigns", {**CAMPAIGN, "seed": -1}, 422),
    ("POST", "/api/v1/campaigns", {**CAMPAIGN, "releases": ["../../etc/passwd"]}, 422),
    ("POST", "/api/v1/campaigns", {**CAMPAIGN, "filter": {"vins": ["IOQ"]}}, 422),
    ("POST", "/api/v1/campaigns", {**CAMPAIGN, "surprise": 1}, 422),
    ("POST", "/api/v1/campaigns", b" " * 3_000_000, 413),
    ("GET", f"/api/v1/campaigns/{NOBODY}", None, 404),
    ("GET", "/api/v1/campaigns/no-id", None, 404),
    ("POST", f"/api/v1/campaigns/{NOBODY}/start", None, 404),
    ("GET", "/api/v1/campaigns?limit=many", None, 422),
    ("GET", "/api/v1/vehicles/MCDEM999999999999", None, 404),
    ("GET", "/api/v1/firmware/" + NOBODY, None, 404),
    ("GET", "/api/v1/ecus/ECU_999", None, 404),
    ("PUT", "/api/v1/ecus/ECU_001/version", {"version": "one"}, 422),
    ("GET", "/api/v1/ota/package/" + "cd" * 32, None, 404),
    ("POST", "/api/v1/vehicles/register", {"vin": "short", "model": "m", "year": 2026, "vmgId": "v"}, 422),
    ("POST", "/api/v1/vehicles/register", {"vin": "MCDEM000000000001", "model": 1, "year": "x", "vmgId": None}, 422),
    ("DELETE", "/api/v1/campaigns", None, 405),
    ("GET", "/nowhere", None, 404),
]


class BadInputTest(by_hand.StackTest):
    def tearDown(self) -> None:
        self.assertTrue(self.stack.engine.running(), "the engine fell over")
        self.assertTrue(self.stack.client("carol").answers("/readyz"))

    def problem(self, answer: http.Response, *statuses: int) -> dict:
        answer.expect(*statuses)
        self.assertEqual("application/problem+json", answer.headers["Content-Type"])
        problem = answer.json()
        self.assertEqual(answer.status, problem["status"])
        self.assertTrue(problem["title"] and problem["detail"], problem)
        return problem

    def test_requests(self):
        for method, path, body, status in REQUESTS:
            with self.subTest(method=method, path=path, body=str(body)[:80]):
                self.problem(self.stack.client("alice").request(method, path, body, {"Content-Type": "application/json"}),
                             status)

    def test_who_may(self):
        path = "/api/v1/campaigns"
        nobody = http.Client(self.stack.url, self.stack.authority.certificate)
        self.problem(nobody.post(path, CAMPAIGN), 401)
        self.problem(nobody.get("/api/v1/ota/package/" + "cd" * 32 + "?token=9999999999.00"), 401, 403)
        self.problem(http.Client(self.stack.url, self.stack.authority.certificate, token="mc_00").post(path, CAMPAIGN), 401)
        self.problem(self.stack.client("carol").post(path, CAMPAIGN), 403)

    def test_another_vehicles_vin(self):
        first, second = Vehicle(self.stack, 1), Vehicle(self.stack, 2)
        client = http.Client(self.stack.url, self.stack.authority.certificate, identity=first.client.identity)
        for path in (f"/api/v1/vehicles/{second.vin}/vci", f"/api/v1/ota/status?vin={second.vin}"):
            problem = self.problem(client.post(path, {}), 403)
            self.assertNotIn(second.vin, problem["detail"])
        with self.assertRaises(by_hand.mqtt.Refused):
            first.client.publish(f"vehicle/{second.vin}/vci", "{}")
        self.assertEqual([], reports(self.log(), second.id))

    def test_reports_over_https(self):
        car = Vehicle(self.stack, 1)
        client = http.Client(self.stack.url, self.stack.authority.certificate, identity=car.client.identity)
        path = f"/api/v1/vehicles/{car.vin}/vci"
        place = {"Content-Type": "application/json", "Motorcade-Outbox-Epoch": "1", "Motorcade-Outbox-Id": by_hand.OUTBOX}
        self.problem(client.post(path, b"{", {**place, "Motorcade-Sequence": "1"}), 400, 409, 422)  # and it is in the log:
        self.assertEqual([(1, ["vehicle.Refused"])], reports(self.log(), car.id))
        self.problem(client.post(path, {}, {**place, "Motorcade-Sequence": "none"}), 400)
        self.problem(client.post(path, {}, place), 400)
        self.problem(client.post(path, b"x" * 300_000, {**place, "Motorcade-Sequence": "2"}), 413)

    def test_bytes_that_are_no_requests(self):
        context = ssl.create_default_context(cafile=str(self.stack.authority.certificate))
        for sent in (b"\x00" * 100, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"A" * 100_000,
                     b"POST /api/v1/campaigns HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
                     b"POST /api/v1/campaigns HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):
            for wrapped in (True, False):
                with self.subTest(sent=sent[:60], tls=wrapped):
                    self.assertNotIn(b" 200 ", self.said(sent, context if wrapped else None)[:20])

    def said(self, sent: bytes, context: ssl.SSLContext | None) -> bytes:
        """What the server says to these bytes, until it hangs up."""
        with socket.create_connection(("127.0.0.1", self.stack.https_port), timeout=30) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") if context else plain as connection:
                try:
                    connection.sendall(sent)
                    connection.shutdown(socket.SHUT_WR)
                    return b"".join(iter(lambda: connection.recv(65536), b""))
                except (ConnectionError, ssl.SSLError):
                    return b""
                except OSError as error:
                    if error.errno != errno.ENOTCONN:  # shutdown() after the server's reset
                        raise
                    return b""

    def test_topics_and_properties(self):
        car = Vehicle(self.stack, 2)
        edge = by_hand.mqtt.Client(self.stack.broker.port, self.stack.authority.certificate,
                                   self.stack.authority.client(by_hand.broker.EDGE_USER))
        with car.acks() as acks:
            edge.publish("vehicle/broadcast/vci", "{}")
            edge.publish("vehicle/not-a-vin/vci", "{}")
            for properties in ({"outbox-epoch": "x"}, {"outbox-epoch": "1", "outbox-id": "zz", "sequence": "-1"},
                               {"sequence": str(2**70)}, {"outbox-epoch": "1", "outbox-id": by_hand.OUTBOX}):
                car.client.publish(f"vehicle/{car.vin}/vci", "{}", properties)
            car.client.publish(f"vehicle/{car.vin}/vci", "{")  # without any place: refused all the same
            car.report("vci", "{")
            acks.wait_for_message("the good place's acknowledgement", lambda m: json.loads(m.payload)["contiguous"] == 1)
        self.assertEqual([(1, ["vehicle.Refused"])], reports(self.log(), car.id))
        self.assertEqual(1, sum(e.cause.startswith("request ") and e.has("Refused", car.id) for e in self.log()))


if __name__ == "__main__":
    by_hand.main()
