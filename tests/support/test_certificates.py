"""Certificates for a fleet: quick, verifiable, right names, private keys private. And the HTTPS client that pins them."""

import http.server
import json
import pathlib
import ssl
import tempfile
import threading
import time
import unittest

from motorcade_rig import certificates, openssl
from motorcade_rig.http import Client


class AuthorityTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def test_a_fleet_of_forty_takes_seconds_and_is_kept(self):
        authority = certificates.Authority(self.directory)
        start = time.monotonic()
        fleet = authority.clients([f"WMT{number:014d}" for number in range(40)])
        self.assertLess(time.monotonic() - start, 10)
        one = fleet["WMT00000000000007"]
        verdict = openssl.run("verify", "-CAfile", str(authority.certificate), "-purpose", "sslclient",
                              str(one.certificate))
        self.assertEqual(0, verdict.returncode, verdict.stderr)
        self.assertEqual(0o600, one.key.stat().st_mode & 0o777)
        before = one.certificate.read_bytes()
        again = certificates.Authority(self.directory).client("WMT00000000000007")
        self.assertEqual(before, again.certificate.read_bytes())

    def test_every_signature_of_the_table(self):
        for signature in certificates.KEY_ARGUMENTS:
            with self.subTest(signature):
                authority = certificates.Authority(self.directory / signature.replace(" ", "-"), signature)
                server = authority.server()
                text = openssl.run("x509", "-in", str(server.certificate), "-noout", "-text").stdout.decode()
                self.assertIn("DNS:localhost, IP Address:127.0.0.1", text)
                self.assertIn("ML-DSA" if signature.startswith("ML") else "ecdsa-with-SHA256", text)

    def test_names_that_would_leave_the_directory(self):
        authority = certificates.Authority(self.directory)
        for name in ["", "../x", "a/b", ".hidden"]:
            with self.subTest(name), self.assertRaises(ValueError):
                authority.client(name)


class Echo(http.server.BaseHTTPRequestHandler):
    def do_POST(self):  # noqa: N802 (the library's name)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        subject = self.connection.getpeercert()["subject"][0][0][1]
        answer = json.dumps({"token": self.headers.get("Authorization"), "type": self.headers["Content-Type"],
                             "size": len(body), "who": subject}).encode()
        self.send_response(201)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_arguments):
        pass


class HttpsClientTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.authority = certificates.Authority(self.directory / "ours")
        server = self.authority.server()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(server.certificate, server.key)
        context.load_verify_locations(self.authority.certificate)
        context.verify_mode = ssl.CERT_REQUIRED
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.base = f"https://localhost:{self.server.server_address[1]}/api"
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(lambda: (self.server.shutdown(), thread.join(), self.server.server_close()))

    def test_json_token_and_certificate(self):
        client = Client(self.base, self.authority.certificate, token="t0ken", identity=self.authority.client("V1"))
        self.assertEqual({"token": "Bearer t0ken", "type": "application/json", "size": 8, "who": "V1"},
                         client.post("/x", {"a": 1}).expect(201).json())
        upload = self.directory / "firmware.bin"
        upload.write_bytes(b"x" * 300_000)
        self.assertEqual(300_000, client.post("/x", upload).json()["size"])
        with self.assertRaisesRegex(AssertionError, "HTTP 201 instead of 200"):
            client.post("/x", b"").expect(200)

    def test_another_authority_is_refused(self):
        stranger = certificates.Authority(self.directory / "theirs")
        with self.assertRaises(ssl.SSLCertVerificationError):
            Client(self.base, stranger.certificate).post("/x", {})
        self.assertFalse(Client(self.base, stranger.certificate).answers("/x"))


if __name__ == "__main__":
    openssl.ensure_openssl()
    unittest.main()
