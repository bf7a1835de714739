"""The first start by hand (docs/operating.md): the shipped configuration, a broker on the shipped one, and no certificates yet."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import by_hand
from by_hand import CHECKOUT, mqtt, openssl, processes
from motorcade_rig import certificates, http, postgres
from stack import BINARIES

VIN = "WVWZZZ1KZAW000001"
MADE = ["ca.crt", "ca.key", "server.crt", "server.key", "broker.crt", "broker.key", "edge.crt", "edge.key"]


def replace(file: pathlib.Path, *pairs: tuple[str, str]) -> None:
    text = file.read_text()
    for old, new in pairs:
        assert old in text, f"{file.name} does not say {old!r}"
        text = text.replace(old, new)
    file.write_text(text)


class FirstStartTest(unittest.TestCase):
    """A directory like a checkout: `config` is the shipped one, but for ports and the database's address."""

    def setUp(self) -> None:
        self.here = pathlib.Path(tempfile.mkdtemp(prefix="motorcade-first-"))
        self.addCleanup(shutil.rmtree, self.here, ignore_errors=True)
        self.database = self.enterContext(postgres.Cluster(self.here / "postgres", throw_away=True))
        shutil.copytree(CHECKOUT / "config", self.here / "config")
        self.port, self.broker_port = processes.free_port(), processes.free_port()
        self.config = self.here / "config" / "motorcade.yaml"
        replace(self.config, ("# host: 0.0.0.0", "host: 127.0.0.1"), ("# port: 8443", f"port: {self.port}"),
                ("localhost:8443", f"localhost:{self.port}"), ("ssl://localhost:8883", f"ssl://localhost:{self.broker_port}"),
                ("postgresql://localhost/motorcade", self.database.url))
        replace(self.here / "config" / "mosquitto.conf", ("listener 8883 localhost", f"listener {self.broker_port} localhost"))
        self.certificates = self.here / "var" / "certificates"

    def run_motorcade(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([str(BINARIES / "motorcade"), *arguments], capture_output=True, text=True, cwd=self.here,
                              timeout=60, check=False)

    def engine(self) -> processes.Process:
        return processes.Process("motorcade", [str(BINARIES / "motorcade"), "serve"], self.here / "engine.log", cwd=self.here)

    def broker(self) -> processes.Process:
        environment = openssl.environment(OPENSSL_CONF=str(self.here / "config" / "mosquitto-openssl.cnf"))
        return processes.Process("mosquitto", ["/usr/sbin/mosquitto", "-c", "config/mosquitto.conf"],
                                 self.here / "mosquitto.log", env=environment, cwd=self.here)

    def client(self, token: str = "") -> http.Client:
        return http.Client(f"https://localhost:{self.port}", self.certificates / "ca.crt", token=token)

    def serves(self) -> bool:
        return (self.certificates / "ca.crt").exists() and self.client().answers("/healthz")

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.certificates.iterdir() if path.name != "lock"}

    def test_certificates_are_made_and_everything_meets(self):
        added = self.run_motorcade("token", "add", "--name", "vera", "--roles", "viewer")
        self.assertEqual(0, added.returncode, added.stderr)
        token = added.stdout.strip()
        with self.engine() as engine:
            engine.wait_for("the engine to serve", self.serves)
            self.assertIn("FOR DEVELOPMENT were made", engine.log_text())
            self.assertEqual(sorted(MADE), sorted(self.files()))
            waiting = self.client().get("/readyz").expect(503).json()
            self.assertIn("broker", waiting["detail"])
            with self.broker() as broker:
                broker.wait_for_log("running")
                engine.wait_for("the engine to meet its broker", lambda: self.client().answers("/readyz"), deadline_s=60)
                issued = self.run_motorcade("certificates", "issue", VIN)
                self.assertEqual(0, issued.returncode, issued.stderr)
                self.report()
                page = processes.wait_until("the vehicle", lambda: self.client(token).get(
                    "/api/v1/vehicles").expect(200).json()["items"])
                self.assertEqual([VIN], [vehicle["vin"] for vehicle in page])
                self.check_metrics()
            before = self.files()
            self.assertEqual(0, engine.stop(), engine.log_text()[-2000:])
        with self.engine() as engine:
            engine.wait_for("the engine to serve again", self.serves)
            self.assertIn("may be FOR DEVELOPMENT", engine.log_text())
            self.assertEqual(before, self.files(), "a certificate or key was changed")

    def report(self) -> None:
        """A VCI under the vehicle's certificate, over the same group and signature as the engine's."""
        stem = self.certificates / f"client-{VIN}"
        identity = certificates.Identity(VIN, stem.with_suffix(".crt"), stem.with_suffix(".key"))
        ecu = {"id": "ECU_001", "type": "ECM", "hardware": "TC375", "version": "1.0.0"}
        vci = {"model": "Roadster", "year": 2026, "vmgId": "VMG-1", "bootCount": "1",
               "zones": [{"gateway": "ZG_POWERTRAIN", "model": "ZG-1", "ecus": [ecu]}]}
        mqtt.Client(self.broker_port, self.certificates / "ca.crt", identity).publish(
            f"vehicle/{VIN}/vci", json.dumps(vci), {"outbox-epoch": "1", "outbox-id": "00000000000000ab", "sequence": "1"})

    def check_metrics(self) -> None:
        text = self.client().get("/metrics").expect(200).body
        self.assertIn(b'motorcade_mqtt_sessions_total{group="X25519MLKEM768",as_configured="yes"}', text)
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
        self.assertEqual((0, b"", b""), (checked.returncode, checked.stdout, checked.stderr))

    def test_without_development_a_missing_file_is_named(self):
        replace(self.config, ("development: true", "development: false"))
        refused = self.run_motorcade("serve")
        self.assertEqual(1, refused.returncode)
        self.assertIn("https.certificate: var/certificates/server.crt is not there", refused.stderr)
        self.assertFalse(self.certificates.exists(), "certificates were made though nobody asked")
        self.assertFalse((self.here / "var" / "log").exists(), "a log was made before the configuration was found good")
        issued = self.run_motorcade("certificates", "issue", VIN)
        self.assertEqual(1, issued.returncode)
        self.assertIn("certificates.development", issued.stderr)

    def test_a_wrong_setting_is_named_with_its_line(self):
        self.config.write_text(self.config.read_text() + "\nlimits:\n  https:\n    json_byte: 5\n")
        line = len(self.config.read_text().splitlines())
        refused = self.run_motorcade("serve")
        self.assertEqual(1, refused.returncode)
        self.assertIn(f"config/motorcade.yaml:{line}: limits.https.json_byte: no such setting; is json_bytes meant?",
                      refused.stderr)


if __name__ == "__main__":
    by_hand.main()
