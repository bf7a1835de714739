"""A private broker with real certificates: what passes, what its access rules refuse, what its TLS policy refuses."""

import pathlib
import tempfile
import unittest

from motorcade_rig import broker, certificates, mqtt, openssl, processes

VIN, OTHER_VIN = "WMT00000000000001", "WMT00000000000002"


class BrokerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.directory = pathlib.Path(directory.name)
        cls.directory.chmod(0o755)
        cls.authority = certificates.Authority(cls.directory / "certificates")
        cls.broker = cls.enterClassContext(broker.Broker(cls.directory / "broker", cls.authority))
        cls.vehicle = cls.client(VIN)
        cls.edge = cls.client(broker.EDGE_USER)

    @classmethod
    def client(cls, name: str) -> mqtt.Client:
        return mqtt.Client(cls.broker.port, cls.authority.certificate, cls.authority.client(name))

    def handshake(self, *options: str, identity: certificates.Identity | None = None) -> str:
        arguments = ["s_client", "-connect", f"127.0.0.1:{self.broker.port}", "-brief", "-tls1_3", "-CAfile",
                     str(self.authority.certificate), "-verify_return_error", *options]
        if identity:
            arguments += ["-cert", str(identity.certificate), "-key", str(identity.key)]
        result = openssl.run(*arguments, stdin=b"\x00")
        return (result.stdout + result.stderr).decode(errors="replace")

    def test_a_report_arrives_with_its_properties(self):
        with self.edge.subscribe("vehicle/+/ota/status", "vehicle/+/vci") as received:
            self.vehicle.publish(f"vehicle/{VIN}/vci", b"\x00\xff\n", {"outbox-id": "abc", "sequence": "7"},
                                 content_type="application/protobuf")
            [message] = received.wait_for(1)
        self.assertEqual((f"vehicle/{VIN}/vci", b"\x00\xff\n", "application/protobuf", 1, False),
                         (message.topic, message.payload, message.content_type, message.qos, message.retained))
        self.assertEqual({"outbox-id": "abc", "sequence": "7"}, message.properties)

    def test_commands_acknowledgements_and_broadcasts_reach_the_vehicle(self):
        with self.vehicle.subscribe(f"vehicle/{VIN}/control", "vehicle/broadcast/#", f"vehicle/updates/{VIN}/#") as received:
            self.edge.publish(f"vehicle/{VIN}/control", "offer")
            self.edge.publish("vehicle/broadcast/releases/BMS", "1.2.0")
            self.edge.publish(f"vehicle/updates/{VIN}/issue_details", "old way")
            self.assertEqual([b"offer", b"1.2.0", b"old way"], [m.payload for m in received.wait_for(3)])
        self.edge.publish(f"vehicle/{VIN}/ack", "window", retain=True)
        with self.vehicle.subscribe(f"vehicle/{VIN}/ack") as received:
            [ack] = received.wait_for(1)
        self.assertTrue(ack.retained)

    def test_a_vehicle_may_not_acknowledge_or_speak_for_others(self):
        for topic in [f"vehicle/{VIN}/ack", f"vehicle/{OTHER_VIN}/vci", "vehicle/broadcast/releases/BMS",
                      f"vehicle/updates/{OTHER_VIN}/status", "motorcade/anything", f"vehicle/{VIN}/other"]:
            with self.subTest(topic), self.assertRaisesRegex(mqtt.Refused, "(?i)not authorized"):
                self.vehicle.publish(topic, "x")

    def test_a_vehicle_does_not_hear_what_is_for_others(self):
        with self.vehicle.subscribe("vehicle/#") as received:
            self.edge.publish(f"vehicle/{OTHER_VIN}/control", "secret")
            self.client(OTHER_VIN).publish(f"vehicle/{OTHER_VIN}/vci", "private")
            self.edge.publish(f"vehicle/{VIN}/control", "mine")  # the broker keeps order, so this comes after
            received.wait_for_message("the last one", lambda message: message.payload == b"mine")
            self.assertNotIn(OTHER_VIN, str(received.messages()))

    def test_no_simulator_unless_asked_for(self):
        with self.assertRaises(mqtt.Refused):
            self.client(broker.SIMULATOR_USER).publish(f"vehicle/{VIN}/vci", "x")
        self.assertIn("user motorcade-simulator", broker.access_rules(simulator=True))
        self.assertNotIn("simulator", broker.access_rules())

    def test_only_the_configured_group_and_signature(self):
        identity = self.authority.client(VIN)
        agreed = self.handshake("-groups", "X25519MLKEM768", identity=identity)
        self.assertIn("X25519MLKEM768", agreed)
        self.assertIn("CONNECTION ESTABLISHED", agreed)
        for options in [("-groups", "X25519"), ("-groups", "MLKEM768"), ("-sigalgs", "rsa_pss_rsae_sha256")]:
            with self.subTest(options):
                said = self.handshake(*options, identity=identity)
                self.assertNotIn("CONNECTION ESTABLISHED", said)
                self.assertIn("handshake failure", said)

    def test_no_connection_without_our_certificate(self):
        stranger = certificates.Authority(self.directory / "stranger").client(VIN)
        with self.assertRaises(mqtt.Refused):
            mqtt.Client(self.broker.port, self.authority.certificate, stranger).publish(f"vehicle/{VIN}/vci", "x")
        # In TLS 1.3 the client learns of the refusal only after its own part of the handshake.
        self.assertRegex(self.handshake("-ign_eof"), "certificate required")

    def test_an_old_protocol_version_is_refused(self):
        said = openssl.run("s_client", "-connect", f"127.0.0.1:{self.broker.port}", "-brief", "-tls1_2").stderr
        self.assertNotIn(b"CONNECTION ESTABLISHED", said)

    def test_an_empty_acl_is_not_accepted(self):
        with self.assertRaisesRegex(ValueError, "allows everything"):
            broker.Broker(self.directory / "open", self.authority, acl="\n")


class RestartTest(unittest.TestCase):
    def test_retained_messages_survive_and_a_closed_home_works(self):
        with tempfile.TemporaryDirectory() as name:  # mode 0700
            directory = pathlib.Path(name)
            authority = certificates.Authority(directory / "certificates")
            edge = authority.client(broker.EDGE_USER)
            with broker.Broker(directory / "broker", authority) as first:
                mqtt.Client(first.port, authority.certificate, edge).publish("vehicle/V/ack", "kept", retain=True)
            self.assertFalse(processes.port_is_open(first.port))
            with broker.Broker(directory / "broker", authority, port=first.port) as second:
                client = mqtt.Client(second.port, authority.certificate, edge)
                with client.subscribe("vehicle/V/ack") as received:
                    self.assertEqual(b"kept", received.wait_for(1)[0].payload)


if __name__ == "__main__":
    unittest.main()
