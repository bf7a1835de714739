"""The engine on brokers that ask for TLS, a client certificate and a password; and what it says where one of these is wrong."""

import copy
import json
import subprocess

import test_kafka  # before by_hand, whose path has another
import by_hand
from by_hand import processes
from motorcade_rig import certificates


class SecureKafkaTest(test_kafka.KafkaRestartTest):
    secure = True

    def tearDown(self) -> None:
        self.assert_kept_secret(self.stack.engine.log_text(), self.stack.kafka.password)

    def assert_kept_secret(self, said: str, *passwords: str) -> None:
        for password in passwords:
            self.assertNotIn(password, said, "a password was told")

    def refusal(self, client: dict, command: tuple[str, ...] = ("serve",)) -> str:
        """What a command says that these settings of the client, beside the right ones (None: without), keep from the log."""
        right = json.loads(self.stack.config.read_text())
        kafka = copy.deepcopy(right["log"]["kafka"])
        kafka["client"] = {name: value for name, value in (kafka["client"] | client).items() if value is not None}
        if "sasl.password" in client:
            del kafka["client_files"]
        file = self.stack.run / "wrong.yaml"
        file.write_text(json.dumps(right | {"log": right["log"] | {"kafka": kafka | {"operation_seconds": 3}}}))
        done = subprocess.run([self.stack.binaries / "motorcade", *command, "--config", str(file)], capture_output=True, text=True,
                              cwd=by_hand.CHECKOUT, check=False, timeout=60)
        said = done.stdout + done.stderr
        self.assertEqual(1, done.returncode, said)
        self.assert_kept_secret(said, self.stack.kafka.password, "wrong-and-secret")
        errors = [line for line in done.stderr.splitlines() if line.startswith("motorcade: ")]
        self.assertEqual(1, len(errors), said)
        print(errors[0], flush=True)
        return errors[0]

    def test_what_is_refused_is_told(self):
        stack = self.stack
        self.assertEqual(0, stack.engine.stop(), stack.engine.log_text()[-2000:])
        other = certificates.Authority(stack.run / "other")
        stranger = other.client("stranger")
        none = {"ssl.certificate.location": None, "ssl.key.location": None}
        theirs = {"ssl.certificate.location": str(stranger.certificate), "ssl.key.location": str(stranger.key)}
        refused = "the brokers refuse us; check certificates"
        certificate = "does not take the client's certificate"
        for client, *words in [({"sasl.password": "wrong-and-secret"}, "Invalid username or password", refused),
                               ({"ssl.ca.location": str(other.certificate)}, "verify that ssl.ca.location is correct", refused),
                               (none, certificate, refused), (theirs, certificate, refused),
                               ({"security.protocol": "PLAINTEXT"}, "incorrect security.protocol", "the brokers do not answer")]:
            for command in [("serve",), ("log", "verify")]:
                said = self.refusal(client, command)
                for word in [*words, stack.kafka.bootstrap]:
                    self.assertIn(word, said)

    def test_settings_that_cannot_work_are_refused_before_a_broker_is_asked(self):
        absent = f"{self.stack.run}/absent.crt"
        self.assertIn(f"ssl.ca.location: {absent} cannot be read: No such file", self.refusal({"ssl.ca.location": absent}))
        self.assertIn('No such configuration property: "ssl.ca.locaton"', self.refusal({"ssl.ca.locaton": absent}))
        self.assertIn("Kafka 4 refuses SCRAM-SHA-512 of librdkafka", self.refusal({"sasl.mechanism": "SCRAM-SHA-512"}))


if __name__ == "__main__":
    by_hand.main()
