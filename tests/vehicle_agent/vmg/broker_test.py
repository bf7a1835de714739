#!/usr/bin/env python3
"""The vehicle program against a real Mosquitto: what it sends, what it keeps, what it ignores."""

import datetime
import json
import os
import pathlib
import signal
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from motorcade_rig import broker, certificates, mqtt, openssl, processes  # noqa: E402

PROGRAM = pathlib.Path(os.environ.get("MOTORCADE_BIN", ROOT / "build/release/bin")) / "motorcade-vehicle"
VIN = "WMT00000000000001"
CONFIGURATION = """\
broker: {{host: localhost, port: {port}, ca: {ca}, certificates: {{directory: {certificates}, certificate: "client-{{vin}}.crt", key: "client-{{vin}}.key"}}}}
server: {{ca: {ca}}}
pqc: {{configuration: {pqc}, table: {root}/config/pqc_configs.yaml}}
trust: {{signers: [{signer}]}}
storage: {{directory: {storage}}}
agent: {{resend_milliseconds: 300, telemetry_seconds: 1}}
fleet: {{vin: {vin}, weight: light, registry: {root}/config/ecu_registry.yaml, gateways: 2}}
"""


class VehicleAtBroker(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="motorcade-vehicle-")
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.directory = pathlib.Path(cls.temporary.name)
        cls.directory.chmod(0o755)  # the broker runs unprivileged
        cls.authority = certificates.Authority(cls.directory / "ca")
        cls.authority.client(VIN)
        cls.signer = cls.directory / "signer.pem"
        with open(cls.signer, "wb") as pem:
            for algorithm in (["EC", "-pkeyopt", "ec_paramgen_curve:P-256"], ["ML-DSA-65"]):
                key = cls.directory / "key.pem"
                openssl.run("genpkey", "-algorithm", *algorithm, "-out", str(key))
                pem.write(openssl.run("pkey", "-in", str(key), "-pubout").stdout)
        cls.broker = cls.enterClassContext(broker.Broker(cls.directory / "broker", cls.authority))
        cls.edge = mqtt.Client(cls.broker.port, cls.authority.certificate, cls.authority.client(broker.EDGE_USER))

    def setUp(self):
        self.storage = pathlib.Path(tempfile.mkdtemp(dir=self.directory))
        self.edge.publish(f"vehicle/{VIN}/ack", "", retain=True)

    def vehicle(self, pqc: int = 13) -> processes.Process:
        config = self.storage / "vehicle.yaml"
        config.write_text(CONFIGURATION.format(
            port=self.broker.port, ca=self.authority.certificate, certificates=self.authority.directory,
            root=ROOT, signer=self.signer, storage=self.storage, vin=VIN, pqc=pqc))
        return processes.Process("motorcade-vehicle", [str(PROGRAM), "run", "--config", str(config), "--status"],
                                 self.storage / "log")

    def acknowledge(self, report: mqtt.Message, contiguous: int):
        self.edge.publish(f"vehicle/{VIN}/ack", retain=True, payload=json.dumps({
            "epoch": int(report.properties["outbox-epoch"]), "id": report.properties["outbox-id"],
            "contiguous": contiguous, "bitmap": "0" * 16}))

    def command(self, kind: str, number: int, **more):
        expiry = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        self.edge.publish(f"vehicle/{VIN}/control", json.dumps({
            "kind": kind, "commandId": f"{number:032x}", "expiresAt": expiry.strftime("%Y-%m-%dT%H:%M:%SZ"), **more}))

    def test_reports_until_it_is_acknowledged_and_over_a_kill(self):
        with self.edge.subscribe(f"vehicle/{VIN}/vci", f"vehicle/{VIN}/telemetry") as received:
            def is_vci(message):
                return message.topic.endswith("/vci")
            with self.vehicle() as vehicle:
                first = received.wait_for_message("the VCI", is_vci)
                self.assertEqual("application/json", first.content_type)
                self.assertEqual({"outbox-epoch", "outbox-id", "sequence"}, set(first.properties))
                self.assertEqual("1", first.properties["sequence"])
                body = json.loads(first.payload)
                self.assertEqual(2, len(body["zones"]))
                self.assertEqual("1.0.0", body["zones"][0]["ecus"][0]["version"])
                processes.wait_until("the VCI again", lambda: sum(map(is_vci, received.messages())) >= 2)
                received.wait_for_message("a heartbeat", lambda m: m.topic.endswith("/telemetry"))
                vehicle.kill()
            with self.vehicle() as vehicle:  # the same outbox, and a second VCI
                second = received.wait_for_message("the next", lambda m: m.properties.get("sequence") == "2")
                self.assertEqual(first.properties["outbox-id"], second.properties["outbox-id"])
                self.acknowledge(second, 2)
                vehicle.wait_for_log(r'"linked":1,"outbox":0')

    def test_takes_offers_once_and_obeys_a_cancel(self):
        topics = [f"vehicle/{VIN}/ota/status", f"vehicle/{VIN}/control"]
        with self.edge.subscribe(*topics) as received, self.vehicle() as vehicle:
            vehicle.wait_for_log(r'"linked":1')
            for garbage in ["", "{", "\x00\xff", '{"kind":"offer"}', '{"kind":"dance","commandId":"00"}']:
                self.edge.publish(f"vehicle/{VIN}/control", garbage)
            offer = {"campaignId": "0" * 31 + "1", "url": "https://localhost:9/package", "token": "t",
                     "sha256": "0" * 64, "sizeBytes": 1000}
            self.command("offer", 1, **offer)
            self.command("offer", 1, **offer)

            def step(name):
                return lambda m: m.properties.get("sequence") and json.loads(m.payload).get("step") == name
            received.wait_for_message("ACCEPTED", step("ACCEPTED"))
            self.command("cancel", 2, offerId=f"{1:032x}")
            cancelled = received.wait_for_message("CANCELLED", step("CANCELLED"))
            self.assertEqual((f"vehicle/{VIN}/control", "response"), (cancelled.topic, cancelled.properties["kind"]))
            self.assertEqual(1, len({m.properties["sequence"] for m in received.messages() if step("ACCEPTED")(m)}))

    def test_an_orderly_stop_on_sigterm(self):
        with self.vehicle() as vehicle:
            vehicle.wait_for_log(r'"linked":1')
            vehicle.signal(signal.SIGTERM)
            self.assertEqual(0, vehicle.wait(15))

    def test_a_policy_that_the_broker_does_not_share_is_no_link(self):
        with self.vehicle(pqc=6) as vehicle:
            vehicle.wait_for_log(r'"linked":0.*broker: ')


if __name__ == "__main__":
    unittest.main()
